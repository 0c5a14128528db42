@echo off
node "%~dp0..\..\bin\kafka-verifiable-consumer.js" %*
exit /b %ERRORLEVEL%

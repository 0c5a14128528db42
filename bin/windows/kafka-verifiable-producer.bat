@echo off
node "%~dp0..\..\bin\kafka-verifiable-producer.js" %*
exit /b %ERRORLEVEL%

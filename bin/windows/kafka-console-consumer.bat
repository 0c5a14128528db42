@echo off
node "%~dp0..\..\bin\kafka-console-consumer.js" %*
exit /b %ERRORLEVEL%

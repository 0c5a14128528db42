@echo off
node "%~dp0..\..\bin\kafka-console-producer.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\kafka-consumer-groups.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\kafka-server-stop.js" %*
exit /b %ERRORLEVEL%

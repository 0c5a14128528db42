@echo off
node "%~dp0..\..\bin\kafka-server-start.js" %*
exit /b %ERRORLEVEL%

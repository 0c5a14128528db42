@echo off
node "%~dp0..\..\bin\kafka-configs.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\kafka-groups.js" %*
exit /b %ERRORLEVEL%

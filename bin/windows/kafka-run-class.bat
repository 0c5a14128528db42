@echo off
node "%~dp0..\..\bin\kafka-run-class.js" %*
exit /b %ERRORLEVEL%

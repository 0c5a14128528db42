@echo off
node "%~dp0..\..\bin\kafka-get-offsets.js" %*
exit /b %ERRORLEVEL%

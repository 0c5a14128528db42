@echo off
node "%~dp0..\..\bin\kafka-metadata-shell.js" %*
exit /b %ERRORLEVEL%

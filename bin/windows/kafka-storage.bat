@echo off
node "%~dp0..\..\bin\kafka-storage.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\kafka-features.js" %*
exit /b %ERRORLEVEL%

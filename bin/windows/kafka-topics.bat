@echo off
node "%~dp0..\..\bin\kafka-topics.js" %*
exit /b %ERRORLEVEL%

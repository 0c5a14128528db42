@echo off
node "%~dp0..\..\bin\kafka-streams-application-reset.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\kafka-streams-groups.js" %*
exit /b %ERRORLEVEL%

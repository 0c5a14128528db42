@echo off
node "%~dp0..\..\bin\kafka-share-groups.js" %*
exit /b %ERRORLEVEL%

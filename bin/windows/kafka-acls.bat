@echo off
node "%~dp0..\..\bin\kafka-acls.js" %*
exit /b %ERRORLEVEL%

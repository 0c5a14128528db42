@echo off
node "%~dp0..\..\bin\kafka-delete-records.js" %*
exit /b %ERRORLEVEL%

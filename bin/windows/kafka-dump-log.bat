@echo off
node "%~dp0..\..\bin\kafka-dump-log.js" %*
exit /b %ERRORLEVEL%

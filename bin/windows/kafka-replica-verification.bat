@echo off
node "%~dp0..\..\bin\kafka-replica-verification.js" %*
exit /b %ERRORLEVEL%

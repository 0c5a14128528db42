@echo off
node "%~dp0..\..\bin\kafka-transactions.js" %*
exit /b %ERRORLEVEL%

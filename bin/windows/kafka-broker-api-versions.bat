@echo off
node "%~dp0..\..\bin\kafka-broker-api-versions.js" %*
exit /b %ERRORLEVEL%

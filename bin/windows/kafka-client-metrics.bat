@echo off
node "%~dp0..\..\bin\kafka-client-metrics.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\kafka-e2e-latency.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\kafka-cluster.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\zookeeper-server-stop.js" %*
exit /b %ERRORLEVEL%

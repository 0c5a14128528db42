@echo off
node "%~dp0..\..\bin\zookeeper-server-start.js" %*
exit /b %ERRORLEVEL%

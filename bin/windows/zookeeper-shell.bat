@echo off
node "%~dp0..\..\bin\zookeeper-shell.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\connect-distributed.js" %*
exit /b %ERRORLEVEL%

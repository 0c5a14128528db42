@echo off
node "%~dp0..\..\bin\connect-standalone.js" %*
exit /b %ERRORLEVEL%

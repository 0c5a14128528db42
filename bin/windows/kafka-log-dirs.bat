@echo off
node "%~dp0..\..\bin\kafka-log-dirs.js" %*
exit /b %ERRORLEVEL%

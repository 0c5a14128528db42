@echo off
node "%~dp0..\..\bin\kafka-delegation-tokens.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\kafka-leader-election.js" %*
exit /b %ERRORLEVEL%

@echo off
node "%~dp0..\..\bin\kafka-reassign-partitions.js" %*
exit /b %ERRORLEVEL%

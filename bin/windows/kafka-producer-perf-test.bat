@echo off
node "%~dp0..\..\bin\kafka-producer-perf-test.js" %*
exit /b %ERRORLEVEL%

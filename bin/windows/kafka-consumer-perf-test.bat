@echo off
node "%~dp0..\..\bin\kafka-consumer-perf-test.js" %*
exit /b %ERRORLEVEL%

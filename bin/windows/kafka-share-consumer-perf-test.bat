@echo off
node "%~dp0..\..\bin\kafka-share-consumer-perf-test.js" %*
exit /b %ERRORLEVEL%

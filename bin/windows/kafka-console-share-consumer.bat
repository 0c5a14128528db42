@echo off
node "%~dp0..\..\bin\kafka-console-share-consumer.js" %*
exit /b %ERRORLEVEL%

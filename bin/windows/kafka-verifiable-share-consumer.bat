@echo off
node "%~dp0..\..\bin\kafka-verifiable-share-consumer.js" %*
exit /b %ERRORLEVEL%

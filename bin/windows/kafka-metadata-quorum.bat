@echo off
node "%~dp0..\..\bin\kafka-metadata-quorum.js" %*
exit /b %ERRORLEVEL%

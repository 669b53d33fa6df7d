@echo off
setlocal
rem krust with the runtime that lies beside it; see krust in the archives for other systems.
set DENO_NO_UPDATE_CHECK=1
set DENO_NO_PACKAGE_JSON=1
"%~dp0lib\deno.exe" run --quiet --no-prompt --no-config --no-lock --no-npm --no-remote --allow-read --allow-write --allow-net --allow-env --allow-run --allow-sys "%~dp0lib\krust.js" %*
exit /b %ERRORLEVEL%

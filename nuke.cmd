@echo off
rem Starts the build on Windows: the analysis tools and the tests that need no Linux. A kernel build wants Linux or WSL.
setlocal
set "root=%~dp0"
where dotnet >nul 2>nul || (echo error KB4004: the .NET SDK 10 is not on PATH & exit /b 2)
dotnet build "%root%build\_build.csproj" -c Release -nologo -v:q -nodeReuse:false -p:RunAnalyzers=false || exit /b 2
dotnet "%root%build\bin\Release\net10.0\_build.dll" %*
exit /b %errorlevel%

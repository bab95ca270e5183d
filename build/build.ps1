# What an installed `nuke` runs on Windows.
& "$PSScriptRoot\..\nuke.cmd" @args
exit $LASTEXITCODE

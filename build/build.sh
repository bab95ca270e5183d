#!/bin/sh
# What an installed `nuke` runs.
exec "$(dirname "$0")/../nuke.sh" "$@"

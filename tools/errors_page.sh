#!/usr/bin/env bash
# Prints what docs/errors.md must hold.
set -eu
cd "$(dirname "$0")/.."
program=${BUILD:-build}/tools/errors_page
mkdir -p "$(dirname "$program")"
cc -std=c11 -Icompiler tools/errors_page.c -o "$program"
"$program" | cat -s | sed -e '$ { /^$/d }'

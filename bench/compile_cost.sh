#!/usr/bin/env bash
# How long .sy to C takes: the best of 20 runs of `steelyard emit` for every program given, in milliseconds that the processor
# spent, the start of the process and the writing of the files included; and of an empty program, which is only that.
#   bench/compile_cost.sh [FILE...]    without: every program of bench/programs, examples/ and tests/reference/
set -eu
TIMEFORMAT=%3U+%3S
cd "$(dirname "$0")/.."
steelyard=${STEELYARD:-build/steelyard}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf 'dim n\ninput x[n]\noutput y[n] = x\n' >"$folder/empty.sy"
files=("$@")
[ $# -gt 0 ] || files=(bench/programs/*.sy bench/programs/tiny/*.sy examples/*.sy tests/reference/*/*.sy)
for file in "$folder/empty.sy" "${files[@]}"; do
    best=
    for _ in {1..20}; do
        took=$({ time "$steelyard" emit "$file" -o "$folder" >/dev/null 2>"$folder/said"; } 2>&1) || { best=; break; }
        user=${took%+*} system=${took#*+}
        took=$((10#${user/./} + 10#${system/./}))
        [ -n "$best" ] && [ "$best" -le "$took" ] || best=$took
    done
    [ -n "$best" ] && printf '%4d  %s\n' "$best" "$file" || echo "   -  $file is refused"
done | sort -rn

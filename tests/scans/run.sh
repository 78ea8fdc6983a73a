#!/usr/bin/env bash
# Running sums and recurrences as emitted C, around every edge of their blocks, against their definition: main.c, in f32 and in f64,
# compiled by clang for AVX2, by gcc, and for a processor that has no vectors with a fused multiply-add.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh scans

flags=(-O3 -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp -Wall -Wextra)
scans() { # real, REAL, compiler, -march
    local folder=$out/$1-$3-$4
    mkdir -p "$folder"
    "$STEELYARD" emit tests/scans/scans.sy --real "$1" -o "$folder" || return
    "$3" -std=c11 "${flags[@]}" "-march=$4" "-DREAL=$2" -Iruntime "-I$folder" "$folder/scans.c" tests/scans/main.c \
        runtime/status.c -lm -o "$folder/scans" || { fail "$*: it does not compile"; return; }
    counted "$*" "$("$folder/scans")"
}
grep -q avx2 /proc/cpuinfo && level=x86-64-v3 || level=native
scans f32 float clang "$level"
scans f64 double clang "$level"
scans f32 float gcc "$level"
scans f64 double gcc "$level"
[ "$(uname -m)" != x86_64 ] || scans f32 float gcc x86-64

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

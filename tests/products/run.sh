#!/usr/bin/env bash
# Products of matrices as emitted C, around every edge of their blocks, against their definition: main.c, in f32 and in f64, compiled
# by clang for AVX2 and by gcc.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh products

flags=(-O3 -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp -Wall -Wextra)
products() { # real, REAL, FUSE, compiler, -march
    local folder=$out/$1-$4
    mkdir -p "$folder"
    for name in plain batched left right across fixed narrow square absolute dear window back filters layer; do
        "$STEELYARD" emit tests/products/$name.sy --real "$1" -o "$folder" || { fail "$*: $name is not emitted"; return; }
    done
    check "$*: rows of narrow are read where they are" grep -q SY_BY_ROWS "$folder/narrow.c"
    "$4" -std=c11 "${flags[@]}" "-march=$5" "-DREAL=$2" "-DFUSE=$3" -Iruntime "-I$folder" "$folder"/*.c tests/products/main.c \
        runtime/status.c -lm -o "$folder/products" || { fail "$*: it does not compile"; return; }
    counted "$*" "$(OMP_WAIT_POLICY=passive "$folder/products")"
}
grep -q avx2 /proc/cpuinfo && level=x86-64-v3 || level=native
products f32 float fmaf clang "$level"
products f64 double fma clang "$level"
products f32 float fmaf gcc "$level"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

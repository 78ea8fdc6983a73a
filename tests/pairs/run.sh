#!/usr/bin/env bash
# Pairs in blocks as emitted C, around every edge of these, against their definition and against themselves beside what masks leave out:
# main.c, in f32 and in f64, compiled by clang for AVX2 and by gcc.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh pairs

flags=(-O3 -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp -Wall -Wextra)
pairs() { # real, REAL, compiler, -march
    local folder=$out/$1-$3
    mkdir -p "$folder"
    for name in attended before nearby alone; do
        "$STEELYARD" emit tests/pairs/$name.sy --real "$1" -o "$folder" || { fail "$*: $name is not emitted"; return; }
        [ $name = alone ] && continue
        grep -q sy_panels_across "$folder/$name.c" || fail "$name: no sum goes across the rows"
        [ $name = attended ] || grep -q 't_block += 96' "$folder/$name.c" || fail "$name: columns are laid out for each block of rows"
    done
    "$3" -std=c11 "${flags[@]}" "-march=$4" "-DREAL=$2" -Iruntime "-I$folder" "$folder"/*.c tests/pairs/main.c runtime/status.c -lm \
        -o "$folder/pairs" || { fail "$*: it does not compile"; return; }
    counted "$*" "$(OMP_WAIT_POLICY=passive "$folder/pairs")"
}
grep -q avx2 /proc/cpuinfo && level=x86-64-v3 || level=native
pairs f32 float clang "$level"
pairs f64 double clang "$level"
pairs f32 float gcc "$level"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

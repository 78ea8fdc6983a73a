#!/usr/bin/env bash
# ADBench's GMM gradient, emitted against written by hand: bench/gmm.sh [RUNS]
set -eu
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
STEELYARD=${STEELYARD:-$BUILD/steelyard}
CC=${CC:-clang}
out=$BUILD/bench/gmm
march=${MARCH:-x86-64-v3}
mkdir -p "$out"
"$STEELYARD" emit bench/gmm.sy --standalone -o "$out"
"$CC" -O3 "-march=$march" -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp -c "$out/gmm.c" -o "$out/emitted.o"
"$CC" -O3 "-march=$march" -fno-math-errno -ffast-math -fopenmp -I "$out" -c bench/gmm.c -o "$out/by_hand.o"
"$CC" -fopenmp "$out/emitted.o" "$out/by_hand.o" -lm -o "$out/gmm"
for threads in 1 2; do
    OMP_NUM_THREADS=$threads "$out/gmm" "${1:-21}" "$threads"
done

#!/usr/bin/env bash
# Times the elementary functions beside libm, libmvec and SLEEF (x86-64 with AVX2 and glibc only).
#   bench/elementary.sh [NAME...]    CC=gcc bench/elementary.sh exp
set -eu
cd "$(dirname "$0")/.."
cc=${CC:-clang}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sleef=()
if echo '#include <sleef.h>' | $cc -march=x86-64-v3 -E - > /dev/null 2>&1; then
    sleef=(-DWITH_SLEEF -lsleef)
else
    echo "SLEEF is not there: install libsleef-dev to see it" >&2
fi
$cc -std=gnu11 -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp \
    -march="${MARCH:-x86-64-v3}" -Iruntime bench/elementary.c -o "$folder/elementary" "${sleef[@]}" -lmvec -lm
"$folder/elementary" "$@"

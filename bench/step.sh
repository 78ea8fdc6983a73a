#!/usr/bin/env bash
# Times a training step of logistic regression, 100 rows with 20 features, beside one by hand.
#   bench/step.sh    CC=gcc bench/step.sh
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${B:-build}/steelyard" emit bench/programs/tiny/sample_weights.sy -o "$folder"
${CC:-clang} -std=gnu11 -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp \
    -march="${MARCH:-native}" -Iruntime -I"$folder" bench/step.c "$folder/sample_weights.c" \
    "${B:-build}/libsteelyard.a" -o "$folder/step" -lm
OMP_NUM_THREADS=1 "$folder/step"

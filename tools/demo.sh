#!/usr/bin/env bash
# A short tour of what was built: a model, what is wrong with another, the C it becomes, a run, and what was made of it.
set -eu
cd "$(dirname "$0")/.."
steelyard=${STEELYARD:-build/steelyard}
out=build/demo
rm -rf "$out"
mkdir -p "$out"

title() { printf '\n\033[1m--- %s\033[0m\n' "$1"; }
show() { # prints a command, then runs it
    printf '\033[1m$ %s\033[0m\n' "${*/#$steelyard/steelyard}"
    "$@"
}

title "a model: examples/masked_rows.sy"
cat examples/masked_rows.sy

title "run it on data"
show "$steelyard" run examples/masked_rows.sy x=examples/data/masked_rows/x.npy known=examples/data/masked_rows/known.npy -o "$out/results"

title "the C it becomes: $out/masked_rows.c"
show "$steelyard" emit examples/masked_rows.sy -o "$out"
head -n 60 "$out/masked_rows.c"

title "how it is computed"
show "$steelyard" explain examples/attention.sy t=4096 b=8

title "what is said about a mistake"
cat >"$out/mistake.sy" <<'SY'
dim n
dim o
dim f
input h[n, o]
input feature_weight[f]
output y[n, o] = relu(h) * feature_weight
SY
show "$steelyard" check "$out/mistake.sy" || true

title "a drawing: $out/kmeans.svg"
show "$steelyard" graph examples/kmeans.sy -o "$out/kmeans.svg"

printf '\nMore programs: examples/. The language: docs/language.md.\n'

#!/usr/bin/env bash
# The library against PyTorch: every program here runs on its data, in f64 and in f32 (where its results fit), and each output,
# values and derivatives, is compared with what PyTorch and mpmath gave (make_data.py). NAME... on the command line: only these.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh library

run() { # name, more options
    local name=$1 data=tests/library/$1 outputs=$out/$1${*:2}
    mkdir -p "$outputs"
    # shellcheck disable=SC2046
    if said=$("$STEELYARD" run "$data.sy" $(data_of "$data") "${@:2}" -o "$outputs" 2>&1); then
        agree "$data.sy ${*:2}" "$outputs" "$data"
    else
        fail "$data.sy ${*:2} does not run" "$said"
    fi
}

names=("$@")
[ "${#names[@]}" -gt 0 ] || for file in tests/library/*.sy; do names+=("$(basename "$file" .sy)"); done
for name in "${names[@]}"; do
    run "$name"
    [ -e "tests/library/$name/f64_only" ] || run "$name" --real=f32
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

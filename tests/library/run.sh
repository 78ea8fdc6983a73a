#!/usr/bin/env bash
# The library against PyTorch: every program here runs on its data, in f64 and in f32 (where its results fit), and each output,
# values and derivatives, is compared with what PyTorch and mpmath gave (make_data.py). NAME... on the command line: only these.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
STEELYARD=${STEELYARD:-$BUILD/steelyard}
compare=$BUILD/tests/tools/compare_npy
passed=0
failed=0

check() { # name, more options
    local name=$1 data=tests/library/$1 given=() file output out
    shift
    out=$BUILD/tests/library/$name$*
    rm -rf "$out"
    mkdir -p "$out"
    for file in "$data"/*.npy; do
        output=$(basename "$file" .npy)
        [[ $output == expected_* ]] || given+=("$output=$file")
    done
    if ! "$STEELYARD" run "$data.sy" "${given[@]}" "$@" -o "$out" >"$out/said" 2>&1; then
        echo "FAIL: $data.sy $* does not run"
        head -n 20 "$out/said"
        failed=$((failed + 1))
        return
    fi
    for file in "$data"/expected_*.npy; do
        output=$(basename "$file" .npy)
        output=${output#expected_}
        if "$compare" "$out/$output.npy" "$file"; then
            passed=$((passed + 1))
        else
            echo "FAIL: $data.sy $*: $output"
            failed=$((failed + 1))
        fi
    done
}

names=("$@")
[ "${#names[@]}" -gt 0 ] || for file in tests/library/*.sy; do names+=("$(basename "$file" .sy)"); done
for name in "${names[@]}"; do
    check "$name"
    [ -e "tests/library/$name/f64_only" ] || check "$name" --real=f32
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

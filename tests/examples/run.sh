#!/usr/bin/env bash
# Every program of examples/: `steelyard run` on its data, each output compared with what NumPy computed for it; then
# once more on one thread, which must give the same bits. NAME... on the command line: only these.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
STEELYARD=${STEELYARD:-$BUILD/steelyard}
compare=$BUILD/tests/tools/compare_npy
passed=0
failed=0

fail() {
    echo "FAIL: $1"
    failed=$((failed + 1))
}

run_example() { # name, output folder
    local data=examples/data/$1 given=() file name
    for file in "$data"/*.npy; do
        name=$(basename "$file" .npy)
        case $name in
        expected_*) ;;
        *) given+=("$name=$file") ;;
        esac
    done
    # scalars, blank between them
    # shellcheck disable=SC2046
    "$STEELYARD" run "examples/$1.sy" "${given[@]}" $(cat "$data/arguments" 2>/dev/null) -o "$2"
}

examples=("$@")
[ "${#examples[@]}" -gt 0 ] || for file in examples/*.sy; do examples+=("$(basename "$file" .sy)"); done

for name in "${examples[@]}"; do
    out=$BUILD/tests/examples/$name
    rm -rf "$out"
    mkdir -p "$out"
    if [ ! -d "examples/data/$name" ]; then
        fail "examples/$name.sy has no data: add it to examples/make_data.py"
        continue
    fi
    if ! OMP_NUM_THREADS=3 run_example "$name" "$out" >"$out/said" 2>&1; then
        fail "examples/$name.sy does not run"
        head -n 20 "$out/said"
        continue
    fi
    passed=$((passed + 1))
    for expected in "examples/data/$name"/expected_*.npy; do
        output=$(basename "$expected" .npy)
        if "$compare" "$out/${output#expected_}.npy" "$expected"; then
            passed=$((passed + 1))
        else
            fail "examples/$name.sy: ${output#expected_}"
        fi
    done
    OMP_NUM_THREADS=1 run_example "$name" "$out/one" >"$out/said" 2>&1
    for file in "$out"/*.npy; do
        if cmp "$file" "$out/one/$(basename "$file")"; then
            passed=$((passed + 1))
        else
            fail "examples/$name.sy: $(basename "$file") has other bits on one thread"
        fi
    done
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# Every program of examples/: `steelyard run` on its data, each output compared with what NumPy computed for it; then
# once more on one thread, which must give the same bits. NAME... on the command line: only these.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh examples

run_example() { # name, output folder
    # shellcheck disable=SC2046
    "$STEELYARD" run "examples/$1.sy" $(data_of "examples/data/$1") -o "$2"
}

examples=("$@")
[ "${#examples[@]}" -gt 0 ] || for file in examples/*.sy; do examples+=("$(basename "$file" .sy)"); done

for name in "${examples[@]}"; do
    outputs=$out/$name
    mkdir -p "$outputs"
    if [ ! -d "examples/data/$name" ]; then
        fail "examples/$name.sy has no data: add it to examples/make_data.py"
        continue
    fi
    if ! said=$(OMP_NUM_THREADS=3 run_example "$name" "$outputs" 2>&1); then
        fail "examples/$name.sy does not run" "$said"
        continue
    fi
    pass
    agree "examples/$name.sy" "$outputs" "examples/data/$name"
    OMP_NUM_THREADS=1 run_example "$name" "$outputs/one" >/dev/null 2>&1
    for file in "$outputs"/*.npy; do
        check "examples/$name.sy: the bits of $(basename "$file") on one thread" cmp "$file" "$outputs/one/$(basename "$file")"
    done
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

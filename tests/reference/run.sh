#!/usr/bin/env bash
# The reference cases, through `steelyard run`: the programs of seeds/ in f32 and in f64, those of averages/,
# losses/, autodiff/ and adbench/, each output compared with its expected_NAME.npy. NAME... on the command line: only
# cases with these names.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
STEELYARD=${STEELYARD:-$BUILD/steelyard}
compare=$BUILD/tests/tools/compare_npy
passed=0
failed=0
wanted=("$@")

check() { # title, program, data, more options
    local title=$1 program=$2 data=$3 given=() file name out
    shift 3
    if [ "${#wanted[@]}" -gt 0 ] && [[ " ${wanted[*]} " != *" $title "* ]]; then return; fi
    out=$BUILD/tests/reference/$title$*
    rm -rf "$out"
    mkdir -p "$out"
    for file in "$data"/*.npy; do
        name=$(basename "$file" .npy)
        [[ $name == expected_* ]] || given+=("$name=$file")
    done
    if ! "$STEELYARD" run "$program" "${given[@]}" "$@" -o "$out" >"$out/said" 2>&1; then
        echo "FAIL: $program $* does not run"
        head -n 20 "$out/said"
        failed=$((failed + 1))
        return
    fi
    local relative=()
    [ -e "$data/relative" ] && relative=("$(cat "$data/relative")")
    for file in "$data"/expected_*.npy; do
        name=$(basename "$file" .npy)
        name=${name#expected_}
        if "$compare" "$out/$name.npy" "$file" "${relative[@]}"; then
            passed=$((passed + 1))
        else
            echo "FAIL: $program $*: $name"
            failed=$((failed + 1))
        fi
    done
}

same_bits() { # title, program, data: on one thread and on three
    local title=$1 given=() file one=$BUILD/tests/reference/$1-1 three=$BUILD/tests/reference/$1-3
    for file in "$3"/*.npy; do
        [[ $(basename "$file") == expected_* ]] || given+=("$(basename "$file" .npy)=$file")
    done
    rm -rf "$one" "$three"
    OMP_NUM_THREADS=1 "$STEELYARD" run "$2" "${given[@]}" -o "$one" >/dev/null 2>&1
    OMP_NUM_THREADS=3 "$STEELYARD" run "$2" "${given[@]}" -o "$three" >/dev/null 2>&1
    if [ -d "$one" ] && diff -r "$one" "$three" >/dev/null; then
        passed=$((passed + 1))
    else
        echo "FAIL: $title: other bits on three threads"
        failed=$((failed + 1))
    fi
}

for data in tests/reference/seeds/*/; do
    name=$(basename "$data")
    program=tests/reference/seeds/${name%-k[0-9]}.sy # one program serves every number of inputs
    check "$name" "$program" "${data%/}"
    check "$name" "$program" "${data%/}" --real=f64
done
for data in tests/reference/averages/*/ tests/reference/losses/*/; do
    name=$(basename "$data")
    check "$name" "${data%/}.sy" "${data%/}"
done
for data in tests/reference/autodiff/*/ tests/reference/adbench/*/; do
    name=$(basename "$data")
    check "$name" "${data%-*}.sy" "${data%/}"
    [[ $data == */adbench/* && ${#wanted[@]} -eq 0 ]] && same_bits "$name" "${data%-*}.sy" "${data%/}"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

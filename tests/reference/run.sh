#!/usr/bin/env bash
# The reference cases, through `steelyard run`: the programs of seeds/ in f32 and in f64, those of averages/,
# losses/, autodiff/ and adbench/, each output compared with its expected_NAME.npy. NAME... on the command line: only
# cases with these names.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh reference
wanted=("$@")

run() { # title, program, data, more options
    local title=$1 program=$2 data=$3 outputs=$out/$1${*:4} relative=() said
    if [ "${#wanted[@]}" -gt 0 ] && [[ " ${wanted[*]} " != *" $title "* ]]; then return; fi
    mkdir -p "$outputs"
    # shellcheck disable=SC2046
    if ! said=$("$STEELYARD" run "$program" $(data_of "$data") "${@:4}" -o "$outputs" 2>&1); then
        fail "$program ${*:4} does not run" "$said"
        return
    fi
    [ -e "$data/relative" ] && relative=("$(cat "$data/relative")")
    agree "$program ${*:4}" "$outputs" "$data" "${relative[@]}"
}

same_bits() { # title, program, data: on one thread and on three
    local threads
    for threads in 1 3; do
        # shellcheck disable=SC2046
        OMP_NUM_THREADS=$threads "$STEELYARD" run "$2" $(data_of "$3") -o "$out/$1-$threads" >/dev/null 2>&1
    done
    check "$1: the same bits on three threads" diff -r "$out/$1-1" "$out/$1-3"
}

for data in tests/reference/seeds/*/; do
    name=$(basename "$data")
    program=tests/reference/seeds/${name%-k[0-9]}.sy # one program serves every number of inputs
    run "$name" "$program" "${data%/}"
    run "$name" "$program" "${data%/}" --real=f64
done
for data in tests/reference/averages/*/ tests/reference/losses/*/; do
    name=$(basename "$data")
    run "$name" "${data%/}.sy" "${data%/}"
done
for data in tests/reference/autodiff/*/ tests/reference/adbench/*/; do
    name=$(basename "$data")
    run "$name" "${data%-*}.sy" "${data%/}"
    [[ $data == */adbench/* && ${#wanted[@]} -eq 0 ]] && same_bits "$name" "${data%-*}.sy" "${data%/}"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

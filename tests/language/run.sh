#!/usr/bin/env bash
# Programs written from the definition of the language alone: each runs on its data, in f64 and in f32, and every output is
# compared with what NumPy gave (make_data.py); and programs and data that are wrong, each of which must be refused with a
# place and the words of refused/expected.txt and wrong/expected.txt. NAME... on the command line: only these programs.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
STEELYARD=${STEELYARD:-$BUILD/steelyard}
compare=$BUILD/tests/tools/compare_npy
passed=0
failed=0

check() { # name, folder of data, f32 or f64
    local folder=$2 file output out
    out=$BUILD/tests/language/$1/$(basename "$2")-$3
    rm -rf "$out"
    mkdir -p "$out"
    # names and files, blank between them
    # shellcheck disable=SC2046
    if ! "$STEELYARD" run "tests/language/$1.sy" $(cat "$folder/arguments") "--real=$3" -o "$out" >"$out/said" 2>&1; then
        echo "FAIL: $1 $folder $3 does not run"
        head -n 20 "$out/said"
        failed=$((failed + 1))
        return
    fi
    for file in "$folder"/expected_*.npy; do
        output=$(basename "$file" .npy)
        output=${output#expected_}
        if "$compare" "$out/$output.npy" "$file"; then
            passed=$((passed + 1))
        else
            echo "FAIL: $1 $folder $3: $output"
            failed=$((failed + 1))
        fi
    done
}

names=("$@")
[ "${#names[@]}" -gt 0 ] || for folder in tests/language/data/*/; do names+=("$(basename "$folder")"); done
for name in "${names[@]}"; do
    for folder in "tests/language/data/$name"/*/; do
        check "$name" "${folder%/}" f64
        [ -e "tests/language/data/$name/f64_only" ] || check "$name" "${folder%/}" f32
    done
done

judge() { # what, exit status, expected status, pattern, what was said, place wanted
    if [ "$2" != "$3" ] || ! grep -qE -- "$4" <<<"$5" || { [ -n "$6" ] && ! grep -qE '^ +\| +\^~*$' <<<"$5"; }; then
        echo "FAIL: $1: exit $2, expected $3, with: $4"
        head -n 8 <<<"$5"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}

if [ "$#" -eq 0 ]; then
    while IFS=$'\t' read -r name code option pattern; do
        said=$("$STEELYARD" check "$option" "tests/language/refused/$name.sy" 2>&1)
        judge "refused/$name.sy" $? "$code" "$pattern" "$said" place
    done <tests/language/refused/expected.txt
    while IFS=$'\t' read -r code pattern given; do
        # shellcheck disable=SC2086
        said=$("$STEELYARD" run tests/language/wrong/model.sy $given 2>&1)
        judge "wrong/model.sy $given" $? "$code" "$pattern" "$said" ""
    done <tests/language/wrong/expected.txt
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

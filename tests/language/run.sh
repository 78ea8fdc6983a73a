#!/usr/bin/env bash
# Programs written from the definition of the language alone: each runs on its data, in f64 and in f32, and every output is
# compared with what NumPy gave (make_data.py); and programs and data that are wrong, each of which must be refused with a
# place and the words of refused/expected.txt and wrong/expected.txt. NAME... on the command line: only these programs.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh language

run() { # name, folder of data, f32 or f64
    local outputs said
    outputs=$out/$1/$(basename "$2")-$3
    mkdir -p "$outputs"
    # names and files, blank between them
    # shellcheck disable=SC2046
    if said=$("$STEELYARD" run "tests/language/$1.sy" $(cat "$2/arguments") "--real=$3" -o "$outputs" 2>&1); then
        agree "$1 $2 $3" "$outputs" "$2"
    else
        fail "$1 $2 $3 does not run" "$said"
    fi
}

names=("$@")
[ "${#names[@]}" -gt 0 ] || for folder in tests/language/data/*/; do names+=("$(basename "$folder")"); done
for name in "${names[@]}"; do
    for folder in "tests/language/data/$name"/*/; do
        run "$name" "${folder%/}" f64
        [ -e "tests/language/data/$name/f64_only" ] || run "$name" "${folder%/}" f32
    done
done

judge() { # what, exit status, expected status, pattern, what was said, place wanted
    if [ "$2" != "$3" ] || ! grep -qE -- "$4" <<<"$5" || { [ -n "$6" ] && ! grep -qE '^ +\| +\^~*$' <<<"$5"; }; then
        fail "$1: exit $2, expected $3, with: $4" "$5"
    else
        pass
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

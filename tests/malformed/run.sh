#!/usr/bin/env bash
# Some four hundred malformed programs, made by tests/tools/mangle.c from the examples and from nothing: the compiler must
# refuse them with exit 1 and a message that has a place. No signal, no hang, no message of a fault of its own. A mangled
# example that happens to be a program may pass. STEELYARD names the compiler, BUILD where to write.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
steelyard=${STEELYARD:-$PWD/build/steelyard}
folder=$build/tests/malformed
rm -rf "$folder"
mkdir -p "$folder"
"$build/tests/tools/mangle" "$folder" examples/*.sy || exit 1
passed=0
failed=0
refused=0

for program in "$folder"/*.sy; do
    name=$(basename "$program")
    timeout 60 "$steelyard" check "$program" >/dev/null 2>"$folder/said"
    code=$?
    said=$(head -c 20000 "$folder/said")
    if [ "$code" -eq 0 ] && [[ $name != bad-* ]]; then
        passed=$((passed + 1))
    elif [ "$code" -ne 1 ]; then
        echo "$name: exit $code"
        head -n 5 <<<"$said"
        failed=$((failed + 1))
    elif ! grep -qE '^[^ ]+:[1-9][0-9]*:[1-9][0-9]*: error: ' <<<"$said"; then
        echo "$name: refused without a place"
        head -n 5 <<<"$said"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
        refused=$((refused + 1))
        rm -f "$program"
    fi
done
if [ "$refused" -lt 200 ]; then
    echo "only $refused programs were refused"
    failed=$((failed + 1))
fi
[ "$failed" -eq 0 ] && rm -rf "$folder"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

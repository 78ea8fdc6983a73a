#!/usr/bin/env bash
# Every message of the compiler, in full: tests/errors/NAME.sy is checked, and what is said must be NAME.expected to the letter.
#
# A first line `# flags: ...` adds options. NAME begins with the code that must be among those reported; programs whose
# code begins with E are refused (exit 1), the others pass (exit 0). STEELYARD names the compiler; --update writes what it
# says now.
set -u
cd "$(dirname "$0")" || exit 1
steelyard=${STEELYARD:-$PWD/../../build/steelyard}
update=${1-}
passed=0
failed=0

fail() { # name, what
    echo "$1: $2"
    failed=$((failed + 1))
}

for source in *.sy; do
    name=${source%.sy}
    read -ra flags < <(sed -n '1s/^# flags: //p' "$source")
    said=$("$steelyard" check "$source" "${flags[@]}" 2>&1)
    code=$?
    said="$said
exit $code"
    if [ "$update" = --update ]; then
        printf '%s\n' "$said" > "$name.expected"
    fi
    wanted=0
    [[ $name == [WN][0-9]* ]] || wanted=1
    if [ "$code" -ne "$wanted" ]; then
        fail "$name" "exit $code instead of $wanted"
    elif [[ $name =~ ^[EWN][0-9]{4} ]] && [[ $said != *"[${BASH_REMATCH[0]}"* ]]; then
        fail "$name" "${BASH_REMATCH[0]} was not reported"
    elif ! difference=$(diff -u "$name.expected" - <<< "$said" 2>&1); then
        fail "$name" "says something else"
        printf '%s\n' "$difference"
    else
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

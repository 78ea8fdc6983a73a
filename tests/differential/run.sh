#!/usr/bin/env bash
# Random programs, their emitted C against the reference evaluator and against itself on 1, 2, 3 and 5 threads; derivatives
# against the laws of laws.c; a part of them once more as optimised code. FAIL lines carry the program; `make fuzz-programs` runs any number.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
COUNT=${COUNT:-1000} # of which 19 in 20 have derivatives
passed=0
failed=0
run() {
    local said line
    said=$("$BUILD/differential" "$@")
    line=$(tail -n 1 <<<"$said")
    grep -v '^ok' <<<"$said" | head -n -1
    [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { echo "FAIL: differential $*: it broke off"; failed=$((failed + 1)); return; }
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
}
if grep -q __asan_init "$BUILD/differential"; then # emitted C too, with arrays of just the size
    # Leaks are looked for elsewhere: the threads of OpenMP are in the way here.
    export ASAN_OPTIONS=detect_leaks=0
    flags="-O0 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -march=x86-64-v3"
    run tests/differential/regressions/*.sy --flags "$flags" # what was read outside of an array gave the right value
    run --seed 11 --count 60 --flags "$flags"
    echo "$passed passed, $failed failed"
    exit "$((failed > 0))"
fi
run tests/differential/regressions/*.sy # each was wrong once
run --seed 1 --count "$COUNT"
run --seed 2 --count 80 --flags "-O2 -march=x86-64-v3"
run --seed 3 --count 80 --cc gcc --flags "-O1 -march=x86-64-v3"
# a C compiler that does not come to an end goes with the alarm, and what it has started too
slow=$(mktemp)
printf '#!/bin/sh\nsleep 7%s & wait\n' "$$" >"$slow"
chmod +x "$slow"
said=$("$BUILD/differential" --seed 1 --count 1 --no-shrink --seconds 2 --cc "$slow")
if [[ $said == *"not done in time"* ]] && ! pgrep -f "sleep 7$$" >/dev/null; then
    passed=$((passed + 1))
else
    echo "FAIL: differential: a C compiler goes on after the alarm"
    failed=$((failed + 1))
fi
rm -f "$slow"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

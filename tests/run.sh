#!/usr/bin/env bash
# Runs every test and prints one summary: tests/run.sh BUILD [SANITIZED_BUILD]
#
# A test is a program BUILD/tests/unit/test_NAME (Criterion) or a script tests/NAME/run.sh. Scripts are run in the root of
# the repository with STEELYARD (the compiler to test) and BUILD (where they may write) set, and end with a line
# "N passed, N failed". Logs: BUILD/tests/logs. With SANITIZED_BUILD the unit tests, and the scripts of the list below,
# are run with that build too. ONLY=PATTERN (a shell pattern for names) runs part of it, JOBS says how many at once.
set -u
cd "$(dirname "$0")/.." || exit 1

build=$1
sanitized=${2-}
sanitized_scripts="errors examples format malformed differential"
jobs=${JOBS:-$(nproc)}
only=${ONLY:-*}
logs=$build/tests/logs
rm -rf "$logs"
mkdir -p "$logs"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

names=()
commands=()
add() { # name, command
    # shellcheck disable=SC2053
    [[ $1 == $only ]] || return 0
    names+=("$1")
    commands+=("$2")
}
add_script() { # prefix, build, folder
    # Its programs are linked by a C compiler that knows nothing of sanitizers.
    [[ $3 == embedding || $3 == streaming ]] && [[ $2 == *sanitize* ]] && return
    local threads="" # those of OpenMP can be in the way of the search for leaks at the end
    [[ $2 == *sanitize* ]] && threads="OMP_NUM_THREADS=1 "
    add "$1$3" "${threads}STEELYARD=$PWD/$2/steelyard BUILD=$2 tests/$3/run.sh"
}

# The long ones first, so that they do not stand alone at the end.
long="differential reference runtime golden"
for folder in $long; do
    [ -x "tests/$folder/run.sh" ] && add_script "" "$build" "$folder"
done
for script in tests/*/run.sh; do
    folder=$(basename "$(dirname "$script")")
    case " $long " in
    *" $folder "*) ;;
    *) [ -x "$script" ] && add_script "" "$build" "$folder" ;;
    esac
done
if [ -n "$sanitized" ]; then
    for folder in $sanitized_scripts; do
        [ -x "tests/$folder/run.sh" ] && add_script "sanitized/" "$sanitized" "$folder"
    done
fi
for folder in "$build" $sanitized; do
    prefix=unit/
    [ "$folder" = "$build" ] || prefix=sanitized/unit/
    for source in tests/unit/test_*.c; do
        [ -e "$source" ] || continue
        program=$(basename "$source" .c)
        add "$prefix${program#test_}" "$folder/tests/unit/$program --jobs 1 --ascii"
    done
done
add includes tools/check_includes.sh

run_one() { # name, command: leaves LOG and LOG.result: passed failed seconds
    local log=$logs/${1//\//-}.log start end status passed failed line
    start=$(date +%s%N)
    bash -c "$2" >"$log" 2>&1 </dev/null
    status=$?
    end=$(date +%s%N)
    line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
    if [ -n "$line" ]; then
        passed=${line%% passed*}
        failed=${line##*passed, }
        failed=${failed%% *}
    else
        line=$(grep -a 'Synthesis: Tested:' "$log" | tail -n 1)
        passed=$(sed -n 's/.*Passing: *\([0-9]*\).*/\1/p' <<<"$line")
        failed=$(sed -n 's/.*Failing: *\([0-9]*\) .*Crashing: *\([0-9]*\).*/\1 + \2/p' <<<"$line")
        passed=${passed:-0}
        failed=$((${failed:-0}))
    fi
    # a test that ends badly, or says nothing, has failed whatever it counted
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    if [ "$((passed + failed))" -eq 0 ]; then failed=1; fi
    local seconds=$(((end - start) / 100000000))
    seconds="$((seconds / 10)).$((seconds % 10))"
    echo "$passed $failed" >"$log.result"
    if [ "$failed" -eq 0 ]; then
        printf '  ok    %-32s %6d passed  %7s s\n' "$1" "$passed" "$seconds"
    else
        printf '  FAIL  %-32s %6d passed, %d failed  %s s  (%s)\n' "$1" "$passed" "$failed" "$seconds" "$log"
        grep -aE 'FAIL|ERROR|error|Assertion|runtime error|\[----\]' "$log" | head -n 12 | sed 's/^/          /'
    fi
}

for i in "${!names[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    run_one "${names[$i]}" "${commands[$i]}" &
done
wait

passed=0
failed=0
for result in "$logs"/*.result; do
    [ -e "$result" ] || continue
    read -r p f <"$result"
    passed=$((passed + p))
    failed=$((failed + f))
done
if [ "${#names[@]}" -eq 0 ]; then
    echo "no test is named $only"
    exit 1
fi
echo
echo "${#names[@]} suites: $passed passed, $failed failed ($SECONDS s)"
[ "$failed" -eq 0 ]

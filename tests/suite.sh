# What suites of shell scripts share. Sourced in the top folder, with the suite's name: gives BUILD, STEELYARD, a fresh folder `out`,
# the counts `passed` and `failed`, and what counts: pass, fail, check, expect and counted.
BUILD=${BUILD:-build}
STEELYARD=${STEELYARD:-$BUILD/steelyard}
out=$BUILD/tests/$1
rm -rf "$out"
mkdir -p "$out"
passed=0
failed=0
pass() { passed=$((passed + 1)); }
fail() { # what, text that tells more
    echo "FAIL: $1"
    [ -z "${2-}" ] || head -n 30 <<<"$2" | cut -c1-400 | sed 's/^/    /'
    failed=$((failed + 1))
}
check() { # what, command...: its output is shown only if it fails
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        pass
    else
        fail "$what" "$said"
    fi
}
expect() { # what, status, pattern in what it says (none: it says nothing), command...
    local what=$1 status=$2 pattern=$3 said got
    shift 3
    said=$("$@" 2>&1 </dev/null)
    got=$?
    if [ "$got" -ne "$status" ]; then
        fail "$what: exit $got, not $status" "$said"
    elif [ -z "$pattern" ] && [ -n "$said" ]; then
        fail "$what: says something" "$said"
    elif ! grep -qE -- "$pattern" <<<"$said"; then
        fail "$what: does not say $pattern" "$said"
    else
        pass
    fi
}
counted() { # what, what a program said whose last line is N passed, M failed: its counts are added
    grep FAIL <<<"$2" | head -n 20
    [[ $2 =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { fail "$1: it broke off" "$2"; return; }
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
}
data_of() { # folder: what its arrays and its scalars are given as, NAME=FILE and NAME=VALUE
    local file name
    for file in "$1"/*.npy; do
        name=$(basename "$file" .npy)
        [[ $name == expected_* ]] || echo "$name=$file"
    done
    cat "$1/arguments" 2>/dev/null
}
agree() { # what, folder of outputs, folder of data, options of compare_npy...: each output is as its expected_NAME.npy
    local what=$1 outputs=$2 file name
    for file in "$3"/expected_*.npy; do
        name=$(basename "$file" .npy)
        name=${name#expected_}
        check "$what: $name" "$BUILD/tests/tools/compare_npy" "$outputs/$name.npy" "$file" "${@:4}"
    done
}

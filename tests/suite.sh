# What suites of shell scripts share. Sourced in the top folder, with the suite's name: gives BUILD, STEELYARD, a fresh folder `out`,
# the counts `passed` and `failed`, and check.
BUILD=${BUILD:-build}
STEELYARD=${STEELYARD:-$BUILD/steelyard}
out=$BUILD/tests/$1
rm -rf "$out"
mkdir -p "$out"
passed=0
failed=0
check() { # what, command...
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        echo "FAIL: $what"
        head -n 30 <<<"$said"
        failed=$((failed + 1))
    fi
}

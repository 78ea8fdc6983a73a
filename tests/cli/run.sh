#!/usr/bin/env bash
# The manual page and the completions against what `steelyard help` says, and the installation.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh cli

# --- the manual page names every command and option ---
page=$(sed 's/\\-/-/g; s/\\f.//g' docs/steelyard.1)
commands=$("$STEELYARD" help | sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p')
check "help lists the commands" test -n "$commands"
for command in $commands; do
    check "the manual page has the command $command" grep -qE "^\.BI? \"?$command " <<<"$page"
    for option in $("$STEELYARD" help "$command" | sed -n 's/^  \(-[-A-Za-z]*\).*/\1/p'); do
        check "the manual page has $option" grep -qE -- "^\.BI? (\"|)$option( |\$|NAME)" \
            <<<"$(sed 's/^\.BI -W NAME/.BI -WNAME/' <<<"$page")"
    done
done
version=$("$STEELYARD" --version)
check "the manual page is of this version" grep -q "\"$version\"" docs/steelyard.1

# --- completion ---
completes() { # words...: prints what the last word may become
    bash -c '
        source completion/steelyard.bash
        compopt() { :; }
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _steelyard; printf "%s\n" "${COMPREPLY[@]}"' \
        _ "$STEELYARD" "$@"
}
has() { grep -qxF -- "$1" <<<"$2"; }
check "completes commands" has emit "$(completes e)"
check "completes options" has --standalone "$(completes emit --st)"
check "completes levels" has --multiversion "$(completes build --mul)"
check "completes files" has examples/average.sy "$(completes check examples/av)"
check "completes names" has trust= "$(completes run examples/average.sy t)"
check "completes names of other commands" has trust= "$(completes verify examples/average.sy t)"
check "completes what is differentiated" has by_count "$(completes grad examples/logistic.sy --of by)"
check "completes what is differentiated by" has w "$(completes grad examples/logistic.sy --wrt w)"
check "completes types" has f64 "$(completes emit --real f)"

# --- usage ---
status() { "$STEELYARD" "$@" >/dev/null 2>&1; echo $?; }
check "no command: 2" test "$(status)" = 2
check "an unknown command: 2" test "$(status chekc x.sy)" = 2
check "an unknown option: 2" test "$(status check examples/average.sy --jsn)" = 2
check "no such file: 1" test "$(status check no/such/file.sy)" = 1
check "a good program: 0" test "$(status check examples/average.sy)" = 0

# --- installation ---
check "install, use and uninstall" tests/cli/install.sh "$BUILD"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# cppcheck and clang-tidy over the compiler and the runtime, with the few checks that find mistakes rather than tastes.
# Takes the include flags of the build. A tool that is not installed is left out, and said so.
set -u
cd "$(dirname "$0")/.." || exit 1
status=0

if command -v cppcheck >/dev/null; then
    cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr -j 2 \
        --suppress=missingInclude --suppress=unknownMacro --suppress=nullPointerRedundantCheck --suppress=duplicateAssignExpression -Icompiler -Iruntime compiler runtime || status=1
else
    echo "cppcheck is not installed: left out"
fi
if command -v clang-tidy >/dev/null; then
    checks='-*,bugprone-*,misc-redundant-expression,readability-misleading-indentation'
    checks+=',-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-bugprone-branch-clone'
    checks+=',-bugprone-sizeof-expression,-bugprone-suspicious-string-compare'
    checks+=',-bugprone-reserved-identifier,-bugprone-macro-parentheses,-bugprone-implicit-widening-of-multiplication-result'
    checks+=',-bugprone-assignment-in-if-condition,-bugprone-suspicious-include,-bugprone-not-null-terminated-result'
    # shellcheck disable=SC2016
    printf '%s\0' compiler/*.c compiler/*/*.c runtime/*.c | xargs -0 -n 4 -P 2 \
        sh -c 'clang-tidy --quiet --warnings-as-errors="*" --checks="$0" "$@" -- -std=gnu11 -DSTEELYARD_VERSION=\"lint\" -Icompiler -Iruntime '"$*"' 2>/dev/null' \
        "$checks" || status=1
else
    echo "clang-tidy is not installed: left out"
fi
exit $status

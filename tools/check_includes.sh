#!/usr/bin/env bash
# Holds the direction of the house: a folder of compiler/ includes headers of itself and of folders before it only.
set -u
cd "$(dirname "$0")/.." || exit 1

order="base syntax graph diff check plan loops emit tool"
rank() {
    local at=0 folder
    for folder in $order; do
        [ "$folder" = "$1" ] && { echo "$at"; return; }
        at=$((at + 1))
    done
    echo -1
}

passed=0
failed=0
complain() {
    echo "ERROR: $1"
    failed=$((failed + 1))
}

for file in compiler/*/*.[ch] compiler/*/*.def; do
    [ -e "$file" ] || continue
    folder=${file#compiler/}
    folder=${folder%%/*}
    mine=$(rank "$folder")
    before=$failed
    [ "$mine" -ge 0 ] || complain "$file: the folder $folder has no place in the order ($order)"
    while IFS=: read -r line header; do
        case $header in
        parser.h | lexer.h)
            [ "$folder" = syntax ] || complain "$file:$line: only syntax/ may include the generated $header"
            ;;
        */*)
            theirs=$(rank "${header%%/*}")
            if [ "$theirs" -ge 0 ] && [ "$theirs" -gt "$mine" ]; then
                complain "$file:$line: $folder/ comes before ${header%%/*}/ and must not include \"$header\""
            fi
            ;;
        esac
    done < <(sed -n '/^[ \t]*#[ \t]*include[ \t]*"/{=;s/.*"\(.*\)".*/\1/p;}' "$file" | paste -d: - -)
    [ "$failed" -eq "$before" ] && passed=$((passed + 1))
done
for file in runtime/*.[ch]; do
    [ -e "$file" ] || continue
    if grep -nE '#[ \t]*include[ \t]*"(\.\./|base/|compiler/)' "$file"; then
        complain "$file: the runtime stands alone and must not include headers of the compiler"
    else
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

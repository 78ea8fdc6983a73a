#!/usr/bin/env bash
# Keeps the quoted parts of README.md and docs/explain.md current. A part stands between two comments:
#
#     <!-- include LANGUAGE FILE [FIRST LAST] -->      a file, or its lines from each that matches FIRST to one that matches LAST
#     <!-- run LANGUAGE COMMAND... -->                 what a command prints, standard error too (steelyard is the built one)
#     <!-- end -->
#
# Without arguments: fails, and shows the difference, if a part is not current. --update: rewrites the pages.
set -u
cd "$(dirname "$0")/.." || exit 1
STEELYARD=${STEELYARD:-$PWD/${BUILD:-build}/steelyard}
pages=(README.md docs/explain.md)

steelyard() { "$STEELYARD" "$@"; }

parts() { # page
    local page=$1 line inside=false
    while IFS= read -r line; do
        case $line in
        "<!-- include "* | "<!-- run "*)
            echo "$line"
            inside=true
            local words
            read -r -a words <<<"${line%-->}"
            echo "\`\`\`${words[2]}"
            if [ "${words[1]}" = run ]; then
                eval "${words[*]:3}" 2>&1
            elif [ "${#words[@]}" -gt 5 ]; then
                awk -v first="${words[4]}" -v last="${words[5]}" '
                    !on && $0 ~ first { if (parts++) print ""; on = 1 }
                    on { print; if ($0 ~ last) on = 0 }' "${words[3]}"
            else
                cat "${words[3]}"
            fi
            echo '```'
            ;;
        "<!-- end -->")
            inside=false
            echo "$line"
            ;;
        *) $inside || printf '%s\n' "$line" ;;
        esac
    done <"$page"
}

failed=0
for page in "${pages[@]}"; do
    if [ "${1-}" = --update ]; then
        parts "$page" >"$page.new" && mv "$page.new" "$page"
    else
        diff "$page" <(parts "$page") || failed=1
    fi
done
exit "$failed"

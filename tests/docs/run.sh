#!/usr/bin/env bash
# Every code block of the manual, by the word behind ```sy:
#     sy          compiles without an error and without a warning
#     sy warns    compiles, and something is said about it
#     sy error    is refused
#     sy runs     compiles without a warning, runs without data, and shows what the next block says
# and the pages that are generated are what their generators make of the sources now.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh docs

# --- blocks: out/PAGE-LINE.KIND.sy, so that a message names the line it came from ---
for page in README.md docs/*.md; do
    [ -e "$page" ] || continue
    awk -v base="$out/$(basename "$page" .md)" '
        /^```sy/ { kind = NF > 1 ? $2 : "good"; file = sprintf("%s-%04d.%s.sy", base, NR, kind); printf "" > file; next }
        /^```text/ && run { file = run; sub(/sy$/, "said", file); printf "" > file; run = ""; next }
        /^```/   { if (file) close(file); run = kind == "runs" ? file : ""; kind = ""; file = ""; next }
        /^#/     { if (!file) run = "" }
        file     { print > file }' "$page"
done

refused() { # pattern that every error's code must match, file
    local said
    said=$("$STEELYARD" check "$2" 2>&1)
    [ $? -eq 1 ] || { echo "not refused"; echo "$said"; return 1; }
    local codes
    codes=$(grep -oE '\[E[0-9]{4}\]' <<<"$said" | sort -u)
    [ -n "$codes" ] || { echo "no message with a code"; echo "$said"; return 1; }
    ! grep -qvE "$1" <<<"$codes" || { echo "$said"; return 1; }
}
warned() {
    local said
    said=$("$STEELYARD" check "$1" 2>&1) || { echo "$said"; return 1; }
    [ -n "$said" ] || { echo "nothing is said about it"; return 1; }
}
shown() {
    "$STEELYARD" check -Werror "$1" && diff "${1%.sy}.said" <("$STEELYARD" run "$1" 2>&1)
}
for file in "$out"/*.sy; do
    case $file in
    *.good.sy) check "$file" "$STEELYARD" check -Werror "$file" ;;
    *.warns.sy) check "$file" warned "$file" ;;
    *.runs.sy) check "$file" shown "$file" ;;
    *.error.sy) check "$file" refused '\[E0[1-8]' "$file" ;;
    *) echo "FAIL: $file: no such kind of block"; failed=$((failed + 1)) ;;
    esac
done

# --- examples and the library: laid out by the formatter; examples without warnings ---
for file in examples/*.sy examples/shared/*.sy library/*.sy; do
    check "$file is formatted" "$STEELYARD" fmt --check "$file"
done
for file in examples/*.sy; do
    check "$file has no warnings" "$STEELYARD" check -Werror "$file"
done

# --- generated pages, and links between pages ---
check "docs/errors.md is current (make pages)" diff <(tools/errors_page.sh) docs/errors.md
check "docs/library.md is current (make pages)" diff <(tools/library_page.sh) docs/library.md
check "examples/README.md is current (make pages)" diff <(tools/examples_page.sh) examples/README.md
check "README.md is current (make pages)" tools/readme_parts.sh
for page in README.md docs/*.md; do
    while read -r link; do
        check "$page: $link" test -e "$(dirname "$page")/$link"
    done < <(awk '/^```/ { code = !code; next } !code && !/^    /' "$page" |
        sed 's/`[^`]*`//g' | grep -oE '\]\([^)# :]+[)#]' | sed 's/^](//; s/[)#]$//')
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

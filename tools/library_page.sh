#!/usr/bin/env bash
# Prints what docs/library.md must hold: every function of library/*.sy, with its documentation and its definition.
set -eu
cd "$(dirname "$0")/.."
cat <<'PAGE'
# The library

These functions come with the compiler and need no `use`. They are written in the language (`library/`), and a function
of the same name in a program takes the place of one of these. A loss gives the term of one element, unreduced and
unweighted: the reduction around it says how to weigh and what to divide by. The [chapter on losses](losses.md) has their
formulas, and what they are called in PyTorch.
PAGE
awk '
    function finish() { # the function that was being read
        if (name == "") return
        printf "\n**`%s`**", name
        if (doc != "") printf "  \n%s", doc
        printf "\n\n```text\n%s```\n", body
        name = ""; doc = ""; body = ""
    }
    function heading(level, title) { printf "\n%s %s\n", level, toupper(substr(title, 1, 1)) substr(title, 2) }
    FNR == 1 { finish(); doc = ""; title = FILENAME; gsub(/.*\/|\.sy$/, "", title); heading("##", title) }
    /^# ---/ { finish(); doc = ""; title = $0; gsub(/^# --- | ---$/, "", title); heading("###", title); next }
    /^## /   { finish(); doc = doc (doc == "" ? "" : " ") substr($0, 4); next }
    /^(fn|rule) / { finish(); name = $0; sub(/^[a-z]+ /, "", name); sub(/\) *[={].*/, ")", name); body = $0 "\n"; next }
    /^#/     { finish(); next }
    /^$/     { finish(); doc = ""; next }
    name     { body = body $0 "\n" }
    END      { finish() }' library/*.sy

#!/usr/bin/env bash
# What `steelyard grad` prints of every example that has a scalar result: it compiles, and gives the bits that the program
# gives with `output d_x = grad(L, x)`. Of some, what is added to the program must be NAME-L.expected; --update writes that.
# NAME...: only these examples.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
BUILD=$(realpath "${BUILD:-build}")
. tests/suite.sh gradients
steelyard=$(realpath "$STEELYARD")
update=
[ "${1-}" = --update ] && { update=yes; shift; }

# The program itself with the lines that the printed one stands for.
by_grad() { # printed program, program
    cat "$2"
    awk '/^## the derivative of / { of = $5; by = $7; next }
         of != "" { sub(/ = .*/, ""); print $0 " = grad(" of ", " by ")"; of = "" }' "$1"
}

# The lines behind the program's own.
compare_text() { # name, L, printed program, where to write
    local expected=tests/gradients/$1-$2.expected
    [ -e "$expected" ] || return
    tail -n +$(($(wc -l <"examples/$1.sy") + 2)) "$3" >"$4"
    [ -z "$update" ] || cp "$4" "$expected"
    check "$1: how the derivative of $2 reads" diff -u "$expected" "$4"
}

compare_example() { # name, L
    local work=$out/$1-$2 file said
    mkdir -p "$work"
    if ! said=$("$steelyard" grad "examples/$1.sy" --of "$2" -o "$work/printed.sy" 2>&1); then
        grep -q 'E0944' <<<"$said" || fail "$1: no derivative of $2" "$said"
        return
    fi
    compare_text "$1" "$2" "$work/printed.sy" "$work/added"
    by_grad "$work/printed.sy" "examples/$1.sy" |
        sed "s|^use \"|&$root/examples/|" >"$work/asked.sy"
    for file in printed asked; do
        # shellcheck disable=SC2046
        if ! said=$("$steelyard" run "$work/$file.sy" $(data_of "examples/data/$1") -o "$work/$file" 2>&1); then
            fail "$1: the derivative of $2 ($file) does not run" "$said"
            return
        fi
    done
    for file in "$work/asked"/*.npy; do
        check "$1: the bits of $(basename "$file" .npy) as printed" cmp "$file" "$work/printed/$(basename "$file")"
    done
}

scalars() { # file: its losses and outputs without axes
    sed -nE 's/^ *(loss|output) +([a-zA-Z_0-9]+)(: *f[0-9]+)? *=.*/\2/p' "$1"
}

examples=("$@")
[ "${#examples[@]}" -gt 0 ] || for file in examples/*.sy; do examples+=("$(basename "$file" .sy)"); done
for name in "${examples[@]}"; do
    for of in $(scalars "examples/$name.sy"); do compare_example "$name" "$of"; done
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# What `steelyard grad` prints of every example that has a scalar result: it compiles, and gives the bits that the program
# gives with `output d_x = grad(L, x)`. Of some, what is added to the program must be NAME-L.expected; --update writes that.
# NAME...: only these examples.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
BUILD=${BUILD:-build}
steelyard=$(realpath "${STEELYARD:-$BUILD/steelyard}")
here=$(realpath "$BUILD")/tests/gradients
rm -rf "$here"
mkdir -p "$here"
update=
[ "${1-}" = --update ] && { update=yes; shift; }
passed=0
failed=0
fail() {
    echo "FAIL: $1"
    [ -z "${2-}" ] || head -n 15 "$2" | sed 's/^/    /'
    failed=$((failed + 1))
}

given() { # name of an example: NAME=VALUE for its data
    local file name
    for file in "$root/examples/data/$1"/*.npy; do
        name=$(basename "$file" .npy)
        case $name in expected_*) ;; *) echo "$name=$file" ;; esac
    done
    cat "$root/examples/data/$1/arguments" 2>/dev/null
}

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
    if diff -u "$expected" "$4" >"$4.difference"; then
        passed=$((passed + 1))
    else
        fail "$1: the derivative of $2 reads otherwise" "$4.difference"
    fi
}

compare_example() { # name, L
    local work=$here/$1-$2 file
    mkdir -p "$work"
    if ! "$steelyard" grad "examples/$1.sy" --of "$2" -o "$work/printed.sy" >"$work/said" 2>&1; then
        grep -q 'E0944' "$work/said" || fail "$1: no derivative of $2" "$work/said"
        return
    fi
    compare_text "$1" "$2" "$work/printed.sy" "$work/said"
    by_grad "$work/printed.sy" "examples/$1.sy" |
        sed "s|^use \"|&$root/examples/|" >"$work/asked.sy"
    for file in printed asked; do
        # words with blanks between them
        # shellcheck disable=SC2046
        if ! "$steelyard" run "$work/$file.sy" $(given "$1") -o "$work/$file" >"$work/said" 2>&1; then
            fail "$1: the derivative of $2 ($file) does not run" "$work/said"
            return
        fi
    done
    for file in "$work/asked"/*.npy; do
        if cmp "$file" "$work/printed/$(basename "$file")" >"$work/said" 2>&1; then
            passed=$((passed + 1))
        else
            fail "$1: $(basename "$file" .npy) has other bits as printed" "$work/said"
        fi
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

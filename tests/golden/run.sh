#!/usr/bin/env bash
# What every example becomes: the C and the header are compared with tests/golden/NAME.c and NAME.h, compiled by gcc and
# clang without a warning, included from C++, and left alone by clang-format.
#
# --update rewrites the golden files and shows the difference. NAME... : only these.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh golden
golden=tests/golden
update=false
[ "${1-}" = --update ] && { update=true; shift; }

examples=("$@")
[ "${#examples[@]}" -gt 0 ] || for file in examples/*.sy; do examples+=("$(basename "$file" .sy)"); done

# emit them all, and compare
emitted=()
for name in "${examples[@]}"; do
    if said=$("$STEELYARD" emit "examples/$name.sy" -o "$out" 2>&1); then
        emitted+=("$name")
    else
        fail "examples/$name.sy is not compiled" "$said"
        continue
    fi
    for file in "$name.c" "$name.h"; do
        if $update; then
            touch "$golden/$file"
            diff -u --label "$file, before" --label "$file, now" "$golden/$file" "$out/$file"
            cmp -s "$out/$file" "$golden/$file" || cp "$out/$file" "$golden/$file"
        else
            check "$golden/$file differs (make golden shows and takes the change)" \
                diff -u --label "$golden/$file" --label "emitted" "$golden/$file" "$out/$file"
        fi
    done
done
if [ "$#" -eq 0 ]; then
    for file in "$golden"/*.[ch]; do
        name=$(basename "${file%.*}")
        [ -e "$file" ] && [ ! -e "examples/$name.sy" ] || continue
        if $update; then rm "$file"; else fail "$file: there is no such example (any more)"; fi
    done
fi
$update && exit 0

# compile them: every emitted file with both compilers; every header from C++
flags=(-std=c11 -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror -Iruntime -fopenmp)
for name in "${emitted[@]}"; do
    check "$name.c: gcc" gcc "${flags[@]}" -O1 -c "$out/$name.c" -o "$out/$name.gcc.o"
    check "$name.c: clang" clang "${flags[@]}" -fsyntax-only "$out/$name.c"
    echo "#include \"$name.h\"" >>"$out/all.cc"
done
echo 'int main() { return 0; }' >>"$out/all.cc"
for compiler in g++ clang++; do
    check "the headers: $compiler" $compiler -std=c++11 -Wall -Wextra -Werror -Iruntime -I"$out" -fsyntax-only "$out/all.cc"
done
for name in "${emitted[@]}"; do
    for file in "$name.c" "$name.h"; do
        check "$file: clang-format" clang-format "--style=file:$golden/.clang-format" --dry-run -Werror "$out/$file"
    done
done

# clang computes a sum of products in whole vectors: it had taken two elements at a time (runtime/steelyard_lanes.h)
if [ "$#" -eq 0 ] && [ "$(uname -m)" = x86_64 ]; then
    printf 'dim n\ndim c\ninput x[n, c]\ninput y[n, c]\noutput s[n] = sum[c](x * y)\n' >"$out/sum_of_products.sy"
    "$STEELYARD" emit "$out/sum_of_products.sy" -o "$out" >/dev/null
    clang -O3 -march=x86-64-v3 -ffp-contract=off -fopenmp -Iruntime -S "$out/sum_of_products.c" -o "$out/sum_of_products.s"
    check "vectors of a sum of products" grep -qE 'vfmadd[0-9]+ps.*%ymm' "$out/sum_of_products.s"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

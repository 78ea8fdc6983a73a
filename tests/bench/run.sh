#!/usr/bin/env bash
# The programs of the benchmark: each compiles without a warning, as a file that stands alone too, is laid out the one way, and gives
# on small data what PyTorch and SciPy gave in float64 (tests/bench/data, made by make_data.py). Nothing is timed, and nothing from PyPI is needed.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh bench
alone() { # the file that needs no runtime beside it
    "$STEELYARD" emit "$1" --standalone -o "$out" &&
        clang -std=c11 -O0 -march=x86-64-v3 -fopenmp -Wall -Wextra -Werror -c "$out/$(basename "$1" .sy).c" -o "$out/alone.o"
}
laid_out() { cp "$1" "$out/laid_out.sy" && "$STEELYARD" fmt "$out/laid_out.sy" && cmp "$1" "$out/laid_out.sy"; }

for program in bench/programs/*.sy bench/programs/tiny/*.sy; do
    check "$program" "$STEELYARD" check -Werror "$program"
    check "$program is laid out" laid_out "$program"
    check "$program stands alone" alone "$program"
done

for data in tests/bench/data/*/; do
    name=$(basename "$data")
    # shellcheck disable=SC2046
    check "$name runs" "$STEELYARD" run "bench/programs/$name.sy" $(data_of "${data%/}") -o "$out/$name"
    agree "$name" "$out/$name" "${data%/}"
done

for file in bench/*.py bench/*/*.py tests/bench/*.py; do
    check "$file" python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$file"
done
for file in bench/limits.c bench/mixture.c "-DWITH_LONG_DOUBLE bench/mixture.c"; do
    check "$file" clang -std=gnu11 -O1 -mavx2 -mfma -Wall -Wextra -Wno-pass-failed -Werror -fopenmp -c $file -o "$out/object.o"
done

# with a stand-in for NumPy: what is refused before anything is measured needs none
echo 'def __getattr__(name): return name' >"$out/numpy.py"
bench() { PYTHONPATH=bench:$out python3 bench/run.py "$@"; }
expect "a row that is none" 1 'no row is called zz; there are a b c' bench a zz
expect "a peer that is none" 1 'no peer is called foo; there are torch' bench --peers torch,foo a

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# The contract of docs/bits.md, a part of its matrix; and what emitted code does where there is little to do: small sizes make no call of OpenMP.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh bits

# --- small sizes ---
flags=(-std=c11 -O2 -fno-math-errno -fno-trapping-math -ffp-contract=off -Iruntime -I"$out")
"$STEELYARD" emit examples/average.sy -o "$out"
small() { # compiler: linked without OpenMP, whose functions small.c replaces by an end of the program
    "$1" "${flags[@]}" -fopenmp -c "$out/average.c" -o "$out/average-$1.o" &&
        nm "$out/average-$1.o" | grep -Eq 'U (__kmpc_fork_call|GOMP_parallel)' &&
        "$1" "${flags[@]}" tests/bits/small.c runtime/status.c "$out/average-$1.o" -lm -o "$out/small-$1" &&
        "$out/small-$1"
}
for compiler in clang gcc; do check "a small size calls OpenMP ($compiler)" small "$compiler"; done

# --- checks that threads share ---
scans() { # compiler, number of threads
    "$1" "${flags[@]}" -Wall -Wextra -Werror -fopenmp tests/bits/scans.c -lm -o "$out/scans-$1" && OMP_NUM_THREADS=$2 "$out/scans-$1"
}
for compiler in clang gcc; do
    for threads in 1 3 8; do check "a scan by $threads threads ($compiler)" scans "$compiler" "$threads"; done
done

# --- the same bits ---
said=$(tests/bits/matrix.sh) || failed=$((failed + 1))
grep -v ' passed, ' <<<"$said"
counted=$(tail -n 1 <<<"$said")
passed=$((passed + ${counted%% passed*}))

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

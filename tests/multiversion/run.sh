#!/usr/bin/env bash
# --multiversion: one library that picks the level of the processor when it is loaded. Each level gives the bits of a library
# made for one processor; STEELYARD_LEVEL picks a lower one; old processors, which qemu plays where it is installed, pick theirs;
# the emitted files as a reader compiles them, linked and alone; what is refused.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh multiversion
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}
program=tests/multiversion/mixed.sy
warnings=(-std=c11 -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror)
maths=(-O2 -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp)

# --- what is refused, whatever the processor ---
expect "--march beside it" 2 'leave --march out' "$STEELYARD" build $program -o "$out" --multiversion --march x86-64-v3
if cross=$(command -v aarch64-linux-gnu-gcc); then
    expect "another kind of processor" 1 'of which there is one level .E0933' \
        "$STEELYARD" build $program -o "$out" --multiversion --cc "$cross"
fi
for entry in level x86_64 call_x86_64_v3; do
    printf 'model taken\ndim n\ninput x[n]\noutput y = sum[n](x)\nentry %s: y\n' $entry >"$out/taken.sy"
    expect "entry $entry" 1 "entry $entry needs a C function that --multiversion has already" \
        "$STEELYARD" emit "$out/taken.sy" -o "$out" --multiversion
    check "entry $entry without it" "$STEELYARD" emit "$out/taken.sy" -o "$out"
done
if [ "$(uname -m)" != x86_64 ]; then
    expect "no levels here" 1 'E0933' "$STEELYARD" build $program -o "$out" --multiversion
    finish
fi

# --- what this processor picks: the compiler and the library are asked, and must agree ---
here=$("$STEELYARD" verify examples/average.sy --march bdver4 2>&1 | sed -n 's/.* has \(x86-64[^ ]*\) at most.*/\1/p')
check "a level of this processor" test -n "$here"
number() { case $1 in *-v[234]) echo "${1##*-v}" ;; *) echo 1 ;; esac; }
picks() { # highest level, STEELYARD_LEVEL: what is picked
    local most
    most=$(number "$1")
    case $2 in x86-64 | x86-64-v*) [ "$(number "$2")" -lt "$most" ] && most=$(number "$2") ;; esac
    case $most in 4) echo x86-64-v4 ;; 3) echo x86-64-v3 ;; *) echo x86-64 ;; esac
}
same() { # results of the program, STEELYARD_LEVEL or -, what should be picked, the program as it is started...
    local results=$1 level=$2 wanted=$3 got
    shift 3
    if [ "$level" = - ]; then got=$("$@" "$out/results"); else got=$(STEELYARD_LEVEL=$level "$@" "$out/results"); fi
    [ "$got" = "$wanted" ] || { echo "picked $got, not $wanted"; return 1; }
    cmp "$out/results" "$results"
}

# --- build: each level has the bits of a library for one processor ---
build() { # folder, options...
    "$STEELYARD" build $program -o "$out/$1" "${@:2}"
}
link() { # C compiler, folder, a or so, options...
    "$1" "${warnings[@]}" -O1 -Iruntime -I"$out/$2" "${@:4}" tests/multiversion/main.c "$out/$2/libmixed.$3" -fopenmp -lm \
        -Wl,-rpath,"$(realpath "$out/$2")" -o "$out/$2/main_$3"
}
check "for one processor" build one
check "... linked" link clang one a
check "... run" "$out/one/main_a" "$out/one/results"
check "... has results" test -s "$out/one/results"
for cc in clang gcc; do
    check "$cc: build" build "$cc" --multiversion --cc "$cc"
    check "$cc: the same files as ever" test "$(cd "$out/$cc" && echo *)" = "libmixed.a libmixed.so mixed.h mixed.o"
    check "$cc: only the functions of the header are shown" test -z "$(nm -D --defined-only "$out/$cc/libmixed.so" | grep x86_64)"
    for kind in a so; do
        check "$cc: link lib.$kind" link "$cc" "$cc" $kind -DLEVELS
        for level in - x86-64 x86-64-v2 x86-64-v3 x86-64-v4 nonsense ''; do
            check "$cc: lib.$kind, STEELYARD_LEVEL=$level" \
                same "$out/one/results" "$level" "$(picks "$here" "$level")" env OMP_NUM_THREADS=2 "$out/$cc/main_$kind"
        done
    done
    check "$cc: the object alone" "$cc" -Iruntime -I"$out/$cc" -DLEVELS tests/multiversion/main.c "$out/$cc/mixed.o" \
        runtime/status.c runtime/state.c -fopenmp -lm -o "$out/$cc/main_o"
    check "$cc: ... runs" same "$out/one/results" - "$(picks "$here" -)" "$out/$cc/main_o"
done
loaded() { # as other languages do
    python3 -c '
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.mixed_level.restype = ctypes.c_char_p
print(library.mixed_level().decode())' "$(realpath "$out/gcc/libmixed.so")"
}
check "picked by dlopen" test "$(loaded)" = "$(picks "$here" -)"
check "no fma" build rounded --multiversion --no-fma
check "... linked" link clang rounded a -DLEVELS
check "... run" test "$("$out/rounded/main_a" "$out/rounded/results")" = "$(picks "$here" -)"
check "... the same" same "$out/rounded/results" x86-64 x86-64 "$out/rounded/main_a"

# --- a compiler that knows two levels makes two ---
printf '#!/bin/sh\ncase $* in *x86-64-v4*) exit 1 ;; esac\nexec gcc "$@"\n' >"$out/older"
printf '#!/bin/sh\ncase $* in *x86-64-v*) exit 1 ;; esac\nexec gcc "$@"\n' >"$out/oldest"
chmod +x "$out/older" "$out/oldest"
check "an older compiler" build two --multiversion --cc "$out/older"
check "... linked" link gcc two a -DLEVELS
check "... run" same "$out/one/results" x86-64-v4 "$(picks "$(picks "$here" -)" x86-64-v3)" "$out/two/main_a"
check "... has no third" test -z "$(nm "$out/two/mixed.o" | grep v4)"
expect "an oldest one" 1 'oldest knows no level above x86-64 .E0933' build none --multiversion --cc "$out/oldest"

# --- processors that are older than this one ---
if qemu=$(command -v qemu-x86_64-static || command -v qemu-x86_64); then
    # qemu offers no AVX-512, and says what it leaves out of a processor
    for processor in qemu64:- Nehalem:x86-64 SandyBridge:x86-64 Haswell:x86-64-v3; do
        check "on ${processor%:*}" same "$out/one/results" - "$(picks "${processor#*:}" -)" \
            env OMP_NUM_THREADS=2 "$qemu" -cpu "${processor%:*}" "$out/clang/main_a"
    done
else
    echo "not run  older processors: apt install qemu-user-static"
fi

# --- emit: as a reader compiles it ---
emitted() { # folder, program, options...
    "$STEELYARD" emit "$2" -o "$out/$1" --multiversion "${@:3}"
}
by_hand() { # C compiler, folder, name, options...: the objects NAME_LEVEL.o and NAME_levels.o
    local level word
    for level in x86-64 x86-64-v3 x86-64-v4; do
        word=${level//-/_}
        "$1" "${warnings[@]}" "${maths[@]}" -I"$out/$2" "${@:4}" -march=$level -DSTEELYARD_LEVEL=$word -c "$out/$2/$3.c" \
            -o "$out/$2/$3_$word.o" || return 1
    done
    "$1" "${warnings[@]}" -O2 -I"$out/$2" "${@:4}" -c "$out/$2/$3_levels.c" -o "$out/$2/$3_levels.o"
}
check "emit" emitted source $program
check "emit --standalone" emitted alone $program --standalone
for cc in clang gcc; do
    check "$cc: compiled by hand" by_hand $cc source mixed -Iruntime
    check "$cc: ... linked" $cc -Iruntime -I"$out/source" -DLEVELS tests/multiversion/main.c "$out"/source/mixed_*.o \
        runtime/status.c runtime/state.c -fopenmp -lm -o "$out/source/main"
    check "$cc: ... run" same "$out/one/results" x86-64 x86-64 "$out/source/main"
    check "$cc: ... picks" same "$out/one/results" - "$(picks "$here" -)" "$out/source/main"
    check "$cc: alone" by_hand $cc alone mixed
    check "$cc: ... linked" $cc -I"$out/alone" -DLEVELS tests/multiversion/main.c "$out"/alone/mixed_*.o -fopenmp -lm -o "$out/alone/main"
    check "$cc: ... run" same "$out/one/results" x86-64 x86-64 "$out/alone/main"
    check "$cc: ... picks" same "$out/one/results" - "$(picks "$here" -)" "$out/alone/main"
    # code of a level that a processor lacks must not stand in for what all levels share
    check "$cc: ... each level has its own" test -z "$(nm -g --defined-only "$out/alone/mixed_x86_64_v4.o" | awk 'NF == 3 && $3 !~ /_x86_64_v4$/')"
done
two_alone() { # two such programs in one
    emitted alone examples/average.sy --standalone && by_hand gcc alone average &&
        gcc -I"$out/alone" -DLEVELS tests/multiversion/main.c "$out"/alone/*.o -fopenmp -lm -o "$out/alone/both" &&
        "$out/alone/both" "$out/results" >/dev/null && cmp "$out/results" "$out/one/results"
}
check "two that stand alone" two_alone
check "streamed" emitted streamed tests/multiversion/mixed.sy --stream n
check "... compiled" by_hand clang streamed mixed -Iruntime
check "C++ reads the header" g++ -std=c++11 -Wall -Wextra -Werror -Iruntime -x c++ -fsyntax-only "$out/streamed/mixed.h"
expect "without a level" 1 'compile this file once for each level' gcc -Iruntime -I"$out/source" -c "$out/source/mixed.c" -o "$out/x.o"
[ -n "$cross" ] && [ -e /usr/aarch64-linux-gnu/include/stdio.h ] &&
    expect "for another kind of processor" 1 'these are levels of x86-64' \
        "$cross" -Iruntime -I"$out/source" -c "$out/source/mixed_levels.c" -o "$out/x.o"

# --- what is emitted, and its layout ---
check "emit average" emitted average examples/average.sy
if [ "${1-}" = --update ]; then cp "$out/average/average_levels.c" tests/multiversion/; fi
check "average_levels.c" diff tests/multiversion/average_levels.c "$out/average/average_levels.c"
for example in examples/*.sy; do
    name=$(basename "$example" .sy)
    check "$name: emit" emitted examples "$example"
    for file in "$name" "${name}_levels"; do
        check "$file.c: gcc" gcc "${warnings[@]}" -fopenmp -Iruntime -DSTEELYARD_LEVEL=x86_64 -fsyntax-only "$out/examples/$file.c"
        check "$file.c: clang-format" clang-format --style=file:tests/golden/.clang-format --dry-run -Werror "$out/examples/$file.c"
    done
done
finish

#!/usr/bin/env bash
# Builds math_bits.c with every compiler and vector width at hand and compares what they print: the same bits everywhere
# within a profile. Also the warnings, in C and C++, and each header alone. BUILD says where to write.
set -u
cd "$(dirname "$0")/../.." || exit 1
out=${BUILD:-build}/tests/runtime
mkdir -p "$out"
passed=0
failed=0
flags=(-O3 -fno-math-errno -fno-trapping-math -ffp-contract=off -Iruntime)
warnings=(-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror)

count() { # status, what
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $2"
    fi
}

has() { # a flag of /proc/cpuinfo
    grep -qw "$1" /proc/cpuinfo 2>/dev/null
}

compare() { # profile, name, compiler, flags: the first of a profile is what the others are held against
    local profile=$1 name=$2 compiler=$3
    shift 3
    command -v "$compiler" >/dev/null || return 0
    if ! "$compiler" -std=gnu11 "${flags[@]}" "$@" tests/unit/math_bits.c -o "$out/bits-$name" -lm; then
        count 1 "$name does not build"
        return 0
    fi
    "$out/bits-$name" >"$out/bits-$name.txt"
    [ -e "$out/$profile.txt" ] || cp "$out/bits-$name.txt" "$out/$profile.txt"
    [ -s "$out/bits-$name.txt" ] && diff "$out/$profile.txt" "$out/bits-$name.txt" >"$out/bits-$name.diff"
    local status=$?
    count $status "$name: other bits than the first build of $profile:"
    [ $status -eq 0 ] || head -n 8 "$out/bits-$name.diff"
}

rm -f "$out"/*.txt
compare fma clang-generic clang
compare fma gcc-generic gcc
if has avx2 && has fma; then
    compare fma clang-v3 clang -march=x86-64-v3
    compare fma clang-v3-O1 clang -O1 -march=x86-64-v3
    compare fma gcc-v3 gcc -march=x86-64-v3
fi
if has avx512vl && has avx512dq; then
    compare fma clang-v4 clang -march=x86-64-v4 -mprefer-vector-width=512
    compare fma gcc-v4 gcc -march=x86-64-v4 -mprefer-vector-width=512
fi
compare no-fma clang-no-fma clang -DSTEELYARD_NO_FMA
compare no-fma gcc-no-fma gcc -DSTEELYARD_NO_FMA
if has avx2 && has fma; then
    compare no-fma clang-no-fma-v3 clang -DSTEELYARD_NO_FMA -march=x86-64-v3
    compare no-fma gcc-no-fma-v3 gcc -DSTEELYARD_NO_FMA -march=x86-64-v3
fi

for header in runtime/steelyard*.h; do
    name=$(basename "$header")
    { # and a declaration: steelyard_version.h has names only, of files that are told their level
        [ "$name" != steelyard_version.h ] || echo "#define STEELYARD_LEVEL x86_64"
        echo "#include \"$name\""
        echo "extern int alone;"
    } >"$out/alone.c"
    cp "$out/alone.c" "$out/alone.cc"
    standard=c++17
    [ "$name" = steelyard_call.h ] && standard=c++98
    for profile in -USTEELYARD_NO_FMA -DSTEELYARD_NO_FMA; do
        for compiler in gcc clang; do
            command -v $compiler >/dev/null || continue
            $compiler -std=c11 "${warnings[@]}" $profile -Iruntime -fsyntax-only "$out/alone.c"
            count $? "$name alone, $compiler"
        done
        for compiler in g++ clang++; do
            command -v $compiler >/dev/null || continue
            $compiler -std=$standard "${warnings[@]}" -Wno-long-long $profile -Iruntime -fsyntax-only "$out/alone.cc"
            count $? "$name alone, $compiler -std=$standard"
        done
    done
done
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    $compiler -std=c11 "${warnings[@]}" -Iruntime -fsyntax-only runtime/status.c
    count $? "status.c, $compiler"
    for flag in -ffast-math -Ofast; do
        ! echo '#include "steelyard.h"' | $compiler -xc $flag -Iruntime -fsyntax-only - 2>/dev/null
        count $? "$compiler $flag is not refused"
    done
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

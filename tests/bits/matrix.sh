#!/usr/bin/env bash
# The same bits in every cell of a matrix: compilers x instruction sets x numbers of threads. Each output of each program is
# hashed and held against tests/bits/hashes.txt, so a change of the bits shows too, and names the program and the output.
#
#   matrix.sh            a part of it, for `make test`
#   matrix.sh --all      every example and every cell, for `make bits`; what a cell needs and is missing is named
#   matrix.sh --update   rewrites hashes.txt (`make hashes` does), and shows what has changed
#
# A cell is COMPILER-LEVEL-THREADS; with --all, ONLY='aarch64*' (a shell pattern) runs those cells whose names match. Programs: those of examples/ on their data, and cases.txt on data that is large enough for
# several threads.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=$(realpath "${BUILD:-build}")
STEELYARD=$(realpath "${STEELYARD:-$BUILD/steelyard}")
out=$BUILD/tests/bits/matrix
hashes=tests/bits/hashes.txt
mode=${1-}
rm -rf "$out"
mkdir -p "$out/data" "$out/bin" "$out/found"
export XDG_CACHE_HOME=$out/cache
skipped=()

# --- the programs: NAME, and what follows `steelyard run` or `train` ---
declare -A command
names=()
given() { # KIND:SHAPE of the words becomes a file
    local word name kind file words=()
    for word in "$@"; do
        name=${word%%=*} kind=${word#*=}
        case $word in
        *=*:*)
            file=$out/data/${kind//[:=]/-}.npy
            [ -e "$file" ] || "$BUILD/tests/tools/make_array" "${kind%:*}" "${kind##*:}" "$file" || exit 1
            words+=("$name=$file")
            ;;
        *) words+=("$word") ;;
        esac
    done
    echo "${words[@]}"
}
while IFS='|' read -r name program words; do
    case $name in '#'* | '') continue ;; esac
    name=${name// /} program=${program// /}
    verb=run
    [[ $words == *--steps* ]] && verb=train
    # shellcheck disable=SC2086
    command[$name]="$verb $program $(given $words)" || exit 1
    names+=("$name")
done <tests/bits/cases.txt
large=("${names[@]}")
for file in examples/*.sy; do
    name=$(basename "$file" .sy)
    words="run $file"
    for array in examples/data/"$name"/*.npy; do
        case $array in */expected_*) ;; *) words+=" $(basename "$array" .npy)=$array" ;; esac
    done
    command["example/$name"]="$words $(tr '\n' ' ' 2>/dev/null <"examples/data/$name/arguments")"
    names+=("example/$name")
done

# --- one program in one cell: lines PROGRAM OUTPUT HASH ---
run() { # cell, name, how the compiler is started, compiler, level, threads
    local cell=$1 name=$2 emulator=$3 compiler=$4 level=$5 threads=$6 folder=$out/$1/$2 file said=$out/$1.said
    mkdir -p "$folder"
    # shellcheck disable=SC2086
    if ! OMP_NUM_THREADS=$threads $emulator ${command[$name]} --cc "$compiler" ${level:+--march $level} -o "$folder" >"$said" 2>&1; then
        echo "$name does-not-run -"
        sed 's/^/    /' "$said" | head -n 5 >&2
        return
    fi
    for file in "$folder"/*.npy; do
        echo "$name $(basename "$file" .npy) $(sha256sum "$file" | cut -c1-32)"
    done
    rm -rf "$folder"
}
wanted() { # cell
    # shellcheck disable=SC2053
    [ "$mode" != --all ] || [[ $1 == ${ONLY:-*} ]]
}
any_wanted() { # compiler, level
    local count
    for count in $threads; do wanted "$1-$2-$count" && return; done
    return 1
}
cells() { # emulator, compiler, level, "threads", names...
    local emulator=$1 compiler=$2 level=$3 threads=$4 count name
    shift 4
    for count in $threads; do
        local cell
        cell=$(basename "$compiler")-${level:-aarch64}-$count
        wanted "$cell" || continue
        for name in "$@"; do
            run "$cell" "$name" "$emulator" "$compiler" "$level" "$count"
        done >"$out/found/$cell"
    done
}

# --- what this machine can run ---
declare -A packages=([clang]=clang [clang-14]=clang-14 [clang-19]=clang-19 [gcc]=gcc [gcc-12]=gcc-12)
has() { # flags of /proc/cpuinfo
    local flag
    for flag in "$@"; do grep -qw "$flag" /proc/cpuinfo || return 1; done
}
can_run() { # level: or the reason why not is kept
    case $1 in
    x86-64) [ "$(uname -m)" = x86_64 ] ;;
    x86-64-v3) has avx2 fma bmi2 ;;
    x86-64-v4) has avx512f avx512bw avx512cd avx512dq avx512vl ;;
    esac && return 0
    case $1 in
    x86-64-v4) skipped+=("x86-64-v4: this processor has no AVX-512, and qemu-user (7.2) has none to offer either") ;;
    *) skipped+=("$1: this processor cannot run it") ;;
    esac
    return 1
}
# A clang whose own OpenMP is not installed uses the one that is: its interface is the same since version 14.
with_openmp() { # compiler
    local lent
    if echo '#include <omp.h>' | "$1" -fopenmp -E - >/dev/null 2>&1; then
        command -v "$1"
        return
    fi
    lent=$(clang -print-resource-dir 2>/dev/null)/include
    # .../lib/clang/14/include: the library lies in .../lib, or where the linker looks anyway
    [ -e "$lent/omp.h" ] || return 1
    printf '#!/bin/sh\nexec %s "$@" -idirafter %s -L%s\n' "$(command -v "$1")" "$lent" "$(realpath "$lent/../../..")" >"$out/bin/$1"
    chmod +x "$out/bin/$1"
    echo "$out/bin/$1"
}
cross() { # the compiler itself for aarch64, run by qemu: it calls the cross compiler and loads what that makes
    local gcc=aarch64-linux-gnu-gcc qemu missing=()
    qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || missing+=(qemu-user-static)
    command -v $gcc >/dev/null || missing+=(gcc-aarch64-linux-gnu)
    [ -e /usr/aarch64-linux-gnu/include/stdio.h ] || missing+=(libc6-dev-arm64-cross)
    if [ "${#missing[@]}" -gt 0 ]; then
        skipped+=("aarch64: apt install ${missing[*]}")
        return 1
    fi
    mkdir -p "$out/aarch64"
    cp /usr/include/zlib.h /usr/include/zconf.h "$out/aarch64"
    $gcc -O1 -I"$out/aarch64" -c tests/bits/no_zlib.c -o "$out/aarch64/z.o" && ar rcs "$out/aarch64/libz.a" "$out/aarch64/z.o" &&
        make --no-print-directory -s B="$BUILD/aarch64" CC=$gcc CFLAGS="-O1 -idirafter $out/aarch64" LDFLAGS="-L$out/aarch64" build >"$out/aarch64.log" 2>&1 || {
        echo "FAIL: the compiler is not built for aarch64"
        tail -n 5 "$out/aarch64.log"
        exit 1
    }
    emulator="$qemu -L /usr/aarch64-linux-gnu $BUILD/aarch64/steelyard"
}

# --- the matrix ---
levels="x86-64-v3 x86-64" threads="1 3"
compilers="clang gcc"
chosen=("${large[@]}")
if [ "$mode" = --all ]; then
    levels="x86-64-v3 x86-64 x86-64-v4" threads="1 2 3 4 8 16"
    compilers="clang-14 clang-19 gcc-12"
    chosen=("${names[@]}")
elif [ "$mode" = --update ]; then
    levels=x86-64-v3 threads=1 compilers=clang chosen=("${names[@]}")
fi
for level in $levels; do
    can_run "$level" || continue
    for compiler in $compilers; do
        if ! any_wanted "$compiler" "$level"; then
            continue
        elif ! command -v "$compiler" >/dev/null; then
            skipped+=("$compiler: apt install ${packages[$compiler]}")
        elif ! found=$(with_openmp "$compiler"); then
            skipped+=("$compiler: it has no OpenMP (apt install libomp-dev)")
        else
            while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-$(nproc)}" ]; do wait -n; done
            cells "$STEELYARD" "$found" "$level" "$threads" "${chosen[@]}" &
        fi
    done
done
wait
if [ -z "$mode" ]; then # every example once, which the suite of examples has compiled before
    unset XDG_CACHE_HOME
    cells "$STEELYARD" clang x86-64-v3 5 "${names[@]}"
elif [ "$mode" = --all ] && any_wanted aarch64-linux-gnu-gcc aarch64 && cross; then
    cells "$emulator" "$(command -v aarch64-linux-gnu-gcc)" "" "$threads" "${chosen[@]}"
fi

if [ "$mode" = --update ]; then
    mkdir -p "$out/new"
    { sed '/^#/!d' $hashes && cat "$out"/found/*; } >"$out/new/hashes"
    diff -u --label "hashes before" --label "hashes now" $hashes "$out/new/hashes"
    cp "$out/new/hashes" $hashes
    ! grep 'does-not-run' $hashes
    exit
fi

# --- what was found against what is kept ---
passed=0
failed=0
declare -A kept
while read -r name output hash; do [[ $name == '#'* ]] || kept["$name $output"]=$hash; done <$hashes
for file in "$out"/found/*; do
    cell=$(basename "$file") wrong=0
    declare -A seen=()
    while read -r name output hash; do
        seen["$name"]=1
        if [ "${kept["$name $output"]-none}" = "$hash" ]; then
            passed=$((passed + 1))
        else
            wrong=$((wrong + 1))
            failed=$((failed + 1))
            [ "$wrong" -le 8 ] && echo "FAIL: $name: $output has other bits than $hashes says, in $cell"
        fi
    done <"$file"
    for key in "${!kept[@]}"; do # an output that is gone
        [ -z "${seen["${key% *}"]-}" ] || grep -q "^$key " "$file" || { echo "FAIL: ${key% *}: there is no output ${key#* } in $cell"; failed=$((failed + 1)); }
    done
done
for key in "${!kept[@]}"; do
    [ -n "${command["${key% *}"]-}" ] || { echo "FAIL: $hashes has ${key% *}, which is no program"; failed=$((failed + 1)); }
done
if [ "$failed" -gt 0 ]; then
    echo "If the order of evaluation was meant to change, make hashes takes the new bits. One cell alone that differs is a fault."
fi
[ "$mode" = --all ] && for file in "$out"/found/*; do echo "ran      $(basename "$file")"; done
for reason in "${skipped[@]}"; do echo "not run  $reason"; done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

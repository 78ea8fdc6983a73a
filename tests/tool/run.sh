#!/usr/bin/env bash
# The commands as a shell meets them: exit codes, messages, data from files, and files that are whole or absent.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
BUILD=$(realpath "${BUILD:-build}")
. tests/suite.sh tool
steelyard=$(realpath "$STEELYARD")
[ -x "$steelyard" ] || { echo "there is no $steelyard"; exit 1; }
cd "$out" || exit 1
export XDG_CACHE_HOME=$out/cache
unset STEELYARD_HOME NO_COLOR

no_leftovers() { # folder
    local found
    found=$(find "$1" -name '.tmp-*')
    if [ -z "$found" ]; then pass; else fail "temporary files are left" "$found"; fi
}
# A .npy file of bytes: name, shape, octal bytes
npy() {
    local header="{'descr': '|i1', 'fortran_order': False, 'shape': ($2), }"
    { printf '\223NUMPY\1\0\166\0'; printf '%-117s\n' "$header"; printf "$3"; } >"$1"
}

cat >average.sy <<'END'
dim n
input  values[n]
weight trust[n]
output avg  = mean[n](values, weight = trust)
output d[n] = values - avg
END
cat >gather.sy <<'END'
dim n
dim c = 3
dim o = n - 1
input label[n]: index(c)
input scale
mask keep[n]
param p[c] = 0.5
output y[n] = if keep then p[label] * scale else 0
output z[o] = f32(label[n = o + 1])
END
npy values.npy '4,' '\1\2\3\4'
npy trust.npy '4,' '\1\1\0\2'
npy five.npy '5,' '\1\2\3\4\5'
npy square.npy '2, 2' '\1\2\3\4'
npy label.npy '4,' '\0\1\2\1'
npy keep.npy '4,' '\1\1\0\1'
npy bad_label.npy '4,' '\0\1\3\1'
npy negative.npy '4,' '\1\377\1\1'
cat >row_means.sy <<'END'
dim n
dim c
input  x[n, c]
weight w[n, c]
mask   known[n, c]
output avg[n] = mean[c](x, weight = w, where = known)
END
npy rows.npy '2, 2' '\1\1\1\1'
npy negative_rows.npy '2, 2' '\1\1\1\375'
npy cut.npy '9,' '\1\2'
printf 'nothing of the kind' >text.npy
base64 -d >tiny.npz <<'END'
UEsDBC0AAAAIAAAAIQBIhnPu//////////8KABQAdmFsdWVzLm5weQEAEACgAAAAAAAAAFMAAAAAAAAAm+wX6hsQychQxlCtnpJa
nFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaJjqaOgq1ChQALgYw+GAPoRkcIBQHlBZwAABQSwMELQAA
AAgAAAAhAH5s1Dz//////////wkAFAB0cnVzdC5ucHkBABAAkAAAAAAAAABOAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6X
ZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiY6mjoKtQoUAC77BgYGEAYBByAGAFBLAQItAy0AAAAIAAAAIQBIhnPu
UwAAAKAAAAAKAAAAAAAAAAAAAACAAQAAAAB2YWx1ZXMubnB5UEsBAi0DLQAAAAgAAAAhAH5s1DxOAAAAkAAAAAkAAAAAAAAAAAAA
AIABjwAAAHRydXN0Lm5weVBLBQYAAAAAAgACAG8AAAAYAQAAAAA=
END

# --- the command line ---
expect "no command" 2 'usage: steelyard COMMAND' "$steelyard"
expect "a misspelt command" 2 'did you mean `check`' "$steelyard" chekc average.sy
expect "a misspelt option" 2 'did you mean `--json`' "$steelyard" check average.sy --jsn
expect "an option of another command" 2 'check has no option `-o`' "$steelyard" check average.sy -o x
expect "an option without its value" 2 '-o wants a value: -o PATH' "$steelyard" emit average.sy -o
expect "no file" 2 'usage: steelyard emit FILE' "$steelyard" emit
expect "too many files" 2 'takes one FILE' "$steelyard" emit average.sy gather.sy
expect "an unknown pass" 2 'they are parse check simplify' "$steelyard" check average.sy -d tidy
expect "an unknown warning" 2 'no warning -Wnonsense' "$steelyard" check average.sy -Wnonsense
expect "an unknown real" 2 'f32 or f64' "$steelyard" check average.sy --real f16
expect "a word that is no NAME=VALUE" 2 'no NAME=VALUE' "$steelyard" run average.sy values
expect "an empty value" 2 'no NAME=VALUE' "$steelyard" run average.sy values=
expect "help" 0 'check .*find everything' "$steelyard" help
expect "help of a command" 0 'usage: steelyard run FILE \[NAME=VALUE' "$steelyard" help run
expect "help of an unknown command" 2 'did you mean `build`' "$steelyard" help biuld
expect "--help behind a command" 0 'usage: steelyard emit' "$steelyard" emit --help
expect "the version" 0 '^steelyard [0-9]+\.[0-9]+\.[0-9]+$' "$steelyard" --version
for pass in parse check simplify plan lower share emit; do
    expect "-d $pass" 0 'values' "$steelyard" check average.sy -d "$pass"
done

# --- check ---
expect "a good program" 0 '' "$steelyard" check average.sy
expect "a program on standard input" 0 '' bash -c "'$steelyard' check - <average.sy"
expect "no such file" 1 'cannot read none.sy: No such file' "$steelyard" check none.sy
expect "a folder" 1 'Is a directory' "$steelyard" check .
printf 'dim n\ninput x[n]\noutput y = x\n' >wrong.sy
expect "an error has its place" 1 '^wrong.sy:3:[0-9]+: error: .*E[0-9]{4}' "$steelyard" check wrong.sy
expect "--json" 1 '"line": 3,.*"code": "E[0-9]{4}"' "$steelyard" check wrong.sy --json
expect "no colour off the terminal" 1 '^wrong.sy:3' "$steelyard" check wrong.sy
if command -v script >/dev/null; then
    in_colour() { script -qec "$1" /dev/null | grep -q $'\033\\['; }
    check "colour on a terminal" in_colour "TERM=xterm '$steelyard' check wrong.sy"
    check "NO_COLOR" bash -c "! script -qec 'NO_COLOR=1 TERM=xterm \"$steelyard\" check wrong.sy' /dev/null | grep -q \$'\033\\['"
fi

# --- emit: both files or none ---
expect "emit" 0 '' "$steelyard" emit average.sy -o new/folder
check "emit writes both" test -s new/folder/average.c -a -s new/folder/average.h
expect "emit --standalone" 0 '' "$steelyard" emit average.sy -o alone --standalone
check "it stands alone" cc -std=c11 -ffp-contract=off -c alone/average.c -o alone/average.o
mkdir -p old
echo old >old/average.c
echo old >old/average.h
expect "a full disk" 1 'E0902' bash -c "ulimit -f 1; '$steelyard' emit average.sy -o old"
check "the old file is still whole" test "$(cat old/average.c)$(cat old/average.h)" = oldold
no_leftovers old
rm old/average.h
mkdir old/average.h
expect "a folder in the way" 1 'cannot write old/average.h: Is a directory' "$steelyard" emit average.sy -o old
check "the other file is not replaced" test "$(cat old/average.c)" = old
expect "a file where the folder should be" 1 'E0903' "$steelyard" emit average.sy -o values.npy
ln -sf "$out/real.c" old/link.c
touch real.c
chmod 640 real.c
sed 's/^dim n/model link\ndim n/' average.sy >link.sy
expect "emit through a link" 0 '' "$steelyard" emit link.sy -o old
check "the link stays, and the permissions" test -L old/link.c -a -s real.c -a "$(stat -c %a real.c)" = 640
expect "standard output full" 1 'No space left' bash -c "'$steelyard' check average.sy -d emit >/dev/full"

# --- signals ---
printf '#!/bin/sh\nsleep 20\n' >slow
chmod +x slow
for signal in INT TERM HUP; do
    mkdir -p "slow_$signal"
    # a shell's background job ignores INT, and what nohup runs HUP: env gives them back
    env --default-signal=INT,HUP "$steelyard" build average.sy -o "slow_$signal" --cc ./slow &
    job=$!
    for _ in $(seq 100); do
        [ -n "$(find "slow_$signal" -name 'average.c')" ] && break
        sleep 0.05
    done
    kill -"$signal" "$job"
    wait "$job" 2>/dev/null
    check "$signal ends it as a signal does" test $? -gt 128
    no_leftovers "slow_$signal"
    check "$signal leaves nothing" test -z "$(ls "slow_$signal")"
done

# --- run ---
expect "run" 0 'avg: f32 = 2.75' "$steelyard" run average.sy values=values.npy trust=trust.npy
expect "run again, from the cache" 0 'avg: f32 = 2.75' "$steelyard" run average.sy values=values.npy trust=trust.npy
expect "a large one is summed up" 0 'd\[n = 4\]: f32  min -1.75  mean -0.25  max 1.25' \
    "$steelyard" run average.sy values=values.npy trust=trust.npy
expect "members of an archive" 0 'avg: f32 = 2.75' "$steelyard" run average.sy values=tiny.npz trust=tiny.npz:trust
expect "a member that is not there" 1 'no member other; it has values, trust' \
    "$steelyard" run average.sy values=tiny.npz:other trust=trust.npy
expect "--real f64" 0 'avg: f64 = 2.75' "$steelyard" run average.sy values=values.npy trust=trust.npy --real f64
expect "--no-fma" 0 'avg: f32 = 2.75' "$steelyard" run average.sy values=values.npy trust=trust.npy --no-fma
expect "sizes of 0" 0 'avg: f32 = nan' bash -c "
    printf '\223NUMPY\1\0\166\0%-117s\n' \"{'descr': '|i1', 'fortran_order': False, 'shape': (0,), }\" >none.npy
    '$steelyard' run average.sy values=none.npy trust=none.npy"
expect "run -o" 0 '' bash -c "'$steelyard' run average.sy values=values.npy trust=trust.npy -o out >/dev/null"
expect "what it wrote can be read" 0 'mean -0.25' "$steelyard" run average.sy values=out/d.npy trust=trust.npy
ln -sf /dev/full out/avg.npy
expect "a device that is full" 1 'cannot write out/avg.npy: No space left' \
    "$steelyard" run average.sy values=values.npy trust=trust.npy -o out
no_leftovers out
expect "all that is missing, at once" 1 'needs values\[n\]: f32; trust\[n\]: f32' "$steelyard" run average.sy
expect "sizes that disagree" 1 'values has n = 4, but trust has n = 5' \
    "$steelyard" run average.sy values=values.npy trust=five.npy
expect "a size that disagrees" 1 'the command line says n = 7, but values has n = 4' \
    "$steelyard" run average.sy values=values.npy trust=trust.npy n=7
expect "axes that disagree" 1 'values has the shape \(2, 2\) in square.npy, but the program says values\[n\]' \
    "$steelyard" run average.sy values=square.npy trust=trust.npy
expect "an unknown name" 1 'did you mean `trust`' "$steelyard" run average.sy values=values.npy trsut=trust.npy
expect "a name given twice" 1 'values is given twice' \
    "$steelyard" run average.sy values=values.npy values=values.npy trust=trust.npy
expect "an output given" 1 'avg is an output' "$steelyard" run average.sy values=values.npy trust=trust.npy avg=1
expect "a number for an array" 1 'values=3: a number is no array: values\[n\]: f32' \
    "$steelyard" run average.sy values=3 trust=trust.npy
expect "a file that is cut" 1 'values=cut.npy: its shape wants 9 bytes of data, and it has 2' \
    "$steelyard" run average.sy values=cut.npy trust=trust.npy
expect "a file of another kind" 1 'text.npy: it is no .npy file' \
    "$steelyard" run average.sy values=text.npy trust=trust.npy
expect "a negative weight in a row" 1 'w\[1, 1\] is -3: a weight' \
    "$steelyard" run row_means.sy x=square.npy w=negative_rows.npy known=rows.npy
expect "a byte that is no mask, in a row" 1 'known\[0, 1\] in square.npy: 2 is no bool' \
    "$steelyard" run row_means.sy x=square.npy w=rows.npy known=square.npy
expect "rows" 0 'avg' "$steelyard" run row_means.sy x=square.npy w=square.npy known=rows.npy
expect "a negative weight" 1 'trust\[1\] is -1: a weight' \
    "$steelyard" run average.sy values=values.npy trust=negative.npy

given=(label=label.npy keep=keep.npy scale=2)
expect "indices, masks, scalars, params" 0 '1 1 0 1' "$steelyard" run gather.sy "${given[@]}"
expect "computed sizes" 0 'z\[o = 3\]' "$steelyard" run gather.sy "${given[@]}"
npy p.npy '3,' '\1\2\3'
expect "a param that is given" 0 '2 4 0 4' "$steelyard" run gather.sy "${given[@]}" p=p.npy
npy p4.npy '4,' '\1\2\3\4'
expect "a fixed size" 1 'p has c = 4, but c is 3 in the program' "$steelyard" run gather.sy "${given[@]}" p=p4.npy
expect "an index out of range" 1 'label\[2\] is 3, which is no index of c: these are 0 .. 2' \
    "$steelyard" run gather.sy label=bad_label.npy keep=keep.npy scale=2
expect "a mask that is none" 1 'keep\[2\] in label.npy: 2 is no bool' \
    "$steelyard" run gather.sy label=label.npy keep=label.npy scale=2
expect "no number" 1 'cannot read scale=x' "$steelyard" run gather.sy label=label.npy keep=keep.npy scale=x
expect "a number too large" 1 'scale=1e400: it does not fit f32' "$steelyard" run gather.sy label=label.npy keep=keep.npy scale=1e400
expect "a computed size below 0" 1 'o = n - 1 is -1' bash -c "
    printf '\223NUMPY\1\0\166\0%-117s\n' \"{'descr': '|i1', 'fortran_order': False, 'shape': (0,), }\" >none.npy
    '$steelyard' run gather.sy label=none.npy keep=none.npy scale=1"

# --- the cache ---
damage() { for file in "$XDG_CACHE_HOME"/steelyard/*.so; do echo damaged >"$file"; done; }
damage
expect "a damaged cache" 0 'avg: f32 = 2.75' "$steelyard" run average.sy values=values.npy trust=trust.npy
expect "no cache folder" 0 'avg: f32 = 2.75' \
    env XDG_CACHE_HOME=/proc/none "$steelyard" run average.sy values=values.npy trust=trust.npy
expect "no home" 0 'avg: f32 = 2.75' \
    env -u HOME -u XDG_CACHE_HOME "$steelyard" run average.sy values=values.npy trust=trust.npy
rm -rf cold
for i in 1 2 3; do
    XDG_CACHE_HOME=$out/cold "$steelyard" run average.sy values=values.npy trust=trust.npy >"cold_$i" 2>&1 &
done
mkdir -p cold
wait
check "three at once" test "$(cat cold_1 cold_2 cold_3 | grep -c 'avg: f32 = 2.75')" = 3
no_leftovers cold
no_leftovers cache

# --- build ---
expect "build" 0 '' "$steelyard" build average.sy -o built
for file in average.o libaverage.a libaverage.so average.h; do check "build writes $file" test -s "built/$file"; done
cat >use.c <<'END'
#include "average.h"
#include <stdio.h>
int main(void) {
    float values[] = {1, 2, 3, 4}, trust[] = {1, 1, 0, -2}, avg = 0, d[4];
    char text[200];
    steelyard_call call = {0};
    int status = average_call(4, values, trust, &avg, d, &call);
    steelyard_describe(status, &call, text, sizeof text);
    puts(text);
    trust[3] = 2;
    status = average(4, values, trust, &avg, d);
    printf("%d %g\n", status, avg);
    return 0;
}
END
headers=$root/runtime
# a build that is instrumented has an instrumented runtime
sanitizers=$(grep -o -- '-fsanitize=[a-z,]*' "$(dirname "$steelyard")/flags" 2>/dev/null)
for kind in a so; do
    # shellcheck disable=SC2086
    check "link lib.$kind" clang $sanitizers -Ibuilt -I"$headers" use.c \
        "built/libaverage.$kind" -fopenmp -lm -Wl,-rpath,"$out/built" -o "use_$kind"
    expect "use lib.$kind" 0 '^0 2.75' "./use_$kind"
    expect "the detail of an error" 0 'trust holds the weight -2 at position 3' "./use_$kind"
done
expect "a compiler that is not there" 1 'cannot use nocc: it was not found' \
    "$steelyard" build average.sy -o built --cc nocc
expect "a compiler that fails" 1 'E0905' "$steelyard" build average.sy -o failed --cc false
check "and leaves nothing" test -z "$(ls -A failed)"

# --- what it is compiled for ---
expect "an unknown --march" 1 'clang knows no such processor or level .E0907' \
    "$steelyard" build average.sy -o failed --cc clang --march nonsense
expect "... to gcc" 1 'gcc knows no such processor or level' "$steelyard" build average.sy -o failed --cc gcc --march nonsense
expect "a compiler that fails, with --march" 1 'E0905' "$steelyard" build average.sy -o failed --cc false --march x86-64
check "and leaves nothing either" test -z "$(ls -A failed)"
data="values=values.npy trust=trust.npy"
if [ "$(uname -m)" = x86_64 ]; then
    # no processor has the instructions of both; clang and gcc know them
    for level in knl bdver4; do
        for cc in clang gcc; do
            # shellcheck disable=SC2086
            "$steelyard" run average.sy $data --cc "$cc" --march $level >beyond_$cc 2>&1 && fail "$cc: runs what is made for $level"
        done
        check "the same of clang and gcc for $level" diff beyond_clang beyond_gcc
    done
    expect "the processor lacks something" 1 'bdver4: this processor lacks .*(XOP|TBM).*E0908' \
        "$steelyard" run average.sy values=values.npy trust=trust.npy --march bdver4
    expect "the way out" 1 'has x86-64(-v[234])? at most: --march x86-64' "$steelyard" verify average.sy --march bdver4
    level=$("$steelyard" verify average.sy --march bdver4 2>&1 | sed -n 's/.*at most: --march \([^;]*\);.*/\1/p')
    # shellcheck disable=SC2086
    expect "... is one" 0 'avg: f32 = 2.75' "$steelyard" run average.sy $data --march "$level"
    expect "it may be built for elsewhere" 0 '' "$steelyard" build average.sy -o elsewhere --march bdver4
    expect "native" 0 '' "$steelyard" build average.sy -o elsewhere --march native --cc gcc
    printf '#!/bin/sh\ncase $* in *" -c "*) echo "$@" >flags ;; esac\nexec gcc "$@"\n' >telling_cc
    chmod +x telling_cc
    for level in skylake-avx512 x86-64-v4; do
        "$steelyard" build average.sy -o elsewhere --march $level --cc ./telling_cc
        check "vectors of 512 bits for $level" grep -q -e "-march=$level -mprefer-vector-width=512" flags
    done
    "$steelyard" build average.sy -o elsewhere --march haswell --cc ./telling_cc
    expect "not where there are none" 1 '' grep -e -mprefer-vector-width flags
fi
# gcc joined choices by the same mask to branches, and made no vectors of a masked mean: see runtime/steelyard_base.h.
printf 'dim n\ndim c\ninput x[n, c]\nweight w[n, c]\nmask m[n, c]\noutput y[n] = mean[c](x, weight = w, where = m)\n' >masked.sy
"$steelyard" emit masked.sy -o masked >/dev/null
gcc -std=c11 -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp -I"$headers" -fopt-info-vec-optimized \
    -c masked/masked.c -o masked/masked.o 2>masked/vectors
lanes=$(grep -n 'int64_t lane = 0' masked/masked.c | sed 's/:.*//')
check "gcc makes vectors of a masked mean" awk -F: -v lanes="$lanes" \
    '$2 >= lanes && $2 <= lanes + 1 && /loop vectorized/ { found = 1 } END { exit !found }' masked/vectors
cat >other_cc <<'END'
#!/bin/sh
case $* in *-dM*) printf '#define __STDC__ 1\n#define __s390x__ 1\n' ;; esac
END
chmod +x other_cc
# shellcheck disable=SC2086
expect "a compiler for other processors" 1 'other_cc makes code for another kind of processor' \
    "$steelyard" run average.sy $data --cc ./other_cc
if cross=$(command -v aarch64-linux-gnu-gcc) && [ "$(uname -m)" = x86_64 ]; then
    expect "levels of others" 1 'it knows armv8-a, armv8.2-a, armv9-a, and' \
        "$steelyard" build average.sy -o failed --cc "$cross" --march x86-64-v3
    if [ -e /usr/aarch64-linux-gnu/include/stdio.h ]; then
        expect "libraries for another kind of processor" 0 '' "$steelyard" build average.sy -o crossed --cc "$cross" --march armv8.2-a
        check "with its runtime" "$cross" -Icrossed -I"$headers" use.c crossed/libaverage.a -fopenmp -lm -o use_crossed
    fi
fi

# --- where the runtime is ---
mkdir -p moved
cp "$steelyard" moved/
expect "no runtime" 1 'E0906' moved/steelyard build average.sy -o built
expect "STEELYARD_HOME" 0 '' env STEELYARD_HOME="$root" moved/steelyard build average.sy -o built

# --- what would be misread, or lost ---
printf 'dim n\ndim m = n * n * n * n\ndim o = n - 5\ninput x[n]\noutput y = sum[n](x)\noutput z = sum[m, o](m * o)\n' >powers.sy
expect "a computed size that does not fit 64 bits" 1 'm = n \* n \* n \* n is above 2\^48' \
    "$steelyard" explain powers.sy n=65536 --budget bytes=1GB
expect "a computed size below 0 in explain" 1 'o = n - 5 is -2' "$steelyard" explain powers.sy n=3 --budget bytes=1GB
expect "a computed size below 0 of an array" 1 'o = n - 5 is -1' "$steelyard" run powers.sy x=values.npy
expect "a computed size is not given" 1 'o is an axis .its extent comes from n. of powers: it is not given' \
    "$steelyard" explain powers.sy o=5 --budget bytes=1GB
expect "nor a fixed one" 1 'c is an axis of fixed extent .3. of gather: it is not given' "$steelyard" explain gather.sy c=3 --budget bytes=1GB
expect "a unit that is none" 1 'kB, MB, GB, TB, KiB' "$steelyard" explain average.sy --budget bytes=1mb
expect "a size twice" 1 'n is given twice' "$steelyard" explain powers.sy n=5 n=6 --budget bytes=1GB
printf 'values,trust,trust\n1,2,3\n4,5,6\n' >twice.csv
expect "a column twice" 1 'columns 1 and 2 are both called trust: name one by its number' \
    "$steelyard" run average.sy values=twice.csv:values trust=twice.csv:trust
expect "by its number" 0 'avg' "$steelyard" run average.sy values=twice.csv:values trust=twice.csv:2
expect "a table for an array of one axis" 1 'give an array with one axis: twice.csv:COLUMN' \
    "$steelyard" run average.sy values=twice.csv trust=twice.csv:2
expect "a number for an array" 1 '= give FILE.npy, ' "$steelyard" run average.sy values=3 trust=trust.npy
for to in nowhere/x.svg nowhere/x.dot; do
    expect "graph to no folder: $to" 1 "cannot write $to: .*" "$steelyard" graph average.sy -o "$to"
    expect "what to do then: $to" 1 'make its folder first' "$steelyard" graph average.sy -o "$to"
done
cp average.sy itself.sy
ln -sf itself.sy link_to_itself.sy
expect "a derivative in the place of its program" 2 'take the place of the program itself' \
    "$steelyard" grad itself.sy --of avg -o link_to_itself.sy
check "the program is as it was" cmp average.sy itself.sy

# --- graph, explain, fmt ---
expect "graph without -o" 2 'is missing' "$steelyard" graph average.sy
expect "graph to another kind" 2 'ends neither in .svg nor in .dot' "$steelyard" graph average.sy -o x.png
expect "graph to .dot" 0 '' "$steelyard" graph average.sy -o average.dot
check "the graph has its boxes" grep -q '<B>trust</B>\[n\]' average.dot
if command -v dot >/dev/null; then
    expect "graph to .svg" 0 '' "$steelyard" graph average.sy -o average.svg
    check "the picture is whole" grep -q '</svg>' average.svg
fi
expect "graph without graphviz" 1 'cannot use dot: it was not found' \
    env PATH=/none "$steelyard" graph average.sy -o none.svg
check "and no file" test ! -e none.svg
expect "explain" 0 'least possible' "$steelyard" explain average.sy
expect "explain with sizes" 0 'n = 5000' "$steelyard" explain average.sy n=5000
expect "explain with an unknown size" 1 'nothing called m' "$steelyard" explain average.sy m=5
expect "explain with no size" 1 'E0916' "$steelyard" explain average.sy n=-5
expect "explain predicts" 0 '^1 thread: predicted [0-9.]+ [num]?s$' "$steelyard" explain average.sy
check "this machine is measured once" test "$(find cache/steelyard -name '*.machine' | wc -l)" -eq 1
says_not() { # what, pattern it must not say, command...
    local what=$1 pattern=$2
    shift 2
    if "$@" 2>&1 | grep -qE -- "$pattern"; then fail "$what"; else pass; fi
}
says_not "m is no misspelt n" 'did you mean' "$steelyard" explain average.sy m=5
says_not "-W is no misspelt -o" 'did you mean' "$steelyard" check average.sy -o x
says_not "nor measured again" 'measuring' "$steelyard" explain average.sy
machine=$(find cache/steelyard -name '*.machine')
echo damaged >"$machine"
expect "what is damaged is measured again" 0 'measuring this machine' "$steelyard" explain average.sy
check "and mended" grep -q '^read_DRAM_all ' "$machine"
expect "explain --calibrate" 0 'measuring this machine' "$steelyard" explain average.sy --calibrate
expect "a cache that cannot be had" 0 'W0901' env XDG_CACHE_HOME=/proc/none "$steelyard" explain average.sy
expect "explain on threads" 0 '^3 threads: predicted' "$steelyard" explain average.sy n=1000000 --threads 3
says_not "explain on one thread" 'threads:' "$steelyard" explain average.sy --threads 1
expect "explain --measure" 0 'predicted .* measured .* ratio' "$steelyard" explain average.sy --measure
cat >kinds.sy <<'SY'
dim n
dim g
dim s like n
input x[n]
input k[n]: index(g)
input c: i64
mask m[n]
weight w[n]
output sums[g] = sum[n](x * w + c, where = k == g and m)
output runs[n] = sum[s](exp(x[n = s]), where = s <= n)
SY
expect "data of every kind is made up" 0 'ratio' "$steelyard" explain kinds.sy n=5000 g=7 --measure --threads 1
expect "checks on entry are told" 0 'checks on entry' "$steelyard" explain kinds.sy
expect "explain of nothing" 0 'predicted' "$steelyard" explain kinds.sy n=0 g=0 --measure
printf 'dim n\ninput x[n]\nweight w[n]\noutput y = mean[n](x, weight = w)\n' >one.sy
json_of() { "$steelyard" explain one.sy n=1000 --json | python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }
check "explain --json" test "$(json_of '["bytes"]')" = 8004
check "nests in JSON" test "$(json_of '["nests"][0]["reads"][0]["bytes"]')" = 4000
check "times in JSON" test "$(json_of '["times"][0]["predicted"] > 0')" = True
budget() { "$steelyard" explain one.sy n=1000000 --budget "$1"; }
expect "a budget that holds" 0 'in all' budget bytes=8.1MB,passes=1,workspace=0,flops=3.1M
says_not "a budget measures nothing" 'predicted' budget bytes=8.1MB
expect "a budget of bytes" 1 'at most 4.77 MiB: 7.63 MiB of it in nest 1' budget bytes=5MB
expect "in other units" 1 'at most 7.00 MiB' budget bytes=7MiB
expect "a budget of passes" 1 'passes over' budget passes=0.5
expect "a budget of flops" 1 'flops: 3.00 M, at most 2.00 M' budget flops=2M
printf 'dim n\ndim s like n\ninput x[n]\nlet r[n] = sum[s](x[n = s], where = s <= n)\noutput y[n] = softmax[n](r)\n' >stored.sy
expect "a budget of workspace" 1 'workspace of [48].00 KiB.*written by nest' "$steelyard" explain stored.sy --budget workspace=1kB
printf 'dim   n\ninput x[n] # data\noutput y=mean[n]( x )\n' >loose.sy
expect "fmt --check" 1 'loose.sy is not laid out' "$steelyard" fmt --check loose.sy
expect "fmt" 0 '' "$steelyard" fmt loose.sy
expect "fmt has nothing more to do" 0 '' "$steelyard" fmt --check loose.sy
check "fmt keeps comments" grep -q '# data' loose.sy
expect "fmt of standard input" 0 'output y = mean\[n\]\(x\)' bash -c "'$steelyard' fmt - <loose.sy"
printf 'dim n\ninput x[n\n' >broken.sy
cp broken.sy kept.sy
expect "fmt of what does not parse" 1 'broken.sy:2' "$steelyard" fmt broken.sy
check "leaves it alone" cmp broken.sy kept.sy

# --- of nothing ---
cat >nothing.sy <<'SY'
dim n
input z[n]
let p[n] = softmax[n](z)
output spread = sum[n](p * n, where = p > 0)
SY
printf '%s\n' -inf -inf -inf >nothing.csv
printf '%s\n' 2 2 2 >equal.csv
expect "weights of which none is left" 0 'spread: f32 = 0' "$steelyard" run nothing.sy z=nothing.csv
expect "weights that are equal" 0 'spread: f32 = 1' "$steelyard" run nothing.sy z=equal.csv

# --- tables ---
cat >table.sy <<'SY'
dim n
dim c
input t[n, c]
input v[n]
input k[n]: i64
mask m[n]
output sums[c] = sum[n](t, where = m)
output both = sum[n](v * k)
SY
printf 'k,"a ""b""",m\r\n9007199254740993,0.5,true\r\n-2, 1e1 ,false\r\n' >table.csv
printf '1;2\n3;4' >plain.csv
check "columns by name and number" "$steelyard" run table.sy t=plain.csv 'v=table.csv:a "b"' k=table.csv:0 m=table.csv:m --real=f64 -o tables
check "a table" cmp -s <(od -An -v -t f8 -j 128 tables/sums.npy) <(echo "                        1                        2")
sed 's/both = .*/both: i64 = max[n](k)/' table.sy >whole.sy
expect "whole numbers are exact" 0 'both: i64 = 9007199254740993' "$steelyard" run whole.sy t=plain.csv v=table.csv:1 k=table.csv:k m=table.csv:m
table() { # what, text that is said, bytes of t.csv, what is given
    printf "$3" >t.csv
    expect "$1" 1 "$2" "$steelyard" run table.sy t=plain.csv v="${4:-t.csv:0}" k=table.csv:k m=table.csv:m
}
table "an empty table" 'it is empty' ''
table "a short line" 'line 3 has 1 field, the first line has 2' 'a,b\n1,2\n3\n'
table "no number in a table" 'line 2, column 0 .a.: `x` is no number' 'a,b\nx,2\n'
table "an open quote" 'line 2: a quote is never closed' 'a,b\n"1,2\n'
table "text behind a quote" 'line 2: `z` follows a closing quote' 'a\n"1"z\n'
table "no such column" 'did you mean `price`' 'price,b\n1,2\n' t.csv:prize
table "no such name" 'it has no column q, only price, b' 'price,b\n1,2\n' t.csv:q
table "no such number" 'it has no column 2: they are 0 .. 1' 'price,b\n1,2\n' t.csv:2
table "rows that disagree" 'E0915' '1,2\n1,2\n1,2\n'
expect "a fraction for an integer" 1 'E0920' "$steelyard" run table.sy t=plain.csv v=table.csv:1 k=table.csv:1 m=table.csv:m

# --- the full text of every message about commands, files and data: messages.expected; --update rewrites it ---
say() { # what is run, as the reader sees it, and what it says
    echo "\$ steelyard $*"
    "$steelyard" "$@" 2>&1 >/dev/null </dev/null | sed "s|$out|HERE|g; s|\.tmp-[^/]*|.tmp|g
        s/lacks .*, and the/lacks SOMETHING, and the/; s/x86-64\(-v[234]\)\? at most: --march x86-64\(-v[234]\)\?/LEVEL at most: --march LEVEL/"
}
cat >sizes.sy <<'END'
dim n
dim m
dim o = n - m
input x[n]
input i: i64
param p[n]: f16 = 50000 * f32(extent(n))
output big[n, m] = p
output z = x[i + 1]
output y[o] = 1.5
END
sed 's/50000/5/' sizes.sy >range.sy
printf '#!/bin/sh\nwhile [ $# -gt 1 ]; do [ "$1" = -o ] && echo nonsense >"$2"; shift; done\n' >liar
chmod +x liar
ln -sf /dev/full full.dot
printf 'dim  n\ninput x[n]\noutput y[n] = x\n' >loose.sy
cat >two.sy <<'END'
dim n
input x[n]
mask keep[n]
param scale = 1
param w = 1
fn q(a) = 2 * a
let part = sum[n](x, where = keep)
loss one = scale * part
loss less = floor(scale) + w
output y[n] = q(x) * scale
output size: i64 = extent(n)
output half = floor(part)
END
printf 'dim n\ninput x[n]\noutput y[n] = x\n' >none_to.sy
{
    say check none.sy
    say graph average.sy -o full.dot
    say emit average.sy -o values.npy
    say build average.sy --cc nocc
    say build average.sy -o failed --cc false
    steelyard=moved/steelyard say build average.sy
    say build average.sy -o failed --march x86-64-v33
    say build average.sy -o failed --multiversion --cc ./other_cc
    say run average.sy values=values.npy trust=trust.npy --march knl
    say run average.sy values=values.npy trust=trust.npy --cc ./other_cc
    say run average.sy values=values.npy trsut=trust.npy
    say run average.sy values=values.npy trust=trust.npy trust=1
    say run average.sy values=values.npy trust=trust.npy avg=3
    say run gather.sy
    say run sizes.sy x=values.npy i=0
    say run average.sy values=values.npy trust=five.npy n=6
    say run average.sy values=values.npy trust=trust.npy n=many
    say run average.sy values=values.npy trust=trust.npy n=281474976710657
    say explain average.sy n=281474976710657
    say run sizes.sy x=values.npy i=0 m=7
    say run average.sy values=square.npy trust=trust.npy
    say run average.sy values=values.npy trust=text.npy
    say run gather.sy label=label.npy keep=label.npy scale=2
    say run sizes.sy x=values.npy i=0 m=2
    say run range.sy x=values.npy i=9 m=2
    printf 'dim n\ndim k\ninput x[n]\ninput c[k]\noutput y[n] = argmin[k](abs(x - c))\noutput z = x[n = 7]\n' >places.sy
    npy none.npy 0, ''
    say run places.sy x=values.npy c=none.npy
    say run places.sy x=values.npy c=values.npy
    say run gather.sy label=bad_label.npy keep=keep.npy scale=2
    say run average.sy values=values.npy trust=negative.npy
    XDG_CACHE_HOME=$out/other say run average.sy values=values.npy trust=trust.npy --cc ./liar
    say run gather.sy label=none.npy keep=none.npy scale=1
    printf 'dim n\ndim m\ninput s\noutput y[n, m] = s\n' >large.sy
    say run large.sy s=1 n=281474976710656 m=65536
    say fmt --check loose.sy
    say train average.sy values=values.npy trust=trust.npy --steps 2
    printf 'dim f\nparam w[f] = 1\nloss L = sum[f](w ^ 4)\nminimize L with sgd(lr = 10)\n' >diverges.sy
    say train diverges.sy f=2 --steps 3 --batch f=1
    say train diverges.sy f=2 --steps 3 -o nowhere --resume
    say train diverges.sy f=2 --steps 3 w=step
    say train diverges.sy f=2 --steps 30 | grep -v '^step '
    say golden average.sy values=values.npy trust=trust.npy -o recorded
    say golden average.sy values=values.npy trust=trust.npy -o unrecorded --check
    say golden average.sy values=values.npy trust=five.npy -o recorded --check
    say golden average.sy values=trust.npy trust=trust.npy -o recorded --check
    say golden average.sy values=values.npy trust=trust.npy -o recorded --check --no-fma
    { echo model average && sed 's/mean\[n\](values/mean[n](values + 1/; s/avg /avg/' average.sy; } >moved.sy
    say golden moved.sy values=values.npy trust=trust.npy -o recorded --check
    { echo model average && sed 's/avg/other/' average.sy; } >renamed.sy
    say golden renamed.sy values=values.npy trust=trust.npy -o recorded --check
    say grad two.sy
    say grad two.sy --of lses
    say grad two.sy --of y
    say grad two.sy --of size
    say grad two.sy --of one --wrt sarc
    say grad two.sy --of one --wrt n,y,keep,q
    say grad two.sy --of one --wrt scale,w
    say grad two.sy --of half
    say grad two.sy --of less
    say grad none_to.sy
    say emit average.sy --stream t
    printf 'dim n\ndim m like n\ninput x[m]\noutput y[m] = x\n' >like.sy
    say emit like.sy --stream n
    printf 'dim n\ninput x[n]\noutput y = sum[n](x * x[n = n - 1 else 0])\n' >steps.sy
    say emit steps.sy --stream n
    printf 'dim n\ndim m like n\ninput x[n]\noutput y = sum[n](max[m](x[m]) * x)\n' >pairs.sy
    say emit pairs.sy --stream n
    say explain one.sy n=1000 --budget bytes=1kB
    say explain average.sy --budget bites=1kB
    say explain average.sy --budget bytes=much
    say explain average.sy --budget bytes=1pound
    say explain average.sy --budget bytes
    say explain average.sy --budget passes=1,passes=2
    say explain average.sy --threads none
    printf 'dim n\ninput x[n]\nlet r[n] = x + r[n = n - 1 else 0]\noutput y = max[n](r)\n' >running.sy
    say emit running.sy --stream n
    printf 'dim n\ninput x[n]\noutput y = sum[n](x)\nentry merge: y\n' >taken.sy
    say emit taken.sy --stream n
    printf 'dim n\ndim far = n - 1000\ninput x[n]\noutput y[far] = x[n = far + 1000]\n' >far.sy
    say verify far.sy
    printf 'dim n\ninput x[n]\ninput i: i64\noutput y = x[i + 1000]\n' >beyond.sy
    say verify beyond.sy
} >messages
expected=$root/tests/tool/messages.expected
[ "${1-}" = --update ] && cp messages "$expected"
check "the text of messages" diff "$expected" messages
for code in $(grep -oE '"E09[0-9]{2}"' "$root/compiler/base/messages.def" | tr -d '"'); do
    check "$code has a test" grep -q "\[$code\]" "$expected"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

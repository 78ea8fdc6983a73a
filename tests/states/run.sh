#!/usr/bin/env bash
# States of trainings from C and C++: a training that is saved, loaded by another process and gone on with has the bits of one
# that was not, whatever the compiler, the number of threads and the form of the files; what is refused; under the sanitizers too.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh states
mkdir -p "$out/bin"
emitted() { # folder, options...
    mkdir -p "$out/$1"
    "$STEELYARD" emit tests/states/states.sy -o "$out/$1" "${@:2}"
}
warnings=(-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror)
maths=(-std=c11 -O2 -fno-math-errno -fno-trapping-math -ffp-contract=off -mavx2 -mfma)
runtime="runtime/state.c runtime/status.c"

expect "emit" 0 '' emitted linked
expect "emit --standalone" 0 '' emitted alone --standalone
expect "emit --stream" 0 '' emitted streamed --stream n
expect "a state needs nothing of a stream" 0 '' diff <(sed -n '/^typedef struct/,/^}/p' "$out/linked/states.h") <(sed -n '/^typedef struct/,/^}/p' "$out/streamed/states.h")

compiled() { # name, C compiler, folder of the C file, sources and options...
    "$2" "${maths[@]}" "${warnings[@]}" -Iruntime -I"$out/$3" "${@:4}" "$out/$3/states.c" tests/states/main.c -lm -o "$out/bin/$1"
}
# shellcheck disable=SC2086
expect "gcc" 0 '' compiled gcc gcc linked -fopenmp $runtime
# shellcheck disable=SC2086
expect "clang" 0 '' compiled clang clang linked -Wno-unknown-pragmas $runtime
expect "a file that stands alone" 0 '' compiled alone gcc alone -fopenmp
# shellcheck disable=SC2086
expect "beside a stream" 0 '' compiled streamed gcc streamed -fopenmp $runtime
# shellcheck disable=SC2086
expect "sanitizers" 0 '' compiled sanitized clang alone -g -Wno-unknown-pragmas -fsanitize=address,undefined -fno-sanitize-recover=undefined
cpp() {
    gcc "${maths[@]}" -Iruntime -c "$out/linked/states.c" -o "$out/states.o" &&
        gcc -std=c11 -Iruntime -c runtime/state.c -o "$out/state.o" && gcc -std=c11 -Iruntime -c runtime/status.c -o "$out/status.o" &&
        g++ -std=c++17 -Wall -Wextra -Werror -Iruntime -I"$out/linked" -x c++ tests/states/main.c -x none "$out"/stat*.o -lm -o "$out/bin/cpp"
}
expect "C++" 0 '' cpp

for program in gcc clang alone streamed cpp sanitized; do
    files=$out/$program-files
    mkdir -p "$files"
    expect "$program: 60 steps" 0 '' "$out/bin/$program" unbroken "$files/whole.state"
    expect "$program: 23 steps" 0 '' env OMP_NUM_THREADS=2 "$out/bin/$program" first "$files/part.state"
    cp "$files/part.state" "$files/over.state"
    expect "$program: what is refused" 0 '' "$out/bin/$program" misuse "$files/part.state"
    expect "$program: memory of the caller's" 0 '' "$out/bin/$program" placed "$files/part.state" "$files/placed.state"
    expect "$program: the same state" 0 '' cmp "$files/part.state" "$files/placed.state"
    expect "$program: go on in another process" 0 '' env OMP_NUM_THREADS=3 "$out/bin/$program" second "$files/part.state"
    expect "$program: the same bits" 0 '' cmp "$files/whole.state" "$files/part.state"
    expect "$program: go on in a state that was used" 0 '' "$out/bin/$program" over "$files/over.state"
    expect "$program: the same bits again" 0 '' cmp "$files/whole.state" "$files/over.state"
    [ "$program" != gcc ] || cp "$files/whole.state" "$out/gcc.state"
    expect "the same bits of $program" 0 '' cmp "$out/gcc.state" "$files/whole.state"
    rm "$files"/*.state
    expect "$program: nothing else is left" 0 '' rmdir "$files"
done

# what `steelyard train` leaves is a state too
awk 'BEGIN { for (i = -1; i < 20; i++) for (k = 0; k < 7; k++) printf "%s%s", i < 0 ? "x" k : (i * 5 + k * 3) % 11 / 8, k < 6 ? "," : "\n" }' >"$out/x.csv"
awk 'BEGIN { print "y"; for (i = 0; i < 20; i++) print i % 4 / 4 }' >"$out/y.csv"
expect "train" 0 '' sh -c '"$0" train tests/states/states.sy x="$1/x.csv" y="$1/y.csv" rate=0.01 frozen=2 --steps 30 -o "$1/trained" >/dev/null' "$STEELYARD" "$out"
same_state() {
    "$out/bin/gcc" copy "$out/trained/checkpoint" "$out/copy.state" &&
        cmp -n $(($(stat -c %s "$out/copy.state") - 13)) "$out/copy.state" "$out/trained/checkpoint"
}
expect "its checkpoint is loaded from C" 0 '' same_state
others() {
    sed -i 's/^steps 30$/steps 31/' "$out/copy.state" && ! "$out/bin/gcc" copy "$out/copy.state" "$out/other.state" >"$out/said" &&
        grep -v "damaged: its checksum is wrong" "$out/said"
    return 0
}
expect "and not where it is changed" 0 '' others

# two files that stand alone, in one program
sed 's/^model states/model others/' tests/states/states.sy >"$out/others.sy"
two() {
    "$STEELYARD" emit "$out/others.sy" --standalone -o "$out/alone" &&
        gcc "${maths[@]}" -Wno-unknown-pragmas -I"$out/alone" "$out/alone/others.c" "$out/alone/states.c" tests/states/main.c -lm -o "$out/two" &&
        "$out/two" unbroken "$out/two.state" && cmp "$out/two.state" "$out/gcc.state"
}
expect "two files that stand alone" 0 '' two
other_model() {
    local said
    printf '#include "others.h"\n#include <stdio.h>\nint main(int n, char **w) { others_state s = {0}; steelyard_call c = {0}; char t[200];
steelyard_describe(others_load_call(&s, w[n - 1], &c), &c, t, sizeof t); printf("%%s", t); others_free(&s); return 0; }\n' >"$out/other.c"
    gcc -std=c11 -I"$out/alone" "$out/other.c" "$out/alone/others.c" -Wno-unknown-pragmas -lm -o "$out/other" &&
        said=$("$out/other" "$out/two.state") && [ "$said" = "$out/two.state: it is of another model" ] || echo "$said"
}
expect "the file of another model" 0 '' other_model

# scalars alone need no memory
cat >"$out/scalar.sy" <<'SY'
model scalar
param w = 3
loss L = (w - 1) ^ 2
minimize L with sgd(lr = 0.25)
SY
cat >"$out/use_scalar.c" <<'C'
#include "scalar.h"
int main(void) {
    scalar_state state = {0}, other = {0};
    float L;
    int status = scalar_init(&state, 0);
    for (int i = 0; i < 3 && status == STEELYARD_OK; i++)
        status = scalar_step(&state, &L);
    if (status == STEELYARD_OK) status = scalar_save(&state, "/dev/null");
    return status != STEELYARD_OK || state.w != 1.25f || state.base.memory || scalar_memory() != 0 ||
           scalar_load(&other, "/dev/null") != STEELYARD_FILE;
}
C
scalar() {
    "$STEELYARD" emit "$out/scalar.sy" -o "$out" &&
        gcc "${maths[@]}" "${warnings[@]}" -Wno-unknown-pragmas -Iruntime -I"$out" "$out/scalar.c" -c -o "$out/scalar.o" &&
        gcc "${maths[@]}" "${warnings[@]}" -Iruntime -I"$out" "$out/use_scalar.c" "$out/scalar.o" $runtime -lm -o "$out/scalar" &&
        "$out/scalar"
}
expect "params without axes" 0 '' scalar

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

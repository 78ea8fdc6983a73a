#!/usr/bin/env bash
# `--stream AXIS`: programs in batches against themselves on the whole data (programs/, by check.py), what one emitted module
# looks like (golden/; --update rewrites it), and examples/streaming, which reads a file larger than the memory it is allowed.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh streaming
here=tests/streaming
compare() { # program, options...: values, for every split
    local name
    name=$(basename "$1" .sy)
    "$STEELYARD" build "$1" --stream n -o "$out" "${@:2}" &&
        python3 $here/check.py "$out/lib$name.so" "$out/$name.h" n d=3 k=3 c=4 f=3
}

for program in $here/programs/*.sy examples/dropout.sy examples/statistics.sy; do
    for real in f32 f64; do
        grep -q "^real $real" "$program" && continue
        check "$program in $real" compare "$program" --real $real
    done
done
threads() { # program, how many: the outputs of a long stream
    OMP_NUM_THREADS=$2 python3 $here/check.py "$out/lib$1.so" "$out/$1.h" n d=3 k=3 c=4 n=90011
}
for name in regression passes; do
    threads $name 1 >"$out/$name.one"
    check "$name: the same bits on 3 threads" diff "$out/$name.one" <(threads $name 3)
    check "$name: some bits" test -s "$out/$name.one"
done

# an example
flags=(-Wall -Wextra -Wconversion -Wshadow -Werror)
check "emit" "$STEELYARD" emit examples/streaming/sensors.sy --stream n --standalone -o "$out"
check "emit" "$STEELYARD" emit examples/streaming/sensors.sy --stream n -o "$out/plain"
for file in sensors.c sensors.h; do
    if [ "${1-}" = --update ]; then
        mkdir -p $here/golden && cp "$out/plain/$file" $here/golden/
    fi
    check "golden/$file" diff -u "$here/golden/$file" "$out/plain/$file"
    check "$file: clang-format" clang-format --style=file:tests/golden/.clang-format --dry-run -Werror "$out/plain/$file"
done
for cc in gcc clang; do
    check "sensors.c: $cc" $cc -std=c11 "${flags[@]}" -Wstrict-prototypes -Iruntime -fopenmp -c "$out/plain/sensors.c" -o "$out/object.o"
    check "the example: $cc" $cc -std=gnu11 -Wall -Wextra -Werror -O2 -I"$out" -fno-math-errno -fno-trapping-math -ffp-contract=off \
        examples/streaming/sensors.c "$out/sensors.c" -lm -o "$out/sensors.$cc"
    check "a file: $cc" "$out/sensors.$cc" make "$out/readings.bin" 3000000
    check "more than it may use: $cc" diff examples/streaming/sensors.expected <("$out/sensors.$cc" "$out/readings.bin" 2>&1)
done
rm -f "$out/readings.bin"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

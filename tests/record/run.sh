#!/usr/bin/env bash
# steelyard golden: what is recorded, what a comparison says of other programs, data, sizes and results, and of records that are
# damaged.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=$(realpath "${BUILD:-build}")
. tests/suite.sh record
steelyard=$(realpath "$STEELYARD")
make_array=$BUILD/tests/tools/make_array
cd "$out" || exit 1
says() { # what, status, text that is said, command...
    local what=$1 status=$2 text=$3
    shift 3
    expect "$what" "$status" "$(sed 's/[][().*+?{}|^$\\]/\\&/g' <<<"$text")" "$@"
}

cat >two.sy <<'END'
## Two results of one array.
dim n
dim c
input x[n, c]
param scale = 1
output y[n, c] = x * scale
output total = sum[n, c](y)
output best[n]: i64 = argmax[c](x)
END
"$make_array" normal 4x3 x.npy
"$make_array" normal 5x3 longer.npy
"$make_array" odd 40x3 odd.npy
{ head -c 128 x.npy && printf '\0\0\200\77' && tail -c +133 x.npy; } >other.npy # x[0, 0] = 1

record() { "$steelyard" golden "$@"; }
says "recording" 0 'two.golden: 2 inputs and 3 outputs of two recorded' record two.sy x=x.npy
says "the outputs are kept" 0 'best[n = 4]: i64' "$steelyard" run two.sy x=x.npy -o plain
for name in y total best; do expect "$name.npy" 0 '' cmp plain/$name.npy two.golden/$name.npy; done
says "the same again" 0 'the same bits in 3 outputs' record two.sy x=x.npy --check
says "on three threads" 0 'the same bits' env OMP_NUM_THREADS=3 "$steelyard" golden two.sy x=x.npy --check
says "by gcc, for an old processor" 0 'the same bits' record two.sy x=x.npy --check --cc gcc --march x86-64
says "comparing writes nothing" 0 'record' find two.golden/golden.txt ! -newer two.golden/y.npy -exec echo record \;
sed 's/^##.*//; s/x \* scale/x  *  scale/' two.sy >layout.sy
sed -i '1i model two' layout.sy
says "a comment and blanks are no change" 0 'the same bits' record layout.sy x=x.npy -o two.golden --check
sed 's/output y/let z = 1\noutput y/; 1i model two' two.sy >more.sy
says "another program, the same results" 0 'the program has changed' record more.sy x=x.npy -o two.golden --check

# results that differ
sed 's/x \* scale/x * (scale + 0.0000003)/; 1i model two' two.sy >off.sy
says "the first element, by its axes" 1 'error: y[n = 0, c = 0] was 0.8029146 in two.golden, and is 0.8029149 (5 ulp) [E0973]' \
    record off.sy x=x.npy -o two.golden --check
says "how many, and the worst" 1 '12 of 12 elements differ, y[n = 2, c = 2] the most (6 ulp)' record off.sy x=x.npy -o two.golden --check
sed 's/x \* scale/if n == 2 and c == 1 then 0 - x else x * scale/; 1i model two' two.sy >one.sy
says "one element" 1 'error: y[n = 2, c = 1] was' record one.sy x=x.npy -o two.golden --check
says "one element, counted" 1 '1 of 12 elements differs' record one.sy x=x.npy -o two.golden --check
sed 's/argmax/argmin/; 1i model two' two.sy >whole.sy
says "whole numbers have no ulp" 1 'error: best[n = 0] was' record whole.sy x=x.npy -o two.golden --check
sed 's/x \* scale/if n == 1 then log(0 - scale) else x * scale/; 1i model two' two.sy >nan.sy
says "a NaN" 1 '(one of them is no number)' record nan.sy x=x.npy -o two.golden --check
says "every NaN is the same" 0 'recorded' record two.sy x=odd.npy -o odd
says "in every compiler" 0 'the same bits' record two.sy x=odd.npy -o odd --check --cc gcc

# a forgotten --check does not go unseen
cp -r two.golden again
says "a record once more" 0 'of two recorded, as before' record two.sy x=x.npy -o again
says "a record of other results" 0 'recorded, in place of a record with another y' record off.sy x=x.npy -o again
says "a record of other data" 0 'recorded, in place of a record with another x, ' record two.sy x=other.npy -o again

# what can not be compared
says "other values" 1 'error: x is not as it was when two.golden was recorded: its values or its type differ [E0972]' record two.sy x=other.npy --check
says "other sizes" 1 'n is not as it was when two.golden was recorded: it was 4, and is 5' record two.sy x=longer.npy --check
says "another param" 1 'scale is not as it was' record two.sy x=x.npy scale=2 --check
says "another type" 1 'x is not as it was' record two.sy x=x.npy --real f64 --check
says "another profile" 1 'the profile fma, which has its own bits; this is no-fma [E0971]' record two.sy x=x.npy --no-fma --check
sed '1i model three' two.sy >three.sy
says "another model" 1 'two.golden is a record of the model two; this is three [E0971]' record three.sy x=x.npy -o two.golden --check
sed 's/output total.*/output other = 1/; 1i model two' two.sy >outputs.sy
cp -r two.golden third
says "in place of another model's record" 0 "recorded, in place of another model's record" record three.sy x=x.npy -o third
says "an output that is new" 1 'output other cannot be compared with two.golden: it was not there [E0974]' record outputs.sy x=x.npy -o two.golden --check
says "an output that is gone" 1 'output total cannot be compared with two.golden: it is gone [E0974]' record outputs.sy x=x.npy -o two.golden --check
sed 's/best\[n\]: i64/best[n]: i32/; 1i model two' two.sy >type.sy
says "an output of another type" 1 'its type is i32 now' record type.sy x=x.npy -o two.golden --check
says "no record" 1 'cannot compare with none/golden.txt: No such file or directory [E0970]' record two.sy x=x.npy -o none --check
says "no word of the command line" 2 "is no NAME=VALUE" record two.sy x=x.npy more
says "no such option" 2 'golden has no option `--chek`; did you mean `--check`?' record two.sy x=x.npy --chek

# damage
damaged() { # what, text that is said, command that damages `hurt`
    rm -rf hurt && cp -r two.golden hurt
    (cd hurt && eval "$3")
    says "$1" 1 "$2" record off.sy x=x.npy -o hurt --check
}
damaged "an output that is missing" 'cannot compare with hurt/y.npy: No such file' 'rm y.npy'
damaged "an output of another record" 'its contents are not those that golden.txt tells of' 'cp total.npy y.npy'
damaged "an output that is cut" 'cannot compare with hurt/y.npy' 'truncate -s -1 y.npy'
damaged "a bit that flipped" 'its contents are not those' 'printf X | dd of=y.npy bs=1 seek=140 conv=notrunc'
damaged "a record without its head" 'it is no record of steelyard golden' 'sed -i 1d golden.txt'
damaged "a record without its program" 'it is damaged' 'sed -i /^program/d golden.txt'
damaged "an empty record" 'it is no record' 'truncate -s 0 golden.txt'
damaged "zeros" 'it is no record' 'truncate -s 0 golden.txt && truncate -s 100 golden.txt'
damaged "a size that is gone" 'n is not as it was when hurt was recorded: it was not recorded' 'sed -i "/^size n/d" golden.txt'
for bytes in $(seq 0 7 400); do # whatever is left of a record, there is a message and no crash
    rm -rf hurt && cp -r two.golden hurt && truncate -s "$bytes" hurt/golden.txt
    says "a record of $bytes bytes" 1 'error: ' record off.sy x=x.npy -o hurt --check
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

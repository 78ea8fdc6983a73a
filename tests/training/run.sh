#!/usr/bin/env bash
# The optimizers of the library on a small network, from given params, against PyTorch's (optimizers.txt): every param after
# 1, 101 and 1001 steps, within 1e-4 relative; models trained as published, every loss and the params at the end within 1e-10
# (seeds.txt); the same bits on one thread and on three; and what is said about misuse.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh training
seeds=0

numbers() { # folder: all params, one number a line
    local name
    for name in w0 b0 w1 b1; do
        od -An -v -t f8 -w8 -j 128 "$1/$name.npy"
    done
}
agree() { # folder, expected numbers
    paste -d ' ' <(numbers "$1") <(tr ' ' '\n' <<<"$2") | awk '
        function size(x) { return x < 0 ? -x : x }
        { n++; if (size($1 - $2) > 1e-4 * size($2) + 1e-6) { print "element", NR, "is", $1, "not", $2; bad = 1 } }
        END { exit bad || n != 13 }'
}
trains() { # program, steps, folder
    "$STEELYARD" train "$1" --steps "$2" -o "$3"
}
while IFS='|' read -r name rule steps values; do
    case $name in '#'*) continue ;; esac
    name=${name// /} steps=${steps// /} values=$(xargs <<<"$values")
    program=$out/$name.sy
    [ -e "$program" ] || { cat tests/training/network.sy; echo "minimize L with$rule"; } >"$program"
    check "$name, $steps steps" trains "$program" "$steps" "$out/$name-$steps"
    check "$name after $steps steps" agree "$out/$name-$steps" "$values"
done <tests/training/optimizers.txt

# the first step is the rate against the gradient's sign, whatever beta is: to the last bits of float32 as well
for rule in adam adamw; do
    for beta in 0.9 0.999 0.99999; do
        printf 'param w = 0\nloss L = 3 * w\nminimize L with %s(lr = 1, beta1 = %s, beta2 = %s)\n' $rule $beta $beta >"$out/first.sy"
        check "$rule, one step with beta $beta" trains "$out/first.sy" 1 "$out/first-$rule-$beta"
        check "it is the rate" awk '{ exit !($1 < -0.9999998 && $1 > -1.0000002) }' \
            <(od -An -v -t f4 -w4 -j 128 "$out/first-$rule-$beta/w.npy")
    done
done

# --- models trained as published ---
trained() { # case: the program of tests/reference with params for inputs, and without derivatives
    local file=tests/reference/seeds/$1.sy name
    [ -e "$file" ] || file=${file%-k*.sy}.sy
    sed '/^output d_/d' "$file" >"$out/$1.sy"
    for name in $params; do sed -i -E "s/^input ($name(\[.*\])?)$/param \1 = 0/" "$out/$1.sy"; done
    echo "minimize L with$rule" >>"$out/$1.sy"
    for file in tests/reference/seeds/"$1"/*.npy; do
        name=$(basename "$file" .npy)
        case $name in expected_*) ;; *) echo "$name=$file" ;; esac
    done
}
while IFS='|' read -r name rule steps params; do
    case $name in '#'*) continue ;; esac
    name=${name// /} steps=${steps// /}
    mapfile -t given < <(trained "$name")
    check "$name, $steps steps" "$STEELYARD" train "$out/$name.sy" "${given[@]}" --real=f64 --steps "$steps" -o "$out/$name"
    for file in losses $params; do
        check "$name: $file" "$BUILD/tests/tools/compare_npy" "$out/$name/$file.npy" "tests/training/seeds/$name/$file.npy" 1e-10
    done
done <tests/training/seeds.txt

# --- bits ---
one=$out/Adam.sy
OMP_NUM_THREADS=1 trains "$one" 200 "$out/one" >/dev/null
OMP_NUM_THREADS=3 trains "$one" 200 "$out/three" >/dev/null
for name in w0 b0 w1 b1 losses; do
    check "$name on one thread and on three" cmp "$out/one/$name.npy" "$out/three/$name.npy"
done

check "the losses, drawn" grep -q '<svg .*width="640"' "$out/one/losses.svg"

# --- interrupted, and gone on with ---
trains "$one" 300 "$out/whole" >/dev/null
trains "$one" 120 "$out/parts" >/dev/null
check "go on" "$STEELYARD" train "$one" --steps 300 -o "$out/parts" --resume
for name in w0.npy b0.npy w1.npy b1.npy losses.npy losses.svg checkpoint; do
    check "$name, gone on with" cmp "$out/whole/$name" "$out/parts/$name"
done
"$STEELYARD" train "$one" --steps 40000000 -o "$out/killed" >/dev/null 2>&1 &
for ((i = 0; i < 600; i++)); do [ -e "$out/killed/checkpoint" ] && break; sleep 0.1; done
kill -KILL $! 2>/dev/null
wait $! 2>/dev/null
made=$(sed -n '3s/steps //p' "$out/killed/checkpoint" | head -n 1)
check "go on after a kill" "$STEELYARD" train "$one" --steps $((made + 10)) -o "$out/killed" --resume

# a disk that is full: the last good checkpoint stays, and is gone on from
trains "$one" 100 "$out/full" >/dev/null
cp "$out/full/checkpoint" "$out/full-before"
full() { bash -c 'ulimit -f 8; exec "$0" train "$1" --steps 20000 -o "$2" --resume' "$STEELYARD" "$one" "$out/full" 2>&1 | cat; }
check "a full disk is told" grep -q "File too large" <(full)
check "the last good checkpoint stays" cmp "$out/full-before" "$out/full/checkpoint"
check "nothing else is left" diff <(cd "$out/full" && ls -A | tr '\n' ' ') <(echo -n 'b0.npy b1.npy checkpoint losses.npy losses.svg w0.npy w1.npy ')
check "go on when there is room" "$STEELYARD" train "$one" --steps 300 -o "$out/full" --resume
check "to the bits of an unbroken one" cmp "$out/whole/checkpoint" "$out/full/checkpoint"

# --- schedules ---
cat >"$out/falling.sy" <<'SY'
real f64
input k
param w = 3
loss L = (w - 1) ^ 2
minimize L with sgd(lr = cosine_decay(k, 0.1, 50))
SY
falls() { # folder, steps, options...
    "$STEELYARD" train "$out/falling.sy" k=step -o "$out/$1" --steps "${@:2}"
}
check "a schedule" falls fell 50
awk 'BEGIN { w = 3; for (k = 0; k < 50; k++) w -= 0.1 * (1 + cos(3.141592653589793 * k / 50)) / 2 * 2 * (w - 1)
    printf "%.12f\n", w }' >"$out/fell/expected"
check "the rate falls" diff <(od -An -v -t f8 -w8 -j 128 "$out/fell/w.npy" | awk '{ printf "%.12f\n", $1 }') "$out/fell/expected"
falls falling 20 >/dev/null
check "a schedule, gone on with" falls falling 50 --resume
check "to the same bits" cmp "$out/fell/w.npy" "$out/falling/w.npy"
for type in i32 i64; do
    sed "s/^input k/&: $type/" "$out/falling.sy" >"$out/typed.sy"
    check "steps counted in $type" "$STEELYARD" train "$out/typed.sy" k=step --steps 50 -o "$out/typed-$type"
    check "the same in $type" cmp "$out/fell/w.npy" "$out/typed-$type/w.npy"
done

# --- seeds ---
says() { # exit code, text, command...
    local code=$1 text=$2 said
    shift 2
    said=$("$@" 2>&1)
    [ $? -eq "$code" ] && grep -qF -- "$text" <<<"$said" && return
    echo "$said"
    return 1
}
cat >"$out/drawn.sy" <<'SY'
dim f = 4
param w[f] = normal(0, 1)
loss L = sum[f](w ^ 2)
minimize L with sgd(lr = 0)
SY
for seed in 1 1 2; do "$STEELYARD" train "$out/drawn.sy" --seed $seed --steps 1 -o "$out/seed$((++seeds))" >/dev/null; done
check "one seed, one start" cmp "$out/seed1/w.npy" "$out/seed2/w.npy"
check "another seed, another start" says 1 "differ" cmp "$out/seed1/w.npy" "$out/seed3/w.npy"

# --- minibatches ---
cat >"$out/batches.sy" <<'SY'
real f64
dim n
dim c = 2
dim m like n
input x[c, n]
input pair[n, m]
param w[c] = 0
loss L = mean[n](sum[c](x * w) ^ 2 + sum[c](x)) + 0 * sum[n, m](pair)
minimize L with sgd(lr = 0)
SY
data=tests/training/data
batches() { # folder, options...
    local folder=$1
    shift
    "$STEELYARD" train "$out/batches.sy" x=$data/x.npy pair=$data/pair.npy w=$data/w.npy -o "$out/$folder" "$@"
}
check "batches" batches cut --batch n=3 --steps 3
check "what each batch gives" diff <(od -An -v -t f8 -w8 -j 128 "$out/cut/losses.npy" | awk '{ printf "%.9f\n", $1 }') <(head -n 3 "$data/losses.txt")
check "one batch of all" batches all --batch n=100 --steps 2
check "is everything" diff <(od -An -v -t f8 -w8 -j 128 "$out/all/losses.npy" | awk '{ printf "%.9f\n", $1 }') <(sed -n '4p;4p' "$data/losses.txt")
sed 's/lr = 0)/lr = 0.01, momentum = 0.9)/' "$out/batches.sy" >"$out/learns.sy" && mv "$out/learns.sy" "$out/batches.sy"
batches shuffled --batch n=3 --shuffle --seed 5 --steps 20 >/dev/null
batches again --batch n=3 --shuffle --seed 5 --steps 8 >/dev/null
check "go on in the middle of an epoch" batches again --batch n=3 --shuffle --seed 5 --steps 20 --resume
check "the same batches" cmp "$out/shuffled/losses.npy" "$out/again/losses.npy"
batches seed --batch n=3 --shuffle --seed 6 --steps 20 >/dev/null
check "other batches for another seed" says 1 "differ" cmp "$out/shuffled/losses.npy" "$out/seed/losses.npy"
check "a batch along a param's axis" says 1 "E0930" "$STEELYARD" train "$out/drawn.sy" --steps 1 --batch f=2
check "a batch along no axis" says 1 "declares no such axis" batches none --steps 1 --batch k=2
check "a batch without a size" says 1 "write an axis" batches none --steps 1 --batch n
check "a batch of nothing" says 1 "write an axis" batches none --steps 1 --batch n=0
check "other batches than before" says 1 "other batches" batches again --batch n=4 --shuffle --seed 5 --steps 30 --resume

# --- misuse ---
check "no steps" says 2 "--steps says how many" "$STEELYARD" train "$one"
check "half a step" says 2 "--steps says how many" "$STEELYARD" train "$one" --steps 0.5
check "a seed that is no number" says 2 "--seed takes a whole number" "$STEELYARD" train "$one" --steps 1 --seed x
check "nothing to minimise" says 1 "E0927" "$STEELYARD" train tests/training/network.sy --steps 1
check "a name that is no argument" says 1 "E09" "$STEELYARD" train "$one" --steps 1 weight=3
check "no checkpoint" says 1 "E0929" "$STEELYARD" train "$one" --steps 3 -o "$out/none" --resume
check "another program" says 1 "of another program" "$STEELYARD" train "$out/SGD.sy" --steps 500 -o "$out/parts" --resume
check "fewer steps" says 1 "of step 300" "$STEELYARD" train "$one" --steps 3 -o "$out/parts" --resume
check "resume without a folder" says 2 "name DIR with -o" "$STEELYARD" train "$one" --steps 3 --resume
mkdir -p "$out/cut" && head -c -8 "$out/parts/checkpoint" >"$out/cut/checkpoint"
check "a damaged checkpoint" says 1 "it is damaged" "$STEELYARD" train "$one" --steps 500 -o "$out/cut" --resume
echo "something else" >"$out/cut/checkpoint"
check "no checkpoint at all" says 1 "it is no state of a training" "$STEELYARD" train "$one" --steps 500 -o "$out/cut" --resume
cat >"$out/diverges.sy" <<'SY'
dim f
param w[f] = 1
loss L = sum[f](w ^ 4)
minimize L with sgd(lr = 10)
SY
# the first value gone wrong: in the loss, in a batch, in an update long before; not what a mask leaves out
check "a loss that is no number" says 1 "w ^ 4 is too large, 8.1508e+82 at f = 0" "$STEELYARD" train "$out/diverges.sy" f=3 --steps 50
check "and its step" says 1 "L is inf at step 4" "$STEELYARD" train "$out/diverges.sy" f=3 --steps 50
cat >"$out/masked.sy" <<'SY'
real f64
dim n
input x[n]
mask keep[n]
param w = 1
let bad = log(x) * w
loss L = mean[n](bad ^ 2, where = keep)
minimize L with sgd(lr = 1e-3)
SY
printf 'x,keep\n' >"$out/masked.csv"
for ((i = 0; i < 40; i++)); do echo "$((i % 10 == 3 ? -1 : i == 31 ? 0 : i + 1)),$((i % 10 != 3))"; done >>"$out/masked.csv"
masked() { "$STEELYARD" train "$out/masked.sy" x="$out/masked.csv:x" keep="$out/masked.csv:keep" "$@"; }
check "a value of a batch" says 1 "log(x) is -inf at n = 31" masked --steps 400 --batch n=3 --shuffle --seed 4
check "not a masked one" says 1 "L is inf at step 1: log(x) is -inf at n = 31" masked --steps 400
sed -i 's/^31,1$/0,1/; s/^0,1$/31,1/' "$out/masked.csv"
check "masked elements are no reason to stop" masked --steps 20 --batch n=7
cat >"$out/update.sy" <<'SY'
real f64
dim f = 3
input k
param w[f] = 1
loss L = sum[f](w ^ 2) + sqrt(max(170 - k, 0) * (w[1] + 5))
minimize L with sgd(lr = 1e-3)
SY
check "a gradient" says 1 "went wrong in step 171" "$STEELYARD" train "$out/update.sy" k=step --steps 300
check "a gradient's loss" says 1 "L is nan at step 172" "$STEELYARD" train "$out/update.sy" k=step --steps 300
printf 'x,keep\n1,1\nnan,1\n' >"$out/masked.csv"
check "data" says 1 "x is nan at n = 1" masked --steps 3

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

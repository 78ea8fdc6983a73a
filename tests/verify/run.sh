#!/usr/bin/env bash
# `steelyard verify`: it holds for every program of examples/, on random data and on the example's own, for the losses of
# the library and for trainings; what it says, and how it is used wrongly. What it catches is tested in unit/test_verify.c.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=$(realpath "${BUILD:-build}")
. tests/suite.sh verify
STEELYARD=$(realpath "$STEELYARD")
export XDG_CACHE_HOME=$out/cache STEELYARD out
export OMP_WAIT_POLICY=passive # eight threads on fewer cores

# --- every program, two at a time: each leaves LOG and LOG.status ---
verify() { # log, file, NAME=VALUE...
    local log=$out/$1
    shift
    "$STEELYARD" verify "$@" >"$log" 2>&1 </dev/null
    echo $? >"$log.status"
}
verify_example() {
    local name
    name=$(basename "$1" .sy)
    verify "$name.random" "$1"
    # shellcheck disable=SC2046
    [ ! -d "examples/data/$name" ] || verify "$name.data" "$1" $(data_of "examples/data/$name")
}
export -f data_of verify verify_example
# the long one first
printf '%s\n' tests/verify/losses.sy tests/verify/two_rules.sy tests/training/network.sy examples/*.sy |
    xargs -P 2 -I FILE bash -c 'verify_example FILE'
verify messages.random tests/verify/messages.sy --seed 2 # was said to fail: gradients that are 0 but for rounding
for status in "$out"/*.status; do
    log=${status%.status}
    if [ "$(cat "$status")" = 0 ] && grep -qE '^all [0-9]+ checks hold$' "$log"; then
        pass
    else
        fail "verify $(basename "$log"): exit $(cat "$status")" "$(grep -vE '^(holds|-) ' "$log")"
    fi
done
count=$(find "$out" -name '*.random' | wc -l)
[ "$count" -ge 45 ] || fail "only $count programs were verified"

# --- what is in the lines: nothing holds because nothing was looked at ---
says() { # log, pattern
    if grep -qE -- "$2" "$out/$1"; then pass; else fail "verify $1 does not say $2" "$(cat "$out/$1")"; fi
}
says average.random '^average: random numbers \(seed 0\), n = [0-9]+$'
says average.data '^average: the data given, n = [0-9]+$'
says average.random '^holds  gradients by differences +[0-9]+ slopes, worst [0-9.e-]+ of its size: avg by '
says average.random '^holds  gradients by forward mode +2 directions'
says average.random '^holds  emitted C +[0-9]+ numbers as the reference has them'
says average.random '^holds  threads +equal bits on 1, 2, 3, 4 and 8 threads; also with n = 20011$'
says average.random '^holds  weight trust absent .* change nothing; taken away or of weight 0 is the same: avg'
says average.random '^holds  weight trust repeated .*avg'
says average.random '^holds  weight trust scaled .* nothing in avg, d_avg_values; as its power does, d_avg_trust'
says mask_mean.random '^holds  dead places +NaN and infinity change no bit in [0-9]+ of '
says masked_rows.random '^holds  dead places +NaN and infinity change no bit in [0-9]+ of '
says ctc.random '^holds  dead places +NaN and infinity change no bit in [0-9]+ of logp'
says gmm.random '^holds  dead places .* of l, which nothing reads'
says survival.random '^-      weight w absent .*not a law of this model'
says logistic.random '^holds  weight importance absent .*by_weight'
says newton.random '^holds  gradients by differences'
says lstm.random '^holds  gradients by differences'
says hmm.random '^holds  gradients by differences'
says two_rules.random '^holds  emitted C +8[0-9] numbers' # with the params and states of a step

# --- the example of the manual, but for its figures ---
plain() { sed -E 's/[0-9][0-9.e-]*/N/g; s/\[N\]/[N]/g'; }
if manual=$(diff <(sed -n '/^```text/,/^```/{/^```/d;p}' docs/verify.md | plain) <(plain <"$out/average.random")); then
    pass
else
    fail "docs/verify.md shows something else" "$manual"
fi

# --- how it is used ---
cd "$out" || exit 1
cat >ratio.sy <<'END'
dim n
dim m = n - 2
input x[n]
input i[m]: i64
weight w[n]
output y[m] = log(x[i]) * mean[n](x, weight = w)
END
expect "checked positions and logarithms" 0 '^all [0-9]+ checks hold' "$STEELYARD" verify ratio.sy
printf '0\n1\n2\n' >places.csv
expect "some data are given" 0 '^ratio: the data given, and random numbers \(seed 3\), n = 5$' \
    "$STEELYARD" verify ratio.sy i=places.csv:0 n=5 --seed 3
"$STEELYARD" verify ratio.sy --seed 7 >one 2>&1
"$STEELYARD" verify ratio.sy --seed 7 >two 2>&1
if cmp -s one two; then pass; else fail "a seed says it all" "$(diff one two)"; fi
expect "not a number" 1 'E0916' "$STEELYARD" verify ratio.sy n=many
expect "a size that leaves nothing" 1 'E0917' "$STEELYARD" verify ratio.sy n=1
expect "an unknown name" 1 'E0910' "$STEELYARD" verify ratio.sy z=1
expect "no NAME=VALUE" 2 'is no NAME=VALUE' "$STEELYARD" verify ratio.sy x
expect "a seed that is none" 2 '--seed takes a whole number' "$STEELYARD" verify ratio.sy --seed x
expect "an option of another command" 2 'usage: steelyard verify' "$STEELYARD" verify ratio.sy --steps 3
echo 'output y = x' >unknown.sy
expect "a program with errors" 1 'E0201' "$STEELYARD" verify unknown.sy
printf 'dim n\nweight w[n]\noutput y = sum[n](w)\n' >sum.sy
printf '1\n-2\n3\n' >negative.csv
expect "data that are refused" 1 'E0924' "$STEELYARD" verify sum.sy w=negative.csv:0
expect "what holds then" 1 'FAILS  emitted C +sum refuses its data' "$STEELYARD" verify sum.sy w=negative.csv:0
printf 'input k: i64\noutput y = k * 2\n' >whole.sy
expect "integers alone" 0 '^-      gradients by differences +no gradient to compare' "$STEELYARD" verify whole.sy

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

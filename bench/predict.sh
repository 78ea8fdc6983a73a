#!/usr/bin/env bash
# Predicted beside measured times, their ratio, that with memory as it is now, and what bounds the nest that takes longest:
# `steelyard explain --measure`.
#   bench/predict.sh [FILE SIZE=N ...]
# The machine is measured anew at first: what a neighbour leaves of it changes from hour to hour.
# THREADS=1 leaves out the times on several.
set -eu
cd "$(dirname "$0")/.."
steelyard=${STEELYARD:-build/steelyard}
"$steelyard" explain examples/average.sy --calibrate >/dev/null

row() { # file, sizes
    "$steelyard" explain "$@" --measure ${THREADS:+--threads "$THREADS"} | awk -v what="$(basename "$1" .sy) ${*:2}" '
        function seconds(time, unit) { return time * (unit == "s" ? 1 : unit == "ms" ? 1e-3 : unit == "us" ? 1e-6 : 1e-9) }
        /^  takes/ {
            text = $0
            sub(/;.*/, "", text)
            sub(/^  takes +/, "", text)
            split(text, part, /, bound by /)
            split(part[1], time, " ")
            if (seconds(time[1], time[2]) >= most) { most = seconds(time[1], time[2]); bound = part[2] }
        }
        /thread.*predicted/ {
            split($0, parts, /predicted |, measured |, ratio |; with memory as it is now /)
            if (!(5 in parts)) parts[6] = parts[4] # no memory to speak of
            printf "%-44s %-10s %12s %12s %7s %7s  %s\n", what, $1 " " ($1 == 1 ? "thread" : "threads"), parts[2], parts[3], parts[4],
                parts[6], $1 == 1 ? bound : ""
        }'
}
printf '%-44s %-10s %12s %12s %7s %7s\n' "" "" predicted measured ratio now
if [ $# -gt 0 ]; then
    row "$@"
    exit
fi
row examples/average.sy n=100000
row examples/average.sy n=1000000
row examples/average.sy n=20000000
row examples/masked_rows.sy n=4096 c=4096
row examples/channel_mix.sy y=1000 x=1000
row examples/gather_mean.sy b=4096 t=64 f=64 k=16
row examples/group_mean.sy n=1000000 g=1000
row examples/statistics.sy n=100000 c=20
row examples/running.sy t=1000000
row examples/returns.sy n=1000 t=1000
row examples/pooling.sy y=2000 x=2000
row examples/unlabelled.sy n=1000000
row examples/dropout.sy n=1000 f=1000
row examples/half_precision.sy n=1000000
# the rows of the board that bytes bound
row bench/programs/weighted_mean.sy n=10000
row bench/programs/weighted_mean.sy n=1000000
row bench/programs/weighted_mean.sy n=100000000
row bench/programs/row_means.sy n=4096 c=4096
row bench/programs/softmax.sy n=4096 c=1000
row bench/programs/cross_entropy.sy n=4096 c=1000
row bench/programs/cross_entropy.sy n=512 c=32000
row bench/programs/binary.sy n=10000000
row bench/programs/layer_norm.sy n=4096 c=1024
row bench/programs/gather_mean.sy b=4096 t=512 f=64 k=16
row bench/programs/group_mean.sy n=10000000 g=100000
row bench/programs/graph_attention.sy n=200000 e=5000000
row bench/programs/moving_average.sy t=10000000
row bench/programs/logistic_hessian.sy n=100000 f=100
# products, which arithmetic bounds
row bench/programs/dense.sy n=1024 f=1024 o=1024
row bench/programs/attention.sy h=8 t=1024
row bench/programs/convolution.sy n=8 c=32 h=28 w=28 o=64

#!/usr/bin/env bash
# How long programs of the board take when gcc compiles them, beside clang: `steelyard explain --measure`, one thread.
#   bench/compilers.sh [FILE SIZE=N ...]
set -eu
cd "$(dirname "$0")/.."
steelyard=${STEELYARD:-build/steelyard}

milliseconds() { # compiler, file, sizes
    "$steelyard" explain "${@:2}" --measure --threads 1 --cc "$1" --json |
        python3 -c 'import json, sys; print("%.4g" % (1e3 * json.load(sys.stdin)["times"][0]["measured"]))'
}
row() { # file, sizes
    local clang gcc
    clang=$(milliseconds clang "$@")
    gcc=$(milliseconds gcc "$@")
    printf '%-44s %9s ms %9s ms %6s\n' "$(basename "$1" .sy) ${*:2}" "$clang" "$gcc" \
        "$(awk -v gcc="$gcc" -v clang="$clang" 'BEGIN { printf "%.2f", gcc / clang }')"
}
printf '%-44s %12s %12s %6s\n' "" clang gcc ratio
if [ $# -gt 0 ]; then
    row "$@"
    exit
fi
row bench/programs/weighted_mean.sy n=1000000
row bench/programs/row_means.sy n=4096 c=4096
row bench/programs/softmax.sy n=4096 c=1000
row bench/programs/cross_entropy.sy n=4096 c=1000
row bench/programs/binary.sy n=1000000
row bench/programs/layer_norm.sy n=4096 c=1024
row bench/programs/attention.sy h=8 t=1024
row bench/programs/causal_attention.sy h=8 t=1024
row bench/programs/masked_attention.sy b=4 h=8 t=512
row bench/programs/dense.sy
row bench/programs/network.sy
row bench/programs/gather_mean.sy b=4096 t=512 f=64 k=16
row bench/programs/group_mean.sy n=1000000 g=10000
row bench/programs/graph_attention.sy n=20000 e=500000
row bench/programs/gmm.sy n=1000 i=10 k=25
row bench/programs/gmm.sy n=1000 i=64 k=25
row bench/programs/lstm.sy t=40 layer=2 b=14
row bench/programs/kmeans.sy n=10000 k=100 d=16
row bench/programs/moving_average.sy t=1000000
row bench/programs/kernel_mean.sy n=4096 m=4096 d=64
row bench/programs/logistic_hessian.sy n=100000 f=100
row bench/programs/feed_forward.sy n=1024 f=256 h=1024
row bench/programs/batch_norm.sy n=4096 c=256
row bench/programs/convolution.sy n=8 c=32 h=28 w=28 o=64
row bench/programs/heads.sy b=4 t=512 h=8
row bench/programs/distances.sy n=4096 m=4096 d=64
row examples/masked_rows.sy n=4096 c=4096
row examples/statistics.sy n=100000 c=20
row examples/half_precision.sy n=1000000
row examples/dropout.sy n=1000 f=1000
row examples/returns.sy n=1000 t=1000
row examples/pooling.sy y=2000 x=2000

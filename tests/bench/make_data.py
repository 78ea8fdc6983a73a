"""Makes tests/bench/data: each program of the benchmark on small sizes, with results in float64 by PyTorch or SciPy.

Run it in the benchmark's environment, from the root of the repository: build/bench/venv/bin/python tests/bench/make_data.py"""

import dataclasses
import os
import sys
from functools import partial

import numpy

sys.path.insert(0, "bench")

import board  # noqa: E402
from peers import torch_peer  # noqa: E402
from rows import graphs  # noqa: E402

SMALL = {
    "weighted_mean": {"n": 50}, "row_means": {"n": 5, "c": 37}, "binary": {"n": 70}, "layer_norm": {"n": 6, "c": 35},
    "softmax": {"n": 4, "c": 33}, "cross_entropy": {"n": 19, "c": 7}, "dense": {"n": 5, "f": 33, "o": 11},
    "attention": {"h": 2, "t": 9, "s": 9, "d": 64}, "causal_attention": {"h": 2, "t": 9, "s": 9, "d": 64},
    "masked_attention": {"b": 2, "h": 2, "t": 8, "s": 8, "d": 64}, "dense_64_20": {"n": 3, "f": 64, "o": 20},
    "dense_5_10": {"n": 9, "f": 5, "o": 10}, "gather_mean": {"b": 3, "t": 6, "f": 5, "k": 4},
    "group_mean": {"n": 60, "g": 5}, "graph_attention": {"n": 7, "e": 40, "o": 8},
    "gmm": {"n": 11, "k": 3, "i": 4, "j": 4, "h": 4, "p": 6},
    "lstm": {"t": 6, "layer": 2, "b": 5, "part": 2, "gate": 4, "row": 3}, "kmeans": {"n": 40, "k": 5, "d": 3},
    "moving_average": {"t": 700, "s": 700}, "kernel_mean": {"n": 9, "n2": 9, "m": 8, "m2": 8, "d": 4},
    "logistic_hessian": {"n": 30, "f": 6},
}
RESULTS = {
    "weighted_mean": ("avg", "d_values", "d_trust"), "row_means": ("avg",), "binary": ("L", "d_z"),
    "layer_norm": ("y", "d_x", "d_gain", "d_bias"), "cross_entropy": ("L", "d_z"), "dense": ("y",),
    "dense_64_20": ("y",), "dense_5_10": ("y",), "gather_mean": ("avg", "d_data"),
    "group_mean": ("average", "d_x", "d_w"), "graph_attention": ("y",),
    "gmm": ("f", "d_alphas", "d_means", "d_q", "d_l"), "lstm": ("f", "d_main", "d_extra"),
    "kmeans": ("cost", "d_centre"), "kernel_mean": ("discrepancy",),
    "softmax": {"shares": ("p",), "logarithms": ("logp",)}, "logistic_hessian": {"product": ("along",)},
    "moving_average": {"average": ("smooth",), "running": ("total",)},
    "attention": {"": ("y", "d_q", "d_k", "d_v")}, "causal_attention": {"": ("y", "d_q", "d_k", "d_v")},
    "masked_attention": {"": ("y", "d_q", "d_k", "d_v")},
}


def make(row, names):
    sizes = SMALL[row.program]
    row = dataclasses.replace(row, sizes=sizes)
    if row.program == "group_mean":
        row = dataclasses.replace(row, torch=partial(graphs.group_torch, groups=sizes["g"]))
    data = row.data(numpy.random.default_rng(3), sizes)
    whole = partial(numpy.asarray, dtype=numpy.float64)
    results = row.reference(whole, **data) if row.reference else torch_peer.reference(row, data)
    folder = f"tests/bench/data/{row.program}"
    os.makedirs(folder, exist_ok=True)
    scalars = {name: value for name, value in data.items() if not hasattr(value, "dtype")}
    for name, value in data.items():
        if name not in scalars:
            numpy.save(f"{folder}/{name}.npy", value)
    if scalars:
        with open(f"{folder}/arguments", "w") as file:
            file.write(" ".join(f"{name}={value}" for name, value in scalars.items()) + "\n")
    for name, value in zip(names, results, strict=True):
        numpy.save(f"{folder}/expected_{name}.npy", value)


def main():
    made = set()
    for row in board.every():
        names = RESULTS.get(row.program, {})
        names = names.get(row.entry) if isinstance(names, dict) else names
        if names and (row.program, row.entry) not in made:
            made.add((row.program, row.entry))
            make(row, names)


main()

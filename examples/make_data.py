#!/usr/bin/env python3
"""Makes examples/data: for every example, small inputs and the results it must have.

The results are computed here with NumPy in float64, from the inputs as stored, without any help of the compiler, and in
the most literal way (loops over pairs, masks and groups). Tests only read the files; this script needs NumPy and is run
by hand when an example is added: python3 examples/make_data.py [NAME ...]

data/NAME/INPUT.npy          what is passed to `steelyard run`
data/NAME/arguments          scalars that are passed too: NAME=VALUE, blank between them
data/NAME/expected_OUT.npy   float64, or the integers and bools themselves
"""
import os
import shutil
import sys

import numpy as np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def f32(array):
    return np.asarray(array, dtype=np.float32)


def wide(inputs):
    """The inputs as float64, integers and bools as they are."""
    return {k: (v.astype(np.float64) if v.dtype.kind == "f" else v) for k, v in inputs.items()}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z, axis):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def logsumexp(z, axis):
    m = z.max(axis=axis, keepdims=True)
    return np.squeeze(m, axis) + np.log(np.exp(z - m).sum(axis=axis))


def bce(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


# --- averages ---


@case
def average(r):
    x = {"values": f32(r.normal(size=50)), "trust": f32(r.uniform(size=50))}
    v = wide(x)
    return x, {"avg": (v["trust"] * v["values"]).sum() / v["trust"].sum()}


@case
def reliability(r):
    known = r.uniform(size=40) < 0.7
    x = {"values": f32(r.normal(size=40)), "trust": f32(r.uniform(size=40)), "known": known}
    x["values"][~known] = np.nan
    v = wide(x)
    w = np.where(known, v["trust"], 0)
    avg = (w[known] * v["values"][known]).sum() / w.sum()
    return x, {"avg": avg, "d_values": w / w.sum(),
               "d_trust": np.where(known, (np.nan_to_num(v["values"]) - avg) / w.sum(), 0)}


@case
def newton(r):
    x = {"x": f32(r.normal(size=(30, 4))), "y": f32(r.integers(0, 2, size=30)),
         "count_of": f32(r.integers(0, 4, size=30)), "w": f32(r.normal(size=4)), "direction": f32(r.normal(size=4))}
    v = wide(x)
    p = sigmoid(v["x"] @ v["w"])
    share = v["count_of"] / v["count_of"].sum()
    z = v["x"] @ v["w"]
    hessian = (v["x"].T * (share * p * (1 - p))) @ v["x"]
    return x, {"L": (share * bce(z, v["y"])).sum(), "slope": v["x"].T @ (share * (p - v["y"])), "hessian": hessian,
               "along": hessian @ v["direction"]}


@case
def masked_rows(r):
    known = r.uniform(size=(9, 13)) < 0.6
    known[4] = False  # a row in which nothing is left
    known[5] = True
    x = f32(r.normal(size=(9, 13)))
    x[~known] = np.nan
    v = x.astype(np.float64)
    rows = [v[i][known[i]] for i in range(9)]
    each = lambda f: np.array([f(row) if len(row) else 0.0 for row in rows])
    return {"x": x, "known": known}, {
        "average": each(np.mean), "spread": each(np.std), "largest": each(np.max),
        "cells": known.sum(1), "complete": known.all(1)}


@case
def softmax_weights(r):
    x = {"values": f32(r.normal(size=(4, 5, 7))), "logits": f32(30 * r.normal(size=(4, 5, 7)))}
    v = wide(x)
    y = (v["values"] * softmax(v["logits"], 1)).sum(1)
    return x, {"avg": y, "spelled": y}


@case
def statistics(r):
    x = {"x": f32(2 + r.normal(size=(40, 5))), "w": f32(r.integers(0, 4, size=40))}
    v = wide(x)
    w, t = v["w"][:, None], v["w"].sum()
    mean = (w * v["x"]).sum(0) / t
    square = (w * (v["x"] - mean) ** 2).sum(0)
    return x, {
        "average": mean, "variance": square / t, "unbiased": square / (t - 1), "spread": np.sqrt(square / t),
        "length": np.sqrt((w * v["x"] ** 2).sum(0)),
        "skewness": (w * ((v["x"] - mean) / np.sqrt(square / t)) ** 3).sum(0) / t,
        "lowest": v["x"].min(0), "highest": v["x"].max(0), "where_highest": v["x"].argmax(0)}


@case
def half_precision(r):
    x = r.normal(size=(30, 8)).astype(np.float16)
    bits = (f32(r.uniform(0.5, 2, size=8)).view(np.uint32) & 0xFFFF0000).astype(np.uint32)
    scale = bits.view(np.float32)  # exactly what bf16 can hold
    w = f32(r.uniform(size=30))
    v = x.astype(np.float64) * scale.astype(np.float64)
    mean = (w.astype(np.float64)[:, None] * v).sum(0) / w.astype(np.float64).sum()
    # to bf16: round to nearest, ties to even, from the f32 product
    product = (x.astype(np.float32) * scale).view(np.uint32).astype(np.uint64)
    rounded = ((product + 0x7FFF + ((product >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)
    return {"x": x, "scale": scale, "w": w}, {
        "average": mean.astype(np.float16).astype(np.float64), "exact": mean, "rounded": rounded.astype(np.float64)}


@case
def inequality(r):
    x = {"income": f32(r.lognormal(size=25)), "w": f32(r.uniform(0.5, 2, size=25))}
    v = wide(x)
    a, w = v["income"], v["w"]
    pairs = w[:, None] * w[None, :]
    apart = (pairs * np.abs(a[:, None] - a[None, :])).sum() / pairs.sum()
    order = np.argsort(a)
    below = np.cumsum(w[order])
    quantile = a[order][np.argmax(below >= 0.5 * w.sum())]
    rank = np.empty(25, dtype=np.int64)
    rank[order] = np.arange(25)
    x["level"] = 0.5
    return x, {"gini": apart / (2 * (w * a).sum() / w.sum()), "rank": rank, "quantile": quantile}


@case
def running(r):
    x = {"x": f32(r.normal(size=37)), "w": f32(r.uniform(size=37))}
    v = wide(x)
    total = np.cumsum(v["x"])
    return x, {
        "total": total, "average": np.cumsum(v["w"] * v["x"]) / np.cumsum(v["w"]),
        "highest": np.maximum.accumulate(v["x"]), "left": np.array([v["x"][i + 1:].sum() for i in range(37)])}


@case
def group_mean(r):
    x = {"x": f32(r.normal(size=60)), "w": f32(r.uniform(size=60)), "group": r.choice([0, 1, 2, 3, 5, 6], size=60)}
    v = wide(x)
    size = np.array([(v["group"] == g).sum() for g in range(7)])
    average = np.zeros(7)
    largest = np.full(7, -np.inf)
    for g in range(7):
        m = v["group"] == g
        if m.any():
            average[g] = (v["w"][m] * v["x"][m]).sum() / v["w"][m].sum()
            largest[g] = v["x"][m].max()
    return dict(x, g=7), {
        "average": average, "size": size, "largest": largest, "apart": v["x"] - average[v["group"]]}


@case
def kernel_regression(r):
    x = {"x": f32(np.sort(r.uniform(0, 10, size=40))), "y": f32(r.normal(size=40)),
         "trust": f32(r.uniform(size=40)), "place": f32(np.append(np.linspace(0, 10, 11), [500.0]))}
    v = wide(x)
    width = 0.75
    near = -0.5 * ((v["place"][:, None] - v["x"]) / width) ** 2
    e = v["trust"] * np.exp(near - near.max(1, keepdims=True))
    return dict(x, width=width), {
        "curve": (e * v["y"]).sum(1) / e.sum(1), "points": (v["trust"] * np.exp(near)).sum(1)}


# --- mixes, losses, layers ---


@case
def channel_mix(r):
    x = {k: f32(r.uniform(size=(3, 6, 5))) for k in ("front", "back", "wanted")}
    x["pre"] = f32(r.normal(size=3))
    v = wide(x)
    w = sigmoid(v["pre"])[:, None, None]
    y = w * v["front"] + (1 - w) * v["back"]
    return x, {"result": y, "L": ((y - v["wanted"]) ** 2).mean()}


@case
def simplex_mix(r):
    x = {"image": f32(r.uniform(size=(4, 6, 5))), "wanted": f32(r.uniform(size=(6, 5))), "pre": f32(r.normal(size=4))}
    v = wide(x)
    s = softmax(v["pre"], 0)
    y = np.einsum("k,kyx->yx", s, v["image"]) + 0.125
    return dict(x, bias=0.125), {"shares": s, "result": y, "L": ((y - v["wanted"]) ** 2).mean()}


@case
def logistic(r):
    x = {"x": f32(r.normal(size=(30, 4))), "target": f32(r.integers(0, 2, size=30)),
         "importance": f32(r.uniform(size=30)), "w": f32(r.normal(size=4))}
    v = wide(x)
    z = v["x"] @ v["w"] - 0.25
    t = bce(z, v["target"])
    w = v["importance"]
    return dict(x, b=-0.25), {
        "by_count": (t * w).mean(), "by_weight": (t * w).sum() / w.sum(), "probability": sigmoid(z)}


@case
def training(r):
    x = {"x": f32(r.normal(size=(25, 5))), "target": f32(r.normal(size=25)), "w": f32(r.normal(size=(5, 8))),
         "b": f32(r.normal(size=8)), "v": f32(r.normal(size=8))}
    v = wide(x)
    prediction = np.maximum(v["x"] @ v["w"] + v["b"], 0) @ v["v"]
    miss = np.abs(prediction - v["target"])
    terms = np.where(miss <= 1, miss ** 2 / 2, miss - 0.5)
    return dict(x, rate=0.01), {"prediction": prediction, "L": terms.mean()}


@case
def class_weights(r):
    x = {"x": f32(r.normal(size=(30, 4))), "target": r.integers(0, 3, size=30), "class_weight": f32([0.5, 2, 3]),
         "w": f32(r.normal(size=(4, 3))), "b": f32(r.normal(size=3))}
    v = wide(x)
    z = v["x"] @ v["w"] + v["b"]
    terms = logsumexp(z, 1) - z[np.arange(30), v["target"]]
    w = v["class_weight"][v["target"]]
    return x, {"L": (w * terms).sum() / w.sum(), "predicted": z.argmax(1)}


@case
def feature_weights(r):
    x = {"x": f32(r.normal(size=(20, 7))), "target": f32(r.normal(size=(20, 5))), "feature_weight": f32(r.uniform(size=10)),
         "w1": f32(r.normal(size=(7, 10))), "b1": f32(r.normal(size=10)),
         "w2": f32(r.normal(size=(10, 5))), "b2": f32(r.normal(size=5))}
    v = wide(x)
    hidden = np.maximum((v["x"] @ v["w1"] + v["b1"]) * v["feature_weight"], 0)
    y = hidden @ v["w2"] + v["b2"]
    return x, {"L": ((y - v["target"]) ** 2).mean(), "y": y}


@case
def unlabelled(r):
    x = {"logits": f32(r.normal(size=(25, 4))), "label": r.integers(0, 4, size=25), "class_weight": f32(r.uniform(size=4))}
    x["label"][r.uniform(size=25) < 0.3] = -100
    v = wide(x)
    has = v["label"] >= 0
    z, l = v["logits"][has], v["label"][has]
    w = v["class_weight"][l]
    terms = logsumexp(z, 1) - z[np.arange(len(l)), l]
    guess = v["logits"].argmax(1)
    return x, {"L": (w * terms).sum() / w.sum(), "accuracy": (guess[has] == l).mean(), "labelled": has.sum(),
               "predicted": guess}


@case
def layer_norm(r):
    x = {"x": f32(r.normal(size=(5, 3, 6))), "gain": f32(r.uniform(size=6)), "bias": f32(r.normal(size=6))}
    v = wide(x)
    a = v["x"]
    each = (a - a.mean(2, keepdims=True)) / np.sqrt(a.var(2, keepdims=True) + 1e-5) * v["gain"] + v["bias"]
    both = (a - a.mean((1, 2), keepdims=True)) / np.sqrt(a.var((1, 2), keepdims=True) + 1e-3)
    return x, {"each": each, "both": both}


@case
def entries(r):
    x = {"x": f32(r.normal(size=(12, 4))), "target": f32(r.normal(size=12)), "w": f32(r.normal(size=4))}
    v = wide(x)
    y = v["x"] @ v["w"] + 0.5
    e = y - v["target"]
    return dict(x, b=0.5), {"prediction": y, "mse": (e ** 2).mean(), "mae": np.abs(e).mean(), "bias": e.mean()}


@case
def dropout(r):
    x = {"x": f32(r.normal(size=(6, 8)))}
    key = 20260714
    mask = (1 << 64) - 1

    def scramble(z):
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        return z ^ (z >> 31)

    def mix(state, index):
        return scramble((state + (index + 1) * 0x9E3779B97F4A7C15) & mask)

    start = mix(0x243F6A8885A308D3, key)
    drawn = np.array([[(mix(mix(start, i), j) >> 40) / 2 ** 24 for j in range(8)] for i in range(6)])
    rate = 0.375
    return dict(x, key=key, rate=rate), {
        "drawn": drawn, "y": np.where(drawn < rate, 0, x["x"].astype(np.float64) / (1 - rate))}


@case
def convolution(r):
    x = {"x": f32(r.normal(size=(2, 2, 12))), "back": f32([3, 2, 1]), "w": f32(r.normal(size=(4, 2, 3))),
         "bias": f32(r.normal(size=4))}
    v = wide(x)
    y = np.zeros((2, 4, 10))
    smooth = np.zeros((2, 2, 12))
    for o in range(10):
        y[:, :, o] = np.einsum("bck,fck->bf", v["x"][:, :, o:o + 3], v["w"]) + v["bias"]
    for t in range(12):
        near = [k for k in range(3) if k <= t]
        w = sum(v["back"][k] for k in near)
        smooth[:, :, t] = sum(v["back"][k] * v["x"][:, :, t - k] for k in near) / w
    return x, {"y": np.maximum(y, 0), "smooth": smooth}


@case
def pooling(r):
    x = {"image": f32(r.normal(size=(7, 10)))}
    blocks = x["image"].astype(np.float64)[:6].reshape(3, 2, 5, 2)
    return x, {"average": blocks.mean((1, 3)), "largest": blocks.max((1, 3)), "sampled": blocks[:, 0, :, 0]}


@case
def experts(r):
    x = {"x": f32(r.normal(size=(11, 5))), "gate": f32(r.normal(size=(5, 4))), "w": f32(r.normal(size=(4, 5, 3)))}
    v = wide(x)
    score = v["x"] @ v["gate"]
    y = np.zeros((11, 3))
    load = np.zeros(4)
    for n in range(11):
        top = np.argsort(-score[n])[:2]
        w = softmax(score[n][top], 0)
        y[n] = sum(w[i] * (v["x"][n] @ v["w"][e]) for i, e in enumerate(top))
        load[top] += 1 / 11
    return x, {"y": y, "load": load}


# --- gathers, graphs, attention ---


@case
def gather_mean(r):
    x = {"data": f32(r.normal(size=(3, 8, 4))), "idx": r.integers(0, 8, size=(3, 6))}
    x["idx"][1, :3] = 2  # chosen more than once
    v = wide(x)
    return x, {"avg": np.stack([v["data"][b, v["idx"][b]].mean(0) for b in range(3)])}


@case
def mask_mean(r):
    x, _ = gather_mean(r)
    v = wide(x)
    return x, {"avg": np.stack([v["data"][b, sorted(set(v["idx"][b]))].mean(0) for b in range(3)])}


@case
def onehot_mean(r):
    x, expected = mask_mean(r)
    code = np.zeros((3, 8), dtype=np.int64)
    for b in range(3):
        code[b, x["idx"][b]] = 1
    return x, dict(expected, code=code)


@case
def embedding_bag(r):
    x = {"word": r.integers(0, 9, size=(5, 6)), "table": f32(r.normal(size=(9, 3))), "common": f32(r.uniform(size=9))}
    for b in range(5):
        x["word"][b, b + 2:] = -1
    x["word"][4] = -1  # a text without words
    v = wide(x)
    bag = np.zeros((5, 3))
    for b in range(5):
        w = [i for i in v["word"][b] if i >= 0]
        if w:
            bag[b] = sum(v["common"][i] * v["table"][i] for i in w) / sum(v["common"][i] for i in w)
    return x, {"bag": bag, "words": (v["word"] >= 0).sum(1),
               "used": np.array([(v["word"] == i).sum() for i in range(9)])}


@case
def attention(r):
    x = {k: f32(2 * r.normal(size=(3, 2, 9, 4))) for k in "qkv"}
    x["length"] = np.array([9, 4, 0])
    v = wide(x)
    y = np.zeros((3, 2, 9, 4))
    for b in range(3):
        for h in range(2):
            slope = 2.0 ** (-8 * (h + 1) / 2)
            for t in range(9):
                s = [s for s in range(9) if s <= t and s < x["length"][b]]
                if s:
                    score = v["k"][b, h, s] @ v["q"][b, h, t] / 2 - slope * (t - np.array(s))
                    y[b, h, t] = softmax(score, 0) @ v["v"][b, h, s]
    return x, {"y": y}


@case
def attention_gradient(r):
    x = {k: f32(r.normal(size=(2, 11, 8))) for k in ["q", "k", "v", "dy"]}
    v = wide(x)
    out = {k: np.zeros((2, 11, 8)) for k in ["y", "d_q", "d_k", "d_v"]}
    for h in range(2):
        for t in range(11):
            k, values, q, dy = v["k"][h, :t + 1], v["v"][h, :t + 1], v["q"][h, t], v["dy"][h, t]
            p = softmax(k @ q / np.sqrt(8), 0)
            out["y"][h, t] = p @ values
            d_p = values @ dy
            d_score = p * (d_p - p @ d_p) / np.sqrt(8)
            out["d_q"][h, t] = d_score @ k
            out["d_k"][h, :t + 1] += np.outer(d_score, q)
            out["d_v"][h, :t + 1] += np.outer(p, dy)
    return x, out


@case
def graph_attention(r):
    x = {"x": f32(r.normal(size=(7, 4))), "source": r.integers(0, 7, size=20), "target": r.integers(0, 6, size=20),
         "w": f32(r.normal(size=(4, 3))), "a_source": f32(r.normal(size=3)), "a_target": f32(r.normal(size=3))}
    v = wide(x)
    z = v["x"] @ v["w"]
    raw = (z @ v["a_source"])[v["source"]] + (z @ v["a_target"])[v["target"]]
    score = np.where(raw > 0, raw, 0.2 * raw)
    y, share = np.zeros((7, 3)), np.zeros(20)
    for n in range(7):
        edges = np.flatnonzero(v["target"] == n)
        if len(edges):
            share[edges] = softmax(score[edges], 0)
            y[n] = share[edges] @ z[v["source"][edges]]
    return x, {"y": y, "share": share}


# --- pairs, clusters, ranks ---


@case
def mmd(r):
    x = {"x": f32(r.normal(size=(14, 3))), "y": f32(0.5 + r.normal(size=(11, 3))),
         "wx": f32(r.uniform(size=14)), "wy": f32(r.uniform(size=11))}
    v = wide(x)

    def term(a, b, wa, wb):
        k = np.exp(-((a[:, None] - b[None]) ** 2).sum(2) / (2 * 1.5 ** 2))
        return (wa[:, None] * wb * k).sum() / (wa[:, None] * wb).sum()

    d = (term(v["x"], v["x"], v["wx"], v["wx"]) + term(v["y"], v["y"], v["wy"], v["wy"])
         - 2 * term(v["x"], v["y"], v["wx"], v["wy"]))
    return dict(x, width=1.5), {"discrepancy": d}


@case
def kmeans(r):
    x = {"x": f32(r.normal(size=(40, 2))), "centre": f32([[-1, 0], [1, 0], [0, 1], [50, 50]]), "w": f32(r.uniform(size=40))}
    v = wide(x)
    d = ((v["x"][:, None] - v["centre"]) ** 2).sum(2)
    label = d.argmin(1)
    moved = v["centre"].copy()
    for k in range(4):
        m = label == k
        if m.any():
            moved[k] = (v["w"][m, None] * v["x"][m]).sum(0) / v["w"][m].sum()
    return x, {"inertia": (v["w"] * d.min(1)).sum(), "label": label, "moved": moved}


@case
def gmm(r):
    x = {"x": r.normal(size=(20, 3)), "alpha": r.normal(size=4), "mu": r.normal(size=(4, 3)),
         "q": 0.3 * r.normal(size=(4, 3)), "l": r.normal(size=(4, 3, 3))}
    logp = np.zeros((20, 4))
    shares = x["alpha"] - logsumexp(x["alpha"], 0)
    for k in range(4):
        lower = np.tril(x["l"][k], -1) + np.diag(np.exp(x["q"][k]))
        z = (x["x"] - x["mu"][k]) @ lower.T
        logp[:, k] = shares[k] + x["q"][k].sum() - 0.5 * (z ** 2).sum(1) - 1.5 * np.log(2 * np.pi)
    return x, {"likelihood": logsumexp(logp, 1).sum(), "member": softmax(logp, 1)}


@case
def survival(r):
    x = {"x": f32(r.normal(size=(25, 3))), "time": f32(r.integers(1, 15, size=25)), "event": r.uniform(size=25) < 0.7,
         "w": f32(r.uniform(size=25)), "beta": f32(r.normal(size=3))}
    v = wide(x)
    risk = v["x"] @ v["beta"]
    total, good, pairs = 0.0, 0.0, 0
    for n in np.flatnonzero(v["event"]):
        total -= v["w"][n] * (risk[n] - logsumexp(risk[v["time"] >= v["time"][n]], 0))
        for m in range(25):
            if v["time"][n] < v["time"][m]:
                pairs += 1
                good += 1.0 if risk[n] > risk[m] else 0.5 if risk[n] == risk[m] else 0.0
    return x, {"L": total, "concordance": good / pairs}


@case
def ranking(r):
    x = {"score": f32(r.normal(size=(4, 6))), "relevance": f32(r.integers(0, 4, size=(4, 6))),
         "real": np.arange(6) < np.array([[6], [3], [1], [5]])}
    v = wide(x)
    ndcg, listnet = [], []
    for q in range(4):
        s, g = v["score"][q][v["real"][q]], v["relevance"][q][v["real"][q]]
        discount = np.log(2) / np.log(np.arange(len(s)) + 2)
        ideal = (2 ** np.sort(g)[::-1] - 1) @ discount
        found = (2 ** g[np.argsort(-s)] - 1) @ discount
        if ideal > 0:
            ndcg.append(found / ideal)
        listnet.append(-(softmax(g, 0) * (s - logsumexp(s, 0))).sum())
    return x, {"ndcg": np.mean(ndcg), "listnet": np.mean(listnet)}


@case
def contrastive(r):
    x = {"a": f32(r.normal(size=(9, 5)))}
    x["b"] = f32(x["a"] + 0.7 * r.normal(size=(9, 5)))
    v = wide(x)
    unit = lambda a: a / np.sqrt((a ** 2).sum(1, keepdims=True))
    s = unit(v["a"]) @ unit(v["b"]).T / 0.25
    i = np.arange(9)
    return dict(x, temperature=0.25), {
        "forth": (logsumexp(s, 1) - s[i, i]).mean(), "back": (logsumexp(s, 0) - s[i, i]).mean(),
        "found": (s.argmax(1) == i).mean()}


@case
def calibration(r):
    p = f32(np.append(r.uniform(size=58), [0.0, 1.0]))
    x = {"p": p, "happened": r.uniform(size=60) < p}
    v = wide(x)
    at = np.clip(np.floor((p * np.float32(10)).astype(np.float64)).astype(int), 0, 9)
    size, gap = np.zeros(10, dtype=np.int64), np.zeros(10)
    for b in range(10):
        m = at == b
        size[b] = m.sum()
        if m.any():
            gap[b] = v["happened"][m].mean() - v["p"][m].mean()
    return x, {"size": size, "gap": gap, "error": (size * np.abs(gap)).sum() / 60,
               "brier": ((v["p"] - v["happened"]) ** 2).mean()}


# --- recurrences ---


def ema(x, share):
    y = x.copy()
    for t in range(1, x.shape[1]):
        y[:, t] = share * x[:, t] + (1 - share) * y[:, t - 1]
    return y


@case
def smoothing(r):
    x = {"x": f32(r.normal(size=(5, 60)).cumsum(axis=1))}
    v = wide(x)["x"]
    quick = ema(v, 0.5)
    gap = quick - ema(v, 0.125)
    return dict(x, fast=0.5, slow=0.125), {"quick": quick, "crossings": (gap[:, 1:] * gap[:, :-1] < 0).sum(1)}


@case
def returns(r):
    x = {"reward": f32(r.normal(size=(4, 30))), "value": f32(r.normal(size=(4, 30))), "after": f32(r.normal(size=4)),
         "ends": r.uniform(size=(4, 30)) < 0.1}
    v = wide(x)
    gain, advantage = np.zeros((4, 31)), np.zeros((4, 31))
    value = np.concatenate([v["value"], v["after"][:, None]], axis=1)
    gain[:, 30] = v["after"]
    for t in range(29, -1, -1):
        goes_on = np.where(v["ends"][:, t], 0, 0.96875)
        gain[:, t] = v["reward"][:, t] + goes_on * gain[:, t + 1]
        surprise = v["reward"][:, t] + goes_on * value[:, t + 1] - value[:, t]
        advantage[:, t] = surprise + goes_on * 0.9375 * advantage[:, t + 1]
    return dict(x, discount=0.96875, decay=0.9375), {"returned": gain[:, :30], "advantages": advantage[:, :30]}


@case
def lstm(r):
    n, t, f, u = 3, 12, 5, 7
    x = {"x": f32(r.normal(size=(n, t, f))), "w": f32(0.5 * r.normal(size=(4, f, u))),
         "r": f32(0.3 * r.normal(size=(4, u, u))), "b": f32(r.normal(size=(4, u)))}
    v = wide(x)
    h, c, states = np.zeros((n, u)), np.zeros((n, u)), np.zeros((n, t, u))
    for i in range(t):
        g = [v["x"][:, i] @ v["w"][k] + h @ v["r"][k] + v["b"][k] for k in range(4)]
        c = sigmoid(g[1]) * c + sigmoid(g[0]) * np.tanh(g[2])
        h = sigmoid(g[3]) * np.tanh(c)
        states[:, i] = h
    return x, {"states": states, "last": c}


@case
def edit_distance(r):
    a = r.integers(0, 4, size=23).astype(np.int32)
    b = r.integers(0, 4, size=19).astype(np.int32)
    d = np.zeros((24, 20), dtype=np.int32)
    for i in range(24):
        for j in range(20):
            d[i, j] = i + j if i == 0 or j == 0 else min(
                d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
    return {"a": a, "b": b}, {"distance": d[23, 19]}


def log_normal(z, axis):
    return f32(z - np.expand_dims(logsumexp(z, axis), axis))


@case
def viterbi(r):
    t, s = 20, 5
    x = {"start": log_normal(r.normal(size=s), 0), "move": log_normal(2 * r.normal(size=(s, s)), 1),
         "seen": f32(r.normal(size=(t, s)))}
    v = wide(x)
    best, origin = v["start"] + v["seen"][0], []
    for i in range(1, t):
        ways = best[:, None] + v["move"]
        origin.append(ways.argmax(0))
        best = ways.max(0) + v["seen"][i]
    path = [best.argmax()]
    for o in reversed(origin):
        path.append(o[path[-1]])
    return x, {"states": np.array(path[::-1], dtype=np.int64), "score": best.max()}


@case
def hmm(r):
    n, t, s = 3, 15, 4
    x = {"start": log_normal(r.normal(size=s), 0), "move": log_normal(r.normal(size=(s, s)), 1),
         "seen": f32(2 * r.normal(size=(n, t, s)))}
    v = wide(x)
    a, b = np.zeros((n, t, s)), np.zeros((n, t, s))
    a[:, 0] = v["start"] + v["seen"][:, 0]
    for i in range(1, t):
        a[:, i] = v["seen"][:, i] + logsumexp(a[:, i - 1, :, None] + v["move"], 1)
    for i in range(t - 2, -1, -1):
        b[:, i] = logsumexp(v["move"] + (b[:, i + 1] + v["seen"][:, i + 1])[:, None, :], 2)
    each = logsumexp(a[:, -1], 1)
    pairs = (a[:, :-1, :, None] + v["move"] + (b[:, 1:] + v["seen"][:, 1:])[:, :, None, :]
             - each[:, None, None, None])
    return x, {"total": each.sum(), "each": each, "posterior": np.exp(a + b - each[:, None, None]),
               "moves": np.exp(pairs).sum((0, 1))}


def paths_of_label(logp, label):
    """The probability of a label, by adding those of all alignments; its share that passes each (frame, class)."""
    t, c = logp.shape
    total, passing = 0.0, np.zeros((t, c))
    for way in np.ndindex(*[c] * t):
        merged = [a for i, a in enumerate(way) if a != 0 and (i == 0 or way[i - 1] != a)]
        if merged != list(label):
            continue
        p = np.exp(sum(logp[i, a] for i, a in enumerate(way)))
        total += p
        for i, a in enumerate(way):
            passing[i, a] += p
    return total, passing


@case
def ctc(r):
    n, t, c, k = 3, 6, 4, 3
    frames, letters = np.array([6, 5, 6]), np.array([3, 2, 1])
    label = np.array([[1, 1, 2], [3, 2, 1], [2, 3, 3]])
    x = {"logp": log_normal(r.normal(size=(n, t, c)), 2), "label": label, "frames": frames, "letters": letters}
    v = wide(x)
    each, d = np.zeros(n), np.zeros((n, t, c))
    for i in range(n):
        total, passing = paths_of_label(v["logp"][i, :frames[i]], label[i, :letters[i]])
        each[i] = -np.log(total)
        d[i, :frames[i]] = -passing / total / n
    return x, {"L": each.mean(), "each": each, "d_logp": d}


def store(folder, name, value):
    value = np.asarray(value)
    np.save(os.path.join(folder, name + ".npy"), np.ascontiguousarray(value).reshape(value.shape))


def main(wanted):
    for name, function in CASES.items():
        if wanted and name not in wanted:
            continue
        folder = os.path.join(HERE, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        seed = sum(ord(c) * 31 ** i for i, c in enumerate(name)) % 2 ** 32  # each example its own, whatever the order
        inputs, expected = function(np.random.default_rng(seed))
        scalars = []
        for key, value in inputs.items():
            if isinstance(value, np.ndarray):
                store(folder, key, value)
            else:
                scalars.append(f"{key}={value!r}")
        if scalars:
            with open(os.path.join(folder, "arguments"), "w") as out:
                out.write(" ".join(scalars) + "\n")
        for key, value in expected.items():
            store(folder, "expected_" + key, value)


main(sys.argv[1:])

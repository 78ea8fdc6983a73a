"""(o) the Gaussian mixture and (p) the LSTM of ADBench, in float64. The data is drawn; the sizes are ADBench's."""

import ctypes
import math

import numpy

import native
from row import Row

GAMMA, M = 1.0, 0


def mixture_data(random, sizes):
    n, k, d, p = (sizes[axis] for axis in "nkip")
    where = numpy.zeros((d, d), numpy.int64)  # where the element of L at (i, j), j < i, lies: by columns
    at = 0
    for column in range(d):
        for line in range(column + 1, d):
            where[line, column] = at
            at += 1
    return {"alphas": random.standard_normal(k), "means": random.random((k, d)), "q": random.standard_normal((k, d)),
            "l": random.standard_normal((k, p)) / math.sqrt(d), "x": random.standard_normal((n, d)), "tri": where,
            "gamma": GAMMA, "m": M}


def constant(d, gamma, m):
    degrees = d + m + 1
    return (degrees * d * (math.log(gamma) - 0.5 * math.log(2)) - 0.25 * d * (d - 1) * math.log(math.pi)
            - sum(math.lgamma(0.5 * (degrees - j)) for j in range(d)))


def mixture_torch(alphas, means, q, l, x, tri, gamma=GAMMA, m=M):  # noqa: E741
    import torch
    n, d = x.shape
    lower = torch.diag_embed(torch.exp(q)) + torch.tril(l[:, tri], -1)
    z = torch.einsum("kij,nkj->nki", lower, x[:, None, :] - means)
    beta = alphas + q.sum(1) - 0.5 * (z * z).sum(2)
    likelihood = torch.logsumexp(beta, 1).sum() - n * torch.logsumexp(alphas, 0) - 0.5 * n * d * math.log(2 * math.pi)
    squares = torch.exp(2 * q).sum() + (l * l).sum()
    return likelihood + 0.5 * gamma**2 * squares - m * q.sum() - len(alphas) * constant(d, gamma, m)


def mixture_jax(alphas, means, q, l, x, tri, gamma=GAMMA, m=M):  # noqa: E741
    import jax
    import jax.numpy as jnp
    n, d = x.shape
    lower = jnp.tril(l[:, tri], -1) + jnp.exp(q)[:, :, None] * jnp.eye(d)
    z = jnp.einsum("kij,nkj->nki", lower, x[:, None, :] - means)
    beta = alphas + q.sum(1) - 0.5 * jnp.sum(z * z, axis=2)
    likelihood = (jnp.sum(jax.nn.logsumexp(beta, axis=1)) - n * jax.nn.logsumexp(alphas)
                  - 0.5 * n * d * math.log(2 * math.pi))
    squares = jnp.sum(jnp.exp(2 * q)) + jnp.sum(l * l)
    return likelihood + 0.5 * gamma**2 * squares - m * jnp.sum(q) - len(alphas) * constant(d, gamma, m)


def mixture_c(given, library="mixture", real=numpy.float64, real_c=ctypes.c_double):
    names = ("alphas", "means", "q", "l")
    n, d = given["x"].shape
    k = len(given["alphas"])
    inputs = [numpy.ascontiguousarray(given[name], real) for name in (*names, "x")]
    results = [numpy.zeros(shape, real) for shape in (1, *(given[name].shape for name in names))]
    work = numpy.zeros(k * (3 * d + 1), real)
    function = native.load(library).mixture
    sizes = [ctypes.c_int64(size) for size in (n, k, d)]
    before = [native.address(array) for array in inputs]
    after = [native.address(array) for array in (*results, work)]

    def run(times):
        function(ctypes.c_int64(times), *sizes, *before, real_c(GAMMA), ctypes.c_int64(M), *after)
    return run, lambda: results


def mixture_reference(thinned, **given):
    run, results = mixture_c(given, "mixture_long", numpy.longdouble, ctypes.c_longdouble)
    run(1)
    return [thinned(result) for result in results()]


def memory_data(random, sizes):
    t, layer, b = (sizes[axis] for axis in ("t", "layer", "b"))
    return {"main": 0.2 * random.standard_normal((layer, 2, 4, b)), "extra": 0.2 * random.standard_normal((3, b)),
            "state": 0.2 * random.standard_normal((layer, 2, b)),
            "seq": (random.random((t, b)) < 0.5).astype(numpy.float64)}


def memory_torch(main, extra, state, seq):
    """Step by step, as ADBench's form for PyTorch goes; the layers' weights are diagonal."""
    import torch
    layers, steps = len(main), len(seq)
    hidden, cell = list(state[:, 0].unbind()), list(state[:, 1].unbind())
    scale, bias = main[:, 0], main[:, 1]
    shown = []
    for below in (seq * extra[0]).unbind()[:steps - 1]:
        for layer in range(layers):
            s, b = scale[layer], bias[layer]
            forget = torch.sigmoid(below * s[0] + b[0])
            taken = torch.sigmoid(hidden[layer] * s[1] + b[1])
            out = torch.sigmoid(below * s[2] + b[2])
            change = torch.tanh(hidden[layer] * s[3] + b[3])
            cell[layer] = cell[layer] * forget + taken * change
            below = hidden[layer] = out * torch.tanh(cell[layer])
        shown.append(below)
    y = torch.stack(shown) * extra[1] + extra[2]
    miss = y - torch.log(2 + torch.exp(y).sum(1, keepdim=True))
    return -(seq[1:] * miss).sum() / ((steps - 1) * seq.shape[1])


def memory_jax(main, extra, state, seq):
    import jax
    import jax.numpy as jnp
    layers, steps = main.shape[0], seq.shape[0]
    scale, bias = main[:, 0], main[:, 1]

    def step(carried, symbol):
        hidden, cell = list(carried[0]), list(carried[1])
        below = symbol * extra[0]
        for layer in range(layers):
            s, b = scale[layer], bias[layer]
            forget = jax.nn.sigmoid(below * s[0] + b[0])
            taken = jax.nn.sigmoid(hidden[layer] * s[1] + b[1])
            out = jax.nn.sigmoid(below * s[2] + b[2])
            change = jnp.tanh(hidden[layer] * s[3] + b[3])
            cell[layer] = cell[layer] * forget + taken * change
            below = hidden[layer] = out * jnp.tanh(cell[layer])
        return (jnp.stack(hidden), jnp.stack(cell)), below
    shown = jax.lax.scan(step, (state[:, 0], state[:, 1]), seq[:-1])[1]
    y = shown * extra[1] + extra[2]
    miss = y - jnp.log(2 + jnp.sum(jnp.exp(y), axis=1, keepdims=True))
    return -jnp.sum(seq[1:] * miss) / ((steps - 1) * seq.shape[1])


def memory_steps(main, extra, state, seq):
    """Every step and layer forwards: [what went in from below and from before, gates, cells]; and what the last layer showed."""
    def sigmoid(x):
        return 1 / (1 + numpy.exp(-x))
    hidden, cell = list(state[:, 0]), list(state[:, 1])
    steps, shown = [], []
    for below in (seq * extra[0])[:-1]:
        for layer, (s, b) in enumerate(main):
            before, old = hidden[layer], cell[layer]
            forget, taken = sigmoid(below * s[0] + b[0]), sigmoid(before * s[1] + b[1])
            out, change = sigmoid(below * s[2] + b[2]), numpy.tanh(before * s[3] + b[3])
            cell[layer] = old * forget + taken * change
            bent = numpy.tanh(cell[layer])
            steps.append((layer, below, before, forget, taken, out, change, old, bent))
            below = hidden[layer] = out * bent
        shown.append(below)
    return steps, numpy.array(shown)


def memory_reference(thinned, main, extra, state, seq):
    """In long double, the derivative by hand."""
    main, extra, state, seq = (values.astype(numpy.longdouble) for values in (main, extra, state, seq))
    steps, shown = memory_steps(main, extra, state, seq)
    y = shown * extra[1] + extra[2]
    whole = 2 + numpy.exp(y).sum(1, keepdims=True)
    by_miss = -seq[1:] / seq[1:].size
    by_y = by_miss - numpy.exp(y) / whole * by_miss.sum(1, keepdims=True)
    by_main, by_extra = numpy.zeros_like(main), numpy.zeros_like(extra)
    by_extra[1:] = (by_y * shown).sum(0), by_y.sum(0)
    by_hidden, by_cell = numpy.zeros_like(state[:, 0]), numpy.zeros_like(state[:, 1])
    above = None
    for at in range(len(steps) - 1, -1, -1):
        layer, below, before, forget, taken, out, change, old, bent = steps[at]
        step, s = at // len(main), main[layer, 0]
        by_h = by_hidden[layer] + (by_y[step] * extra[1] if layer == len(main) - 1 else above)
        by_c = by_cell[layer] + by_h * out * (1 - bent * bent)
        by_cell[layer] = by_c * forget
        gates = numpy.array([by_c * old * forget * (1 - forget), by_c * change * taken * (1 - taken),
                             by_h * bent * out * (1 - out), by_c * taken * (1 - change * change)])
        by_main[layer, 0] += gates * numpy.array([below, before, below, before])
        by_main[layer, 1] += gates
        by_hidden[layer] = gates[1] * s[1] + gates[3] * s[3]
        above = gates[0] * s[0] + gates[2] * s[2]
        if layer == 0:
            by_extra[0] += above * seq[step]
    return [thinned(value) for value in ((by_miss * (y - numpy.log(whole))).sum(), by_main, by_extra)]


def rows():
    for text, n, d, k in ("1k d10 K25", 1000, 10, 25), ("1k d64 K25", 1000, 64, 25), ("10k d32 K200", 10**4, 32, 200):
        p = d * (d - 1) // 2
        # a product with a triangle forwards, and two back: by what goes in, and by the triangle
        yield Row("o", f"ADBench GMM gradient, {text}", "gmm", {"n": n, "k": k, "i": d, "j": d, "h": d, "p": p},
                  mixture_data, torch=mixture_torch, jax=mixture_jax, others=[("C by hand", mixture_c)], reference=mixture_reference,
                  by=("alphas", "means", "q", "l"), operations=3 * n * k * d * d, real="f64")
    for layers, steps in (2, 1024), (4, 4096):
        b = 14
        # every step reads what it kept, and writes it: ten numbers for each layer and bit
        yield Row("p", f"ADBench LSTM gradient, l{layers} c{steps}", "lstm",
                  {"t": steps, "layer": layers, "b": b, "part": 2, "gate": 4, "row": 3}, memory_data,
                  torch=memory_torch, jax=memory_jax, reference=memory_reference, by=("main", "extra"), real="f64", compiled=False,
                  reads=8 * 10 * steps * layers * b, writes=8 * 10 * steps * layers * b)

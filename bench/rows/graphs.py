"""(l) mean of gathered rows, (m) weighted mean of groups, (n) graph attention."""

from functools import partial

import numpy

from row import Row


def gather_data(random, sizes):
    b, t, f, k = (sizes[axis] for axis in "btfk")
    return {"data": random.standard_normal((b, t, f), numpy.float32), "idx": random.integers(0, t, (b, k)),
            "dy": random.standard_normal((b, f), numpy.float32)}


def gather_torch(data, idx):
    import torch
    at = idx + data.shape[1] * torch.arange(data.shape[0])[:, None]
    return torch.nn.functional.embedding_bag(at, data.reshape(-1, data.shape[2]), mode="mean")


def gather_jax(data, idx):
    import jax.numpy as jnp
    return jnp.mean(jnp.take_along_axis(data, idx[:, :, None], axis=1), axis=1)


def group_data(random, sizes):
    n, g = sizes["n"], sizes["g"]
    return {"x": random.standard_normal(n, numpy.float32), "w": random.random(n, numpy.float32) + numpy.float32(0.1),
            "group": random.integers(0, g, n), "dy": random.standard_normal(g, numpy.float32)}


def group_torch(x, w, group, groups):
    import torch
    whole = torch.zeros(groups, dtype=x.dtype).index_add(0, group, w)
    total = torch.zeros(groups, dtype=x.dtype).index_add(0, group, w * x)
    return total / whole


def group_jax(x, w, group, groups):
    import jax
    return jax.ops.segment_sum(w * x, group, groups) / jax.ops.segment_sum(w, group, groups)


def group_numpy(x, w, group, dy):
    def run():
        whole = numpy.bincount(group, w, len(dy))
        average = numpy.bincount(group, w * x, len(dy)) / whole
        share = (dy / whole).astype(numpy.float32)[group]
        return average, share * w, share * (x - average.astype(numpy.float32)[group])
    return run


def graph_data(random, sizes):
    n, e, o = sizes["n"], sizes["e"], sizes["o"]
    return {"z": random.standard_normal((n, o), numpy.float32), "source": random.integers(0, n, e),
            "target": random.integers(0, n, e), "a_source": random.standard_normal(o, numpy.float32),
            "a_target": random.standard_normal(o, numpy.float32)}


def graph_torch(z, source, target, a_source, a_target):
    import torch
    score = torch.nn.functional.leaky_relu((z @ a_source)[source] + (z @ a_target)[target], 0.2)
    most = torch.full((len(z),), -torch.inf, dtype=z.dtype).scatter_reduce(0, target, score, "amax")
    share = torch.exp(score - most[target])
    whole = torch.zeros(len(z), dtype=z.dtype).index_add(0, target, share)
    total = torch.zeros_like(z).index_add(0, target, share[:, None] * z[source])
    return torch.where(whole[:, None] > 0, total / whole[:, None], 0)


def graph_jax(z, source, target, a_source, a_target):
    import jax
    import jax.numpy as jnp
    nodes = z.shape[0]
    score = jax.nn.leaky_relu((z @ a_source)[source] + (z @ a_target)[target], 0.2)
    share = jnp.exp(score - jax.ops.segment_max(score, target, nodes)[target])
    whole = jax.ops.segment_sum(share, target, nodes)
    total = jax.ops.segment_sum(share[:, None] * z[source], target, nodes)
    return jnp.where(whole[:, None] > 0, total / whole[:, None], 0)


def rows():
    b, t, f, k = 4096, 512, 64, 16
    yield Row("l", "mean of 16 gathered rows and its gradient, 4096x512x64", "gather_mean",
              {"b": b, "t": t, "f": f, "k": k}, gather_data, torch=gather_torch, jax=gather_jax, by=("data",),
              upstream="dy", reads=8 * b * k + 4 * b * k * f, writes=4 * b * t * f, budget=2)
    n, g = 10**7, 10**5
    # values, weights and groups are read for the means, and again for the gradients that need them
    yield Row("m", "weighted mean of groups and its gradients, 1e7 into 1e5", "group_mean", {"n": n, "g": g},
              group_data, torch=partial(group_torch, groups=g), jax=partial(group_jax, groups=g), numpy=group_numpy, by=("x", "w"), upstream="dy",
              reads=32 * n, writes=8 * n, budget=2)
    n, e, o = 2 * 10**5, 5 * 10**6, 8
    yield Row("n", "graph attention, 5e6 edges, 2e5 nodes, 8 features", "graph_attention", {"n": n, "e": e, "o": o},
              graph_data, torch=graph_torch, jax=graph_jax, reads=16 * e + 4 * n * o, writes=4 * n * o, budget=2, compiled=False)

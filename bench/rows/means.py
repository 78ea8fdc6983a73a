"""(a) weighted masked mean, (b) masked weighted row means, (e) binary cross entropy, (f) layer norm."""

import numpy

from row import Row


def mean_data(random, sizes):
    n = sizes["n"]
    return {"values": random.standard_normal(n, numpy.float32), "trust": random.random(n, numpy.float32),
            "known": random.random(n, numpy.float32) < 0.8}


def mean_torch(values, trust, known):
    import torch
    kept = torch.where(known, trust, 0)
    return (kept * values).sum() / kept.sum()


def mean_jax(values, trust, known):
    import jax.numpy as jnp
    kept = jnp.where(known, trust, 0)
    return jnp.sum(kept * values) / jnp.sum(kept)


def mean_numpy(values, trust, known):
    kept, d_trust, d_values = numpy.empty_like(trust), numpy.empty_like(trust), numpy.empty_like(trust)

    def run():
        numpy.multiply(trust, known, out=kept)
        whole = kept.sum()
        average = numpy.dot(kept, values) / whole
        numpy.divide(kept, whole, out=d_values)
        numpy.subtract(values, average, out=d_trust)
        numpy.multiply(d_trust, known, out=d_trust)
        numpy.divide(d_trust, whole, out=d_trust)
        return average, d_values, d_trust
    return run


def row_data(random, sizes):
    shape = sizes["n"], sizes["c"]
    return {"x": random.standard_normal(shape, numpy.float32), "w": random.random(shape, numpy.float32),
            "known": random.random(shape, numpy.float32) < 0.8}


def row_torch(x, w, known):
    import torch
    kept = torch.where(known, w, 0)
    return (kept * x).sum(1) / kept.sum(1)


def row_jax(x, w, known):
    import jax.numpy as jnp
    kept = jnp.where(known, w, 0)
    return jnp.sum(kept * x, axis=1) / jnp.sum(kept, axis=1)


def row_numpy(x, w, known):
    kept, total = numpy.empty_like(w), numpy.empty(len(x), numpy.float32)

    def run():
        numpy.multiply(w, known, out=kept)
        numpy.vecdot(kept, x, out=total)
        return (total / kept.sum(1),)
    return run


def binary_data(random, sizes):
    n = sizes["n"]
    return {"z": random.standard_normal(n, numpy.float32), "target": (random.random(n) < 0.3).astype(numpy.float32),
            "w": random.random(n, numpy.float32), "pos_weight": 2.5}


def binary_torch(z, target, w, pos_weight):
    import torch
    return torch.nn.functional.binary_cross_entropy_with_logits(
        z, target, weight=w, pos_weight=torch.tensor(pos_weight, dtype=z.dtype))


def binary_jax(z, target, w, pos_weight):
    import jax
    import jax.numpy as jnp
    return jnp.mean(w * (pos_weight * target * jax.nn.softplus(-z) + (1 - target) * jax.nn.softplus(z)))


def norm_data(random, sizes):
    n, c = sizes["n"], sizes["c"]
    return {"x": random.standard_normal((n, c), numpy.float32), "gain": random.random(c, numpy.float32),
            "bias": random.standard_normal(c, numpy.float32), "dy": random.standard_normal((n, c), numpy.float32)}


def norm_torch(x, gain, bias):
    import torch
    return torch.nn.functional.layer_norm(x, x.shape[1:], gain, bias)


def norm_jax(x, gain, bias):
    import jax
    import jax.numpy as jnp
    centred = x - jnp.mean(x, axis=1, keepdims=True)
    return centred * jax.lax.rsqrt(jnp.mean(centred**2, axis=1, keepdims=True) + 1e-5) * gain + bias


def mean_reference(thinned, values, trust, known):
    """Part by part, for memory."""
    whole = total = 0.0
    for first in range(0, len(values), 10**6):
        part = slice(first, first + 10**6)
        kept = trust[part].astype(numpy.float64) * known[part]
        whole += kept.sum()
        total += kept @ values[part].astype(numpy.float64)
    average = total / whole
    known = thinned(known)
    return thinned(average), known * thinned(trust) / whole, known * (thinned(values) - average) / whole


def rows():
    for n, text in (10**4, "1e4"), (10**6, "1e6"), (10**8, "1e8"):
        # the divisor of both gradients is known only after a pass: a second one writes them
        yield Row("a", f"weighted masked mean and its gradients, {text}", "weighted_mean", {"n": n}, mean_data,
                  torch=mean_torch, jax=mean_jax, numpy=mean_numpy, reference=mean_reference,
                  by=("values", "trust"), reads=18 * n, writes=8 * n, budget=2 if n > 10**7 else 1)
    n = c = 4096
    yield Row("b", "masked weighted row means, 4096x4096", "row_means", {"n": n, "c": c}, row_data, torch=row_torch,
              jax=row_jax, numpy=row_numpy, reads=9 * n * c, writes=4 * n)
    n = 10**7
    yield Row("e", "binary cross entropy, weighted, and its gradient, 1e7", "binary", {"n": n}, binary_data,
              torch=binary_torch, jax=binary_jax, by=("z",), reads=12 * n, writes=4 * n)
    n, c = 4096, 1024
    yield Row("f", "layer norm and its gradients, 4096x1024", "layer_norm", {"n": n, "c": c}, norm_data,
              torch=norm_torch, jax=norm_jax, by=("x", "gain", "bias"), upstream="dy", reads=8 * n * c,
              writes=8 * n * c)

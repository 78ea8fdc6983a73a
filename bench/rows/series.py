"""(q) k-means, (r) running sums and averages, (s) a kernel mean, (t) a Hessian times a vector."""

import numpy

from row import Row

SHARE = 0.1


def cluster_data(random, sizes):
    n, k, d = sizes["n"], sizes["k"], sizes["d"]
    return {"x": random.standard_normal((n, d), numpy.float32), "centre": random.standard_normal((k, d), numpy.float32)}


def cluster_torch(x, centre):
    # |x - c|^2 by a matrix product, which is how it is fast
    distance = (x * x).sum(1)[:, None] + (centre * centre).sum(1) - 2 * x @ centre.T
    return distance.min(1).values.sum()


def cluster_jax(x, centre):
    import jax.numpy as jnp
    distance = jnp.sum(x * x, axis=1)[:, None] + jnp.sum(centre * centre, axis=1) - 2 * x @ centre.T
    return jnp.sum(jnp.min(distance, axis=1))


def series_data(random, sizes):
    return {"x": random.standard_normal(sizes["t"], numpy.float32), "share": SHARE}


def running_torch(x, share=SHARE):
    import torch
    return torch.cumsum(x, 0)


def running_out(x, share=SHARE):
    import torch
    total = torch.empty_like(x)
    return lambda: (torch.cumsum(x, 0, out=total),)


def running_jax(x, share=SHARE):
    import jax.numpy as jnp
    return jnp.cumsum(x)


def running_numpy(x, share=SHARE):
    total = numpy.empty_like(x)
    return lambda: (numpy.cumsum(x, out=total),)


def average_jax(x, share=SHARE):
    import jax

    def step(level, value):
        level = share * value + (1 - share) * level
        return level, level
    return jax.lax.scan(step, x[0], x)[1]


def average_numpy(x, share=SHARE):
    """NumPy has none; SciPy, which comes with JAX, has the filter."""
    import scipy.signal
    above = numpy.array([share], x.dtype)
    below = numpy.array([1, share - 1], x.dtype)
    return lambda: (scipy.signal.lfilter(above, below, x, zi=(1 - share) * x[:1])[0],)


def average_reference(thinned, x, share):
    return [thinned(average_numpy(x.astype(numpy.float64), share)()[0])]


def sample_data(random, sizes):
    n, m, d = sizes["n"], sizes["m"], sizes["d"]
    return {"x": random.standard_normal((n, d), numpy.float32),
            "y": random.standard_normal((m, d), numpy.float32) + numpy.float32(0.25), "width": 8.0}


def kernel_torch(x, y, width):
    import torch

    def mean(a, b):
        distance = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T
        return torch.exp(distance * (-0.5 / width**2)).mean()
    return mean(x, x) + mean(y, y) - 2 * mean(x, y)


def kernel_jax(x, y, width):
    import jax.numpy as jnp

    def mean(a, b):
        distance = jnp.sum(a * a, axis=1)[:, None] + jnp.sum(b * b, axis=1) - 2 * a @ b.T
        return jnp.mean(jnp.exp(distance * (-0.5 / width**2)))
    return mean(x, x) + mean(y, y) - 2 * mean(x, y)


def logistic_data(random, sizes):
    n, f = sizes["n"], sizes["f"]
    return {"x": random.standard_normal((n, f), numpy.float32),
            "target": (random.random(n) < 0.5).astype(numpy.float32),
            "w": 0.1 * random.standard_normal(f, numpy.float32), "direction": random.standard_normal(f, numpy.float32)}


def logistic_torch(x, target, w, direction):
    import torch

    def loss(w):
        return torch.nn.functional.binary_cross_entropy_with_logits(x @ w, target)
    return torch.func.jvp(torch.func.grad(loss), (w,), (direction,))[1]


def logistic_jax(x, target, w, direction):
    import jax
    import jax.numpy as jnp

    def loss(w):
        z = x @ w
        return jnp.mean(jax.nn.softplus(z) - target * z)
    return jax.jvp(jax.grad(loss), (w,), (direction,))[1]


def rows():
    n, k, d = 10**4, 100, 16
    yield Row("q", "k-means objective and gradient, n 1e4, k 100, d 16", "kmeans", {"n": n, "k": k, "d": d},
              cluster_data, torch=cluster_torch, jax=cluster_jax, by=("centre",), operations=2 * n * k * d)
    n = 10**7
    yield Row("r", "exponential moving average, 1e7", "moving_average", {"t": n, "s": n}, series_data,
              entry="average", jax=average_jax, numpy=average_numpy, reference=average_reference, reads=4 * n,
              writes=4 * n)
    yield Row("r", "running sum, 1e7", "moving_average", {"t": n, "s": n}, series_data, entry="running",
              torch=running_torch, torch_out=running_out, jax=running_jax, numpy=running_numpy, reads=4 * n,
              writes=4 * n)
    n, d = 4096, 64
    yield Row("s", "kernel mean discrepancy (MMD), n 4096, d 64", "kernel_mean",
              {"n": n, "n2": n, "m": n, "m2": n, "d": d}, sample_data, torch=kernel_torch, jax=kernel_jax,
              operations=3 * 2 * n * n * d)
    n, f = 10**5, 100
    yield Row("t", "Hessian of logistic regression times a vector, 1e5x100", "logistic_hessian", {"n": n, "f": f},
              logistic_data, entry="product", torch=logistic_torch, jax=logistic_jax, reads=4 * n * f)

"""(u) other models, which no target speaks of: how far what the board made fast carries over."""

import math

import numpy

from row import Row


def normal(random, *shape, scale=1.0):
    return random.standard_normal(shape, numpy.float32) * numpy.float32(scale)


def attention_torch(q, k, v, causal=False):
    import torch
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=causal).transpose(1, 2)


def attention_jax(q, k, v):
    import jax
    return jax.nn.dot_product_attention(q, k, v)


def attention_data(random, sizes):
    b, t, h, d = (sizes[axis] for axis in "bthd")
    return {name: normal(random, b, t, h, d) for name in ("q", "k", "v", "dy")}


def grouped_data(random, sizes):
    b, t, h, g, d = (sizes[axis] for axis in "bthgd")
    return {"q": normal(random, b, t, h, g, d), "k": normal(random, b, t, h, d), "v": normal(random, b, t, h, d)}


def grouped_torch(q, k, v):
    return attention_torch(q.flatten(2, 3), k, v, causal=True).reshape(q.shape)


def grouped_jax(q, k, v):
    import jax
    b, t, h, g, d = q.shape
    return jax.nn.dot_product_attention(q.reshape(b, t, h * g, d), k, v, is_causal=True).reshape(q.shape)


def pooling_data(random, sizes):
    b, t, f, a = (sizes[axis] for axis in "btfa")
    return {"x": normal(random, b, t, f), "real": random.random((b, t)) < 0.9, "w": normal(random, f, a, scale=0.1),
            "v": normal(random, a)}


def pooling_torch(x, real, w, v):
    import torch
    score = (torch.tanh(x @ w) @ v).masked_fill(~real, -math.inf)
    return (torch.softmax(score, 1)[:, None] @ x)[:, 0]


def pooling_jax(x, real, w, v):
    import jax
    import jax.numpy as jnp
    score = jnp.where(real, jnp.tanh(x @ w) @ v, -jnp.inf)
    return jnp.einsum("bt,btf->bf", jax.nn.softmax(score, axis=1), x)


def images(random, sizes):
    n, c, h, w, o = (sizes[axis] for axis in "nchwo")
    return {"x": normal(random, n, c, h, w), "k": normal(random, o, c, 3, 3, scale=0.1)}


def convolution_torch(x, k):
    import torch
    return torch.nn.functional.conv2d(x, k, padding=1)


def convolution_jax(x, k):
    import jax
    return jax.lax.conv(x, k, (1, 1), "SAME")


def points(random, sizes):
    return {"x": normal(random, sizes["n"], sizes["d"]), "y": normal(random, sizes["m"], sizes["d"])}


def distances_torch(x, y):
    import torch
    return torch.cdist(x, y)


def distances_jax(x, y):
    import jax.numpy as jnp
    return jnp.sqrt(jnp.sum((x[:, None] - y[None]) ** 2, axis=2))


def block_data(random, sizes):
    n, f, h = sizes["n"], sizes["f"], sizes["h"]
    return {"x": normal(random, n, f), "gain": normal(random, f), "w1": normal(random, f, h, scale=f**-0.5), "b1": normal(random, h),
            "w2": normal(random, h, f, scale=h**-0.5), "dy": normal(random, n, f)}


def block_torch(x, gain, w1, b1, w2):
    import torch
    level = x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-6) * gain
    return x + torch.nn.functional.gelu(torch.addmm(b1, level, w1)) @ w2


def block_jax(x, gain, w1, b1, w2):
    import jax
    import jax.numpy as jnp
    level = x * jax.lax.rsqrt(jnp.mean(x * x, axis=1, keepdims=True) + 1e-6) * gain
    return x + jax.nn.gelu(level @ w1 + b1, approximate=False) @ w2


def batch_data(random, sizes):
    n, c = sizes["n"], sizes["c"]
    return {"x": normal(random, n, c), "gain": normal(random, c), "dy": normal(random, n, c)}


def batch_torch(x, gain):
    import torch
    return torch.nn.functional.batch_norm(x, None, None, gain, None, True, 0.1, 1e-5)


def batch_jax(x, gain):
    import jax
    import jax.numpy as jnp
    apart = x - jnp.mean(x, axis=0)
    return apart * jax.lax.rsqrt(jnp.mean(apart * apart, axis=0) + 1e-5) * gain


def rows():
    b, t, h, d = 2, 512, 8, 64
    products = 2 * b * h * t * t * d
    yield Row("u", "attention with heads behind steps, 2x512x8x64, and gradients", "heads", {"b": b, "t": t, "s": t, "h": h, "d": d},
              attention_data, torch=attention_torch, jax=attention_jax, by=("q", "k", "v"), upstream="dy", operations=7 * products)
    t, g = 1024, 4
    yield Row("u", "causal grouped-query attention, 1024x2x4x64", "grouped_query", {"b": 1, "t": t, "s": t, "h": 2, "g": g, "d": d},
              grouped_data, torch=grouped_torch, jax=grouped_jax, operations=2 * 2 * 2 * g * t * t * d // 2)
    sizes = {"b": 64, "t": 128, "f": 256, "a": 64}
    yield Row("u", "attention pooling 64x128x256, 64 units", "attention_pooling", sizes, pooling_data, torch=pooling_torch,
              jax=pooling_jax, operations=2 * 64 * 128 * 256 * 65)
    sizes = {"n": 8, "c": 32, "h": 28, "w": 28, "o": 64, "a": 3, "b": 3}
    yield Row("u", "convolution 3x3 of 8x32x28x28 to 64", "convolution", sizes, images, torch=convolution_torch, jax=convolution_jax,
              operations=2 * 8 * 28 * 28 * 32 * 9 * 64)
    yield Row("u", "distances of 2048 and 2048 points, d 32", "distances", {"n": 2048, "m": 2048, "d": 32}, points,
              torch=distances_torch, jax=distances_jax, operations=3 * 2048 * 2048 * 32)
    n, f, h = 512, 256, 1024
    yield Row("u", "feed-forward block 512x256x1024, and gradients", "feed_forward", {"n": n, "f": f, "h": h}, block_data,
              torch=block_torch, jax=block_jax, by=("x", "gain", "w1", "b1", "w2"), upstream="dy", operations=6 * 2 * n * f * h)
    n, c = 4096, 512
    yield Row("u", "batch norm 4096x512, and gradients", "batch_norm", {"n": n, "c": c}, batch_data, torch=batch_torch, jax=batch_jax,
              by=("x", "gain"), upstream="dy", reads=4 * 4 * n * c, writes=4 * 2 * n * c)

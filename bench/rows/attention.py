"""(g) attention, plain and causal, (h) with padding, a penalty for distance and capped scores."""

import math

from row import Row

CAP = 30.0


def data(random, sizes):
    h, t, d = sizes["h"], sizes["t"], sizes["d"]
    return {name: random.standard_normal((h, t, d), "float32") for name in ("q", "k", "v", "dy")}


def plain_torch(q, k, v, dy=None, causal=False):
    import torch
    # the kernel that keeps no scores takes batches only
    return torch.nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=causal)[0]


def causal_torch(q, k, v, dy=None):
    return plain_torch(q, k, v, causal=True)


def plain_jax(q, k, v, dy=None, causal=False):
    import jax.numpy as jnp
    import jax
    score = jnp.einsum("htd,hsd->hts", q, k) / math.sqrt(q.shape[-1])
    if causal:
        index = jnp.arange(q.shape[1])
        score = jnp.where(index[:, None] >= index[None, :], score, -jnp.inf)
    return jnp.einsum("hts,hsd->htd", jax.nn.softmax(score, axis=-1), v)


def causal_jax(q, k, v, dy=None):
    return plain_jax(q, k, v, causal=True)


def masked_data(random, sizes):
    b, h, t, d = (sizes[axis] for axis in "bhtd")
    given = {name: random.standard_normal((b, h, t, d), "float32") for name in ("q", "k", "v", "dy")}
    length = random.integers(t // 2, t + 1, b)
    given["real"] = (random.permutation(t)[None, :] * 0 + list(range(t))) < length[:, None]
    return given


def masked_torch(q, k, v, real, dy=None):
    import torch
    h, t = q.shape[1:3]
    slope = 2 ** (-8 * (torch.arange(h, dtype=q.dtype) + 1) / h)
    index = torch.arange(t, dtype=q.dtype)
    raw = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    score = CAP * torch.tanh(raw / CAP) - slope[:, None, None] * (index[:, None] - index[None, :]).abs()
    score = score.masked_fill(~real[:, None, None, :], -math.inf)
    return torch.softmax(score, -1) @ v


def masked_jax(q, k, v, real, dy=None):
    import jax
    import jax.numpy as jnp
    h, t = q.shape[1:3]
    slope = 2 ** (-8 * (jnp.arange(h, dtype=q.dtype) + 1) / h)
    index = jnp.arange(t, dtype=q.dtype)
    raw = jnp.einsum("bhtd,bhsd->bhts", q, k) / math.sqrt(q.shape[-1])
    score = CAP * jnp.tanh(raw / CAP) - slope[:, None, None] * jnp.abs(index[:, None] - index[None, :])
    score = jnp.where(real[:, None, None, :], score, -jnp.inf)
    return jnp.einsum("bhts,bhsd->bhtd", jax.nn.softmax(score, axis=-1), v)


def pair(letter, title, program, sizes, make, pairs, torch, jax):
    """The value alone: two products; with its gradients, which compute the scores anew: seven."""
    product = 2 * pairs * sizes["d"]
    for entry, what, count in ("forward", title, 2), ("", title + ", and gradients", 7):
        yield Row(letter, what, program, sizes, make, entry=entry, torch=torch, jax=jax,
                  by=() if entry else ("q", "k", "v"), upstream="" if entry else "dy", operations=count * product)


def rows():
    h, t, d = 8, 1024, 64
    sizes = {"h": h, "t": t, "s": t, "d": d}
    yield from pair("g", "attention 8x1024x64", "attention", sizes, data, h * t * t, plain_torch, plain_jax)
    yield from pair("g", "causal attention 8x1024x64", "causal_attention", sizes, data, h * t * (t + 1) / 2,
                    causal_torch, causal_jax)
    b, t = 4, 512
    sizes = {"b": b, "h": h, "t": t, "s": t, "d": d}
    # three quarters of the positions are real on average, but which ones a loop may skip depends on the mask
    yield from pair("h", "masked, capped attention with ALiBi 4x8x512x64", "masked_attention", sizes, masked_data,
                    b * h * t * t, masked_torch, masked_jax)

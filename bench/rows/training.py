"""(j) a training step of a network of two layers, (k) training steps of tiny models."""

import numpy

from row import Row


def network_data(random, sizes):
    n, f, h, c = (sizes[axis] for axis in "nfhc")
    normal = random.standard_normal
    return {"x": normal((n, f), numpy.float32), "label": random.integers(0, c, n),
            "w1": normal((f, h), numpy.float32) * numpy.float32((2 / f)**0.5), "b1": numpy.zeros(h, numpy.float32),
            "w2": normal((h, c), numpy.float32) * numpy.float32((1 / h)**0.5), "b2": numpy.zeros(c, numpy.float32)}


def trained(loss, params, optimizer):
    """A row's torch_run: a step of that optimizer on that loss; what it leaves after one step is compared."""
    def make(data, compiled):
        import torch
        kept = {name: data[name].clone() if isinstance(data[name], torch.Tensor) else torch.tensor(data[name])
                for name in params}
        leaves = {name: value.requires_grad_() for name, value in kept.items()}
        given = {name: value for name, value in data.items() if name not in params}
        if optimizer[0] == "adam":
            rule = torch.optim.Adam(leaves.values(), lr=optimizer[1], fused=True)
        else:
            rule = torch.optim.SGD(leaves.values(), lr=optimizer[1], fused=True)
        value_of = torch.compile(loss, dynamic=False) if compiled else loss
        after = []

        def step():
            rule.zero_grad(set_to_none=True)
            value = value_of(**leaves, **given)
            value.backward()
            rule.step()
            if not after:
                after.extend(leaf.detach().clone().numpy() for leaf in leaves.values())
                after.append(value.detach().numpy())
        return step, lambda: after
    return make


def network_torch(x, label, w1, b1, w2, b2):
    import torch
    hidden = torch.relu(torch.addmm(b1, x, w1))
    return torch.nn.functional.cross_entropy(torch.addmm(b2, hidden, w2), label)


def network_jax(given):
    import jax
    import jax.numpy as jnp
    names = ("w1", "b1", "w2", "b2")
    x, label = given["x"], given["label"]

    def loss(params):
        w1, b1, w2, b2 = params
        logp = jax.nn.log_softmax(jax.nn.relu(x @ w1 + b1) @ w2 + b2, axis=1)
        return -jnp.mean(jnp.take_along_axis(logp, label[:, None], axis=1))

    def step(params, m, v, t):
        value, slopes = jax.value_and_grad(loss)(params)
        t = t + 1
        m = [0.9 * a + 0.1 * g for a, g in zip(m, slopes)]
        v = [0.999 * a + 0.001 * g * g for a, g in zip(v, slopes)]
        scale = 1e-3 / (1 - 0.9**t)
        params = [p - scale * a / (jnp.sqrt(b / (1 - 0.999**t)) + 1e-8) for p, a, b in zip(params, m, v)]
        return params, m, v, t, value

    compiled = jax.jit(step, donate_argnums=(0, 1, 2))
    params = [jnp.array(given[name], copy=True) for name in names]
    state = [params, [jnp.zeros_like(p) for p in params], [jnp.zeros_like(p) for p in params],
             jnp.zeros((), jnp.float32)]
    after = []

    def run():
        *state[:], value = jax.block_until_ready(compiled(*state))
        if not after:
            after.extend(numpy.array(p) for p in state[0])
            after.append(numpy.asarray(value))
    return run, lambda: after


def mix(a, b, w):
    return ((w * a + (1 - w) * b - 1)**2).mean()


def channels(a, b, w):
    return ((w[:, None, None] * a + b - 1)**2).mean()


def instances(a, b, w):
    return ((w[:, None] * a + b - 1)**2).mean()


def samples(x, target, sample_weight, w, b):
    import torch
    return torch.nn.functional.binary_cross_entropy_with_logits(x @ w + b, target, weight=sample_weight)


def classes(x, target, class_weight, w, b):
    import torch
    return torch.nn.functional.cross_entropy(x @ w.T + b, target, weight=class_weight)


def features(x, target, w1, b1, fw, w2, b2):
    import torch
    hidden = torch.relu(torch.nn.functional.linear(x, w1, b1) * fw)
    return torch.nn.functional.mse_loss(torch.nn.functional.linear(hidden, w2, b2), target)


def simplex(x, target, pre):
    import torch
    return torch.nn.functional.mse_loss(torch.softmax(pre, 0) @ x, target)


def simplex_bias(x, target, pre, b):
    import torch
    return torch.nn.functional.mse_loss(torch.tensordot(torch.softmax(pre, 0), x, 1) + b, target)


# program, what PyTorch computes, the rule, extents, params
TINY = (
    ("scalar_mix", mix, ("adam", 0.01), {"i": 3, "j": 3}, {"w": ()}),
    ("channel_mix", channels, ("adam", 0.01), {"channel": 3, "only": 1, "i": 5, "j": 5}, {"w": ("channel",)}),
    ("instance_mix", instances, ("adam", 0.01), {"n": 4, "i": 10}, {"w": ("n",)}),
    ("sample_weights", samples, ("sgd", 0.01), {"n": 100, "f": 20}, {"w": ("f",), "b": ()}),
    ("class_weights", classes, ("sgd", 0.01), {"n": 100, "f": 20, "c": 3}, {"w": ("c", "f"), "b": ("c",)}),
    ("feature_weights", features, ("adam", 0.01), {"n": 100, "f": 5, "h": 10, "o": 1},
     {"w1": ("h", "f"), "b1": ("h",), "fw": ("h",), "w2": ("o", "h"), "b2": ("o",)}),
    ("simplex_sum", simplex, ("adam", 0.01), {"k": 3, "d": 10}, {"pre": ("k",)}),
    ("simplex_bias", simplex_bias, ("adam", 0.01), {"k": 3, "n": 4, "d": 10}, {"pre": ("k",), "b": ()}),
    ("any_number", simplex, ("adam", 0.01), {"k": 2, "d": 10}, {"pre": ("k",)}),
    ("any_number", simplex, ("adam", 0.01), {"k": 3, "d": 10}, {"pre": ("k",)}),
    ("any_number", simplex, ("adam", 0.01), {"k": 4, "d": 10}, {"pre": ("k",)}),
    ("any_number", simplex, ("adam", 0.01), {"k": 5, "d": 10}, {"pre": ("k",)}),
)
ARGUMENTS = {
    "scalar_mix": {"a": ("i", "j"), "b": ("i", "j")},
    "channel_mix": {"a": ("channel", "i", "j"), "b": ("only", "i", "j")},
    "instance_mix": {"a": ("n", "i"), "b": ("n", "i")},
    "sample_weights": {"x": ("n", "f"), "target": ("n",), "sample_weight": ("n",)},
    "class_weights": {"x": ("n", "f"), "target": ("n",), "class_weight": ("c",)},
    "feature_weights": {"x": ("n", "f"), "target": ("n", "o")},
    "simplex_sum": {"x": ("k", "d"), "target": ("d",)},
    "simplex_bias": {"x": ("k", "n", "d"), "target": ("n", "d")},
    "any_number": {"x": ("k", "d"), "target": ("d",)},
}


def tiny_data(program, params):
    def data(random, sizes):
        given = {}
        for name, axes in {**ARGUMENTS[program], **params}.items():
            given[name] = random.random([sizes[axis] for axis in axes], numpy.float32)
            if name == "target" and program == "class_weights":
                given[name] = random.integers(0, sizes["c"], sizes["n"])
        return given
    return data


def rows():
    n, f, h, c = 256, 784, 512, 10
    products = 2 * n * f * h * 2 + 2 * n * h * c * 3  # the first layer's data needs no gradient
    names = ("w1", "b1", "w2", "b2")
    yield Row("j", "training step 784-512-10, batch 256, adam", "network", {"n": n, "f": f, "h": h, "c": c},
              network_data, entry="step", results=names + ("L",), operations=products,
              torch_run=trained(network_torch, names, ("adam", 1e-3)), jax_run=network_jax)
    for program, loss, optimizer, sizes, params in TINY:
        size = " ".join(f"{axis}={extent}" for axis, extent in sizes.items())
        yield Row("k", f"tiny training step: {program.replace('_', ' ')}, {size}", f"tiny/{program}", sizes,
                  tiny_data(program, params), entry="step", results=(*params, "L"), tiny=True, budget=0.3,
                  torch_run=trained(loss, tuple(params), optimizer))

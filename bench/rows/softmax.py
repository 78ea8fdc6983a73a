"""(c) softmax and log-softmax, (d) cross entropy with class weights and ignored labels."""

import numpy

from row import Row


def logits(random, sizes):
    return {"z": 3 * random.standard_normal((sizes["n"], sizes["c"]), numpy.float32)}


def softmax_torch(z):
    import torch
    return torch.softmax(z, 1)


def softmax_out(z):
    import torch
    result = torch.empty_like(z)
    return lambda: (torch.softmax(z, 1, out=result),)


def logarithm_torch(z):
    import torch
    return torch.log_softmax(z, 1)


def logarithm_out(z):
    import torch
    result = torch.empty_like(z)
    return lambda: (torch.log_softmax(z, 1, out=result),)


def softmax_jax(z):
    import jax
    return jax.nn.softmax(z, axis=1)


def logarithm_jax(z):
    import jax
    return jax.nn.log_softmax(z, axis=1)


def softmax_numpy(z):
    result = numpy.empty_like(z)

    def run():
        numpy.subtract(z, z.max(1, keepdims=True), out=result)
        numpy.exp(result, out=result)
        numpy.divide(result, result.sum(1, keepdims=True), out=result)
        return (result,)
    return run


def class_data(random, sizes):
    label = random.integers(0, sizes["c"], sizes["n"])
    label[random.random(sizes["n"]) < 0.1] = -100
    return {**logits(random, sizes), "label": label, "class_weight": 0.5 + random.random(sizes["c"], numpy.float32)}


def class_torch(z, label, class_weight):
    import torch
    return torch.nn.functional.cross_entropy(z, label, weight=class_weight, ignore_index=-100)


def class_jax(z, label, class_weight):
    import jax
    import jax.numpy as jnp
    known = label >= 0
    at = jnp.where(known, label, 0)
    weight = jnp.where(known, class_weight[at], 0)
    chosen = jnp.take_along_axis(z, at[:, None], axis=1)[:, 0]
    return jnp.sum(weight * (jax.nn.logsumexp(z, axis=1) - chosen)) / jnp.sum(weight)


def rows():
    n, c = 4096, 1000
    for entry, title, torch, out, jax, numpy_form in (
            ("shares", "softmax", softmax_torch, softmax_out, softmax_jax, softmax_numpy),
            ("logarithms", "log-softmax", logarithm_torch, logarithm_out, logarithm_jax, None)):
        yield Row("c", f"{title}, 4096x1000", "softmax", {"n": n, "c": c}, logits, entry=entry, torch=torch,
                  torch_out=out, jax=jax, numpy=numpy_form, reads=4 * n * c, writes=4 * n * c)
    for n, c in (4096, 1000), (512, 32000):
        yield Row("d", f"weighted cross entropy and its gradient, {n}x{c}", "cross_entropy", {"n": n, "c": c},
                  class_data, torch=class_torch, jax=class_jax, by=("z",), reads=4 * n * c, writes=4 * n * c)

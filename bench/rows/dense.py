"""(i) matrix products, with bias and relu applied."""

import ctypes

import numpy

import native
from row import Row


def data(random, sizes):
    n, f, o = sizes["n"], sizes["f"], sizes["o"]
    return {"x": random.standard_normal((n, f), numpy.float32), "w": random.standard_normal((f, o), numpy.float32),
            "bias": random.standard_normal(o, numpy.float32)}


def with_torch(x, w, bias):
    import torch
    return torch.relu(torch.addmm(bias, x, w))


def with_memory(x, w, bias):
    import torch
    y = torch.empty(x.shape[0], w.shape[1])

    def run():
        with torch.inference_mode():
            torch.addmm(bias, x, w, out=y)
            return (y.relu_(),)
    return run


def with_jax(x, w, bias):
    import jax
    return jax.nn.relu(x @ w + bias)


def with_numpy(x, w, bias):
    y = numpy.empty((x.shape[0], w.shape[1]), numpy.float32)

    def run():
        numpy.matmul(x, w, out=y)
        numpy.add(y, bias, out=y)
        numpy.maximum(y, 0, out=y)
        return (y,)
    return run


def with_blas(given):
    x, w, bias = given["x"], given["w"], given["bias"]
    y = numpy.empty((x.shape[0], w.shape[1]), numpy.float32)
    dense = native.load("blas").blas_dense
    addresses = [native.address(array) for array in (x, w, bias, y)]

    def run(times):
        dense(ctypes.c_int64(times), x.shape[0], x.shape[1], w.shape[1], *addresses)
    return run, lambda: [y]


def rows():
    for n, f, o, program in ((512, 512, 512, "dense"), (1024, 1024, 1024, "dense"), (2048, 2048, 2048, "dense"),
                             (4096, 64, 20, "dense_64_20"), (100, 5, 10, "dense_5_10")):
        yield Row("i", f"dense layer {n}x{f}x{o}", program, {"n": n, "f": f, "o": o}, data, torch=with_torch,
                  torch_out=with_memory, jax=with_jax, numpy=with_numpy, others=[("OpenBLAS", with_blas)],
                  operations=2 * n * f * o, reads=4 * (n * f + f * o), writes=4 * n * o)

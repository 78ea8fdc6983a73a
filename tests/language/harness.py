"""What the files in cases/ are written with: a case is a program, the sizes it is run at, and what must come out.

A case is a function. Its documentation is the program; it is called with a source of random numbers and a size, and
returns the inputs (arrays by name), what must come out (arrays by name), and perhaps scalars and sizes for the command line.
Everything expected is computed in float64 from the definition, with loops wherever that is the plainest. Inputs are
rounded to float32, so that a run in either precision reads the same numbers.
"""
import itertools
import textwrap
import zlib

import numpy as np

CASES = []
ALL = object()


class Case:
    def __init__(self, function, sizes, live, f32, files):
        self.name = function.__name__
        self.program = textwrap.dedent(function.__doc__).lstrip("\n").rstrip() + "\n"
        self.sizes, self.live, self.f32, self.files = sizes, live, f32, files or {}
        self.function = function

    def make(self, size):
        seed = zlib.crc32(repr((self.name, sorted(size.items()))).encode())
        made = self.function(Draw(seed), **size)
        inputs, expected, given = made if len(made) == 3 else (*made, {})
        return ({name: np.array(value, order="C") for name, value in inputs.items()},
                {name: np.array(value, order="C") for name, value in expected.items()}, given)


def case(*sizes, live=(), f32=True, files=None):
    """Stored at `sizes`; run at `live` too when this is run by hand. Without `f32` in f64 only."""
    def register(function):
        CASES.append(Case(function, sizes or ({},), live, f32, files))
        return function
    return register


def f32(array):
    return np.asarray(array, dtype=np.float64).astype(np.float32).astype(np.float64)


class Draw:
    def __init__(self, seed):
        self.r = np.random.default_rng(seed)

    def normal(self, *shape, scale=1.0):
        return f32(self.r.normal(size=shape) * scale)

    def uniform(self, *shape, low=0.0, high=1.0):
        return f32(self.r.uniform(low, high, size=shape))

    def integers(self, low, high, *shape):
        return self.r.integers(low, high, size=shape).astype(np.int64)

    def mask(self, *shape, share=0.6):
        return self.r.uniform(size=shape) < share


# --- definitions, as the page about the language states them ---

def indices(*extents):
    return itertools.product(*map(range, extents))


def softmax(z, axis):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def logsumexp(values):
    values = np.asarray(values, dtype=np.float64).ravel()
    if values.size == 0:
        return -np.inf
    top = values.max()
    if not np.isfinite(top):
        return top
    return top + np.log(np.exp(values - top).sum())


def weighted(values, w):
    """The weighted mean of a list, NaN of nothing."""
    values, w = np.asarray(values, dtype=np.float64), np.asarray(w, dtype=np.float64)
    return (w * values).sum() / w.sum() if values.size and w.sum() != 0 else np.nan


def log_weighted(values, z):
    """The mean under exp(z), at any magnitude."""
    values, z = np.asarray(values, dtype=np.float64), np.asarray(z, dtype=np.float64)
    keep = z > -np.inf
    if not keep.any():
        return np.nan
    w = np.exp(z[keep] - z[keep].max())
    return (w * values[keep]).sum() / w.sum()


def log_sigmoid(z):
    return -np.logaddexp(0, -z)


def bce_with_logits(z, t):
    return -(t * log_sigmoid(z) + (1 - t) * log_sigmoid(-z))

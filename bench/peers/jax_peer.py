"""JAX as a contestant: jit, with gradients by jax.vjp in the same compiled function."""

import time

import jax
import jax.numpy as jnp
import numpy

from timing import Contestant, looped

jax.config.update("jax_enable_x64", True)


def version():
    return f"JAX {jax.__version__}"


def arrays(data):
    """Indices become int32, which is what JAX takes by itself."""
    given = {}
    for name, value in data.items():
        if hasattr(value, "dtype") and value.dtype == numpy.int64:
            value = value.astype(numpy.int32)
        given[name] = jnp.asarray(value) if hasattr(value, "dtype") and value.ndim else value
    return given


def function_of(row, fixed):
    if not row.by:
        return lambda **given: row.jax(**given, **fixed)

    def values_and_gradients(**given):
        leaves = [given.pop(name) for name in row.by]
        upstream = given.pop(row.upstream) if row.upstream else None
        value, back = jax.vjp(lambda *leaves: row.jax(**dict(zip(row.by, leaves)), **given, **fixed), *leaves)
        return (value, *back(upstream if upstream is not None else jnp.ones((), value.dtype)))
    return values_and_gradients


def compiled(row, data):
    given = arrays(data)
    start = time.perf_counter()
    if row.jax_run:
        call, outputs = row.jax_run(given)
        call()
        return Contestant("jax.jit", looped(call), outputs, compile_seconds=time.perf_counter() - start)
    fixed = {name: value for name, value in given.items() if not hasattr(value, "dtype")}
    varying = {name: value for name, value in given.items() if hasattr(value, "dtype")}
    function = jax.jit(function_of(row, fixed))
    jax.block_until_ready(function(**varying))
    seconds = time.perf_counter() - start

    def call():
        return jax.block_until_ready(function(**varying))

    def outputs():
        results = call()
        results = results if isinstance(results, (tuple, list)) else (results,)
        return [numpy.asarray(value) for value in results]
    return Contestant("jax.jit", looped(call), outputs, compile_seconds=seconds)


def contestants(row, data):
    if row.jax or row.jax_run:
        yield "jax.jit", lambda: compiled(row, data)

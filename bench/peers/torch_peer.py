"""PyTorch as a contestant: eager, and with outputs that are allocated before."""

import torch

from timing import Contestant, looped


def version():
    return f"PyTorch {torch.__version__}"


def set_threads(count):
    torch.set_num_threads(count)


def tensors(data):
    return {name: torch.from_numpy(value) if hasattr(value, "dtype") and value.ndim else value
            for name, value in data.items()}


def as_tuple(results):
    return tuple(results) if isinstance(results, (tuple, list)) else (results,)


def caller(row, function, given):
    """A function without arguments that computes the row's results: values, then gradients."""
    if not row.by:
        def values():
            with torch.inference_mode():
                return as_tuple(function(**given))
        return values
    given = dict(given)
    upstream = given.pop(row.upstream) if row.upstream else None
    for name in row.by:
        given[name] = given[name].clone().requires_grad_()
    leaves = [given[name] for name in row.by]

    def values_and_gradients():
        value = function(**given)
        return (value.detach(), *torch.autograd.grad(value, leaves, upstream))
    return values_and_gradients


def reference(row, data):
    """The results in float64."""
    wide = {name: value.double() if isinstance(value, torch.Tensor) and value.is_floating_point() else value
            for name, value in tensors(data).items()}
    if row.torch_run:
        function, outputs = row.torch_run(wide, False)
        function()
        return outputs()
    results = caller(row, row.torch, wide)()
    return [value.detach().numpy() for value in results]


def contestant(name, call, outputs=None, compile_seconds=None):
    results = outputs or (lambda: [value.detach().numpy() for value in call()])
    return Contestant(name, looped(call), results, compile_seconds=compile_seconds)


def contestants(row, data):
    """Functions that make them: what fails to compile is told, and left out."""
    given = tensors(data)
    if row.torch_run:
        yield "torch", lambda: contestant("torch", *row.torch_run(given, False))
    elif row.torch:
        yield "torch", lambda: contestant("torch", caller(row, row.torch, given))
    if row.torch_out:
        yield "torch, out=", lambda: contestant("torch, out=", row.torch_out(**given))

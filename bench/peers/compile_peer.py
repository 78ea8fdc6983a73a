"""PyTorch as a contestant: torch.compile of what the eager form is."""

import time

import torch

from peers.torch_peer import caller, contestant, set_threads, tensors, version  # noqa: F401: what measure.py asks for


took = {}  # seconds that compiling the row took that is open: other data of the same sizes finds it compiled


def compiled(row, given):
    if row.key not in took:
        torch._dynamo.reset()
        took.clear()
    start = time.perf_counter()
    if row.torch_run:
        call, outputs = row.torch_run(given, True)
    else:
        call, outputs = caller(row, torch.compile(row.torch, dynamic=False), given), None
    call()
    seconds = took.setdefault(row.key, time.perf_counter() - start)
    return contestant("torch.compile", call, outputs, seconds)


def contestants(row, data):
    if row.compiled and not row.tiny and (row.torch or row.torch_run):
        yield "torch.compile", lambda: compiled(row, tensors(data))

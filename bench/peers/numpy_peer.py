"""NumPy as a contestant; rows write it with out= and memory that is kept."""

import numpy

from timing import Contestant, looped


def version():
    return f"NumPy {numpy.__version__}"


def make(row, data):
    function = row.numpy(**data)
    return Contestant("numpy", looped(function), lambda: list(function()))


def contestants(row, data):
    if row.numpy:
        yield "numpy", lambda: make(row, data)

"""The contestants that are written in C by hand: OpenBLAS's product, and the gradient of a Gaussian mixture; the latter in
long double too, to measure errors of float64 by."""

import ctypes
import os

from ours import march, timed

FOLDER = "build/bench"
FAST = ["-ffast-math", "-fno-finite-math-only"]
LIBRARIES = {"blas": ("blas", [*FAST, "-lopenblas"]), "mixture": ("mixture", FAST),
             "mixture_long": ("mixture", ["-DWITH_LONG_DOUBLE"])}


def build():
    """Compiles each; tells which could not be, and goes on without it."""
    for name, (source, flags) in LIBRARIES.items():
        try:
            timed(["clang", "-O3", f"-march={march()}", "-fopenmp", "-shared", "-fPIC", f"bench/{source}.c", "-o",
                   f"{FOLDER}/{name}.so", *flags, "-lm"])
        except RuntimeError as problem:
            print(f"without {name}: {problem}")


def load(name):
    return ctypes.CDLL(os.path.abspath(f"{FOLDER}/{name}.so"))


def address(array):
    """Where an array lies; it stays there as long as the address is kept."""
    found = ctypes.c_void_p(array.ctypes.data)
    found.array = array
    return found

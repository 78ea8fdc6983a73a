"""The limit of a row as a contestant: the loops of limits.c, for as many bytes or operations as the row needs."""

import ctypes
import os

import numpy

from ours import aligned, march, timed
from timing import Contestant, once

PATH = "build/bench/limits.so"
SHARE = 8  # so many of the operations of a long row are made: the rest would tell nothing more


def largest():
    """Bytes of a buffer that no cache holds, which is read several times where a row has more."""
    least, memory = 1 << 28, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        with open("/sys/devices/system/cpu/cpu0/cache/index3/size") as file:
            cache = int(file.read().strip().rstrip("K")) << 10
    except (OSError, ValueError):
        cache = 0
    return max(least, min(2 * cache, memory // 16) // 64 * 64)


def build():
    os.makedirs(os.path.dirname(PATH), exist_ok=True)
    flags = ["-mprefer-vector-width=512"] if march() == "x86-64-v4" else []
    timed(["clang", "-O3", f"-march={march()}", *flags, "-ffp-contract=fast", "-fopenmp", "-shared", "-fPIC",
           "bench/limits.c", "-o", PATH])


def bytes_limit(library, row):
    """Reads and writes what the row must, with the stores that are faster at this size."""
    read, written = int(row.reads) // 64 * 64, int(row.writes) // 64 * 64
    passes = -(-max(read, written) // largest())
    read, written = read // passes // 64 * 64, written // passes // 64 * 64
    source, target = aligned([read + 64], numpy.uint8), aligned([written + 64], numpy.uint8)
    source.fill(1)
    target.fill(1)
    stream = library.limits_stream
    addresses = ctypes.c_void_p(source.ctypes.data), ctypes.c_void_p(target.ctypes.data)

    def made(past_cache):
        def run(times):
            stream(addresses[0], ctypes.c_int64(read), addresses[1], ctypes.c_int64(written), past_cache,
                   ctypes.c_int64(times * passes))
        limit = Contestant("limit: bytes", run)
        limit.kept = source, target
        return limit
    both = [made(0), made(1)]
    if not written:
        return both[0]
    times = max(1, int(2e6 / (read + written)))
    return min(both, key=lambda limit: min(once(limit, times)[0] for _ in range(3)))


def operations_limit(library, row):
    function = getattr(library, f"limits_multiply_add_{row.real}")
    share = SHARE if row.operations > 1e9 else 1

    def run(times):
        function(ctypes.c_double(row.operations / share), ctypes.c_int64(times))
    limit = Contestant("limit: operations", run)
    limit.scale = share
    return limit


def contestants(row):
    library = ctypes.CDLL(os.path.abspath(PATH))
    found = []
    if row.reads + row.writes:
        found.append(bytes_limit(library, row))
    if row.operations > 1e6:  # of less, the loop's own beginning and end would be measured
        found.append(operations_limit(library, row))
    return found

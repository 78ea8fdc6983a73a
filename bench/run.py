"""run.py [--self] [--seconds S] [ROW...]: the benchmark. `make bench` and `make bench-self` call it.

ROW is a letter of the board or a whole title. What is measured is kept in build/bench/results, a file for each row and number
of threads, and docs/benchmarks.md is written from all of them. With --self no peers run: the share of the limit that
each row reaches is compared with bench/baseline.json, and the exit status is 1 where one fell; --accept writes that file."""

import argparse
import hashlib
import json
import os
import subprocess
import sys

import board
import limits
import native
import ours

COMPILE = "build/bench/compile.json"
THREADS = (1, 2)
PEERS = ("torch", "compile", "jax", "numpy", "tinygrad")
# How the processes of the benchmark are set up. Every runtime's threads fall asleep soon after a parallel loop, so that none
# burns the processor while another is measured; and freed memory is kept by the allocator, so that peers which allocate their
# results do not wait for the system to clear pages.
SETTINGS = {"KMP_BLOCKTIME": "2", "OPENBLAS_THREAD_TIMEOUT": "20",  # 2^20 cycles, not 2^26
            "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000",
            "MALLOC_TOP_PAD_": "67108864", "PYTHONPATH": "bench", "PYTHONDONTWRITEBYTECODE": "1",
            # compiling takes what it takes the first time
            "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}


def state_of(program):
    """What the compiled form of a program depends on."""
    state = hashlib.sha256()
    for path in ("build/steelyard", "bench/ours.py", f"bench/programs/{program}.sy"):
        with open(path, "rb") as file:
            state.update(file.read())
    return state.hexdigest()


def compile_all(rows):
    """Compiles what has changed since the last time."""
    compiled = {}
    if os.path.exists(COMPILE):
        with open(COMPILE) as file:
            compiled = json.load(file)
    for program in dict.fromkeys(row.program for row in rows):
        state = state_of(program)
        if compiled.get(program, {}).get("state") == state:
            continue
        print(f"compiling {program}", flush=True)
        compiled[program] = {**ours.compile_program(program), "state": state}
    with open(COMPILE, "w") as file:
        json.dump(compiled, file, indent=1)


def measure(threads, seconds, peers, keys, results):
    """Runs measure.py; after a crash, again with the rows behind the one that crashed."""
    settings = {**os.environ, **SETTINGS, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads), "CPU_COUNT": str(threads),
                "TORCHINDUCTOR_CACHE_DIR": os.path.abspath("build/bench/inductor"), "BENCH_RESULTS": results}
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        settings.pop(name, None)
    while keys:
        run = subprocess.Popen([sys.executable, "bench/measure.py", str(threads), str(seconds), ",".join(peers), *keys],
                               env=settings, stdout=subprocess.PIPE, text=True)
        done = 0
        for line in run.stdout:
            if line.startswith("done "):
                done += 1
            else:
                print(line, end="", flush=True)
        run.wait()
        if run.returncode == 0:
            return
        print(f"{keys[done] if done < len(keys) else 'the end'}: the process ended with {run.returncode}", flush=True)
        keys = keys[done + 1:]


def main():
    parser = argparse.ArgumentParser(description="Runs the board, or rows of it.")
    parser.add_argument("rows", nargs="*")
    parser.add_argument("--self", action="store_true", dest="alone")
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("--peers", default=",".join(PEERS), help="of " + " ".join(PEERS) + ", with commas between them")
    parser.add_argument("--threads", type=int, choices=THREADS, help="one or two; both, if it is not said")
    parser.add_argument("--seconds", type=float, default=4.0, help="that a row is measured, at least")
    given = parser.parse_args()
    peers = [] if given.alone else given.peers.split(",")
    for peer in peers:
        if peer not in PEERS:
            sys.exit(f"no peer is called {peer}; there are {' '.join(PEERS)}")
    for name in given.rows:
        if not board.rows([name]):
            sys.exit(f"no row is called {name}; there are {' '.join(sorted({r.letter for r in board.every()}))}")
    rows = board.rows(given.rows)
    results = "build/bench/alone" if given.alone else "build/bench/results"
    os.makedirs(results, exist_ok=True)
    limits.build()
    compile_all(rows)
    if not given.alone:
        native.build()
    for threads in [given.threads] if given.threads else THREADS:
        measure(threads, given.seconds, peers, [row.key for row in rows], results)
    if given.alone:
        import baseline
        sys.exit(baseline.compare(rows, results, given.accept))
    import report
    report.write()


if __name__ == "__main__":
    main()

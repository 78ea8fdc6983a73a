"""measure.py THREADS SECONDS PEERS ROW...: times rows in this process, and writes ROW.THREADS.json into the
folder that BENCH_RESULTS names.

run.py starts it, once for each number of threads. A row's file is written when the row is done, so that a crash
loses one row only. Lines on standard output say how it goes."""

import ctypes
import gc
import json
import os
import statistics
import sys
import time

THREADS = int(sys.argv[1])
if THREADS == 1:
    # JAX makes a thread for each processor that it may use
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})

import numpy  # noqa: E402

import board  # noqa: E402
import errors  # noqa: E402
import limits  # noqa: E402
import timing  # noqa: E402

DRAWS = (8, 9)  # seeds of the data that errors are measured on, beside that which is timed


def from_python(contestant, calls=2000):
    """What a call through ctypes costs above one in the loop in C, in seconds of processor time."""
    looped = timing.Contestant("ours, from Python", timing.looped(lambda: contestant.run(1)))
    return statistics.median(timing.once(looped, calls)[1] - timing.once(contestant, calls)[1] for _ in range(5))


def measure(row, modules, seconds):
    drawn = errors.of_draws(row, modules, DRAWS)
    data = row.data(numpy.random.default_rng(7), row.sizes)
    reference = errors.true_results(row, data, modules) if modules else None
    gc.collect()
    contestants, report = [], {"row": row.key, "letter": row.letter, "threads": THREADS, "contestants": {}}
    for name, make in errors.makers(row, data, modules):
        entry = report["contestants"][name] = {}
        try:
            made = make()
            made.prepare()
            made.run(1)
            if reference is not None:
                entry["errors"] = [max(errors.of_outputs(row, made.outputs(), reference)), *map(max, drawn.get(name, []))]
                entry["error"] = statistics.fmean(entry["errors"])
            contestants.append(made)
        except Exception as problem:  # whatever a peer raises, the others are measured
            entry["problem"] = f"{type(problem).__name__}: {problem}"[:400]
            print(f"#   {name}: {entry['problem']}", flush=True)
            continue
        if made.compile_seconds is not None:
            entry["compile"] = made.compile_seconds
    if row.tiny and contestants and contestants[0].name == "ours":
        report["from_python"] = from_python(contestants[0])
    every = contestants + limits.contestants(row)
    for made, values in timing.interleave(every, seconds * row.budget).items():
        scale = next((getattr(c, "scale", 1) for c in every if c.name == made), 1)
        entry = report["contestants"].setdefault(made, {})
        entry["seconds"], entry["cpu"] = [[scale * value for value in series] for series in zip(*values)]
    return report


def say(report):
    text = "  ".join(f"{name} {1e3 * statistics.median(entry['seconds']):.4g}"
                     for name, entry in report["contestants"].items() if "seconds" in entry)
    errors = "  ".join(f"{name} {entry['error']:.1e}" for name, entry in report["contestants"].items()
                       if "error" in entry)
    print(f"{report['row']}, {THREADS} threads, ms: {text}\n    errors: {errors}", flush=True)


def main():
    seconds, wanted, keys = float(sys.argv[2]), sys.argv[3].split(","), sys.argv[4:]
    modules = errors.peers([name for name in wanted if name], THREADS)
    versions = sorted({module.version() for module in modules})
    for row in board.rows(keys):
        start = time.perf_counter()
        try:
            report = measure(row, modules, seconds)
        except Exception as problem:
            print(f"# {row.key}: {type(problem).__name__}: {problem}\ndone {row.key}", flush=True)
            continue
        report.update(versions=versions, date=time.strftime("%Y-%m-%d", time.gmtime()),
                      took=time.perf_counter() - start)
        path = f"{os.environ['BENCH_RESULTS']}/{board.slug(row)}.{THREADS}.json"
        with open(path + ".new", "w") as file:
            json.dump(report, file)
        os.replace(path + ".new", path)
        say(report)
        print(f"done {row.key}", flush=True)
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    main()

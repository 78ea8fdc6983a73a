"""measure.py THREADS SECONDS PEERS ROW...: times rows in this process, and writes ROW.THREADS.json into the
folder that BENCH_RESULTS names.

run.py starts it, once for each number of threads. A row's file is written when the row is done, so that a crash
loses one row only. Lines on standard output say how it goes."""

import ctypes
import gc
import importlib
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
import limits  # noqa: E402
import ours  # noqa: E402
import timing  # noqa: E402

DRAWS = (8, 9)  # seeds of the data that errors are measured on, beside that which is timed
LOOKED_AT = 4_000_000  # elements of an output that are compared; of longer ones, evenly spread


def peers(wanted):
    """The modules of those that are installed."""
    found = []
    for name in wanted:
        try:
            found.append(importlib.import_module(f"peers.{name}_peer"))
        except ImportError as error:
            print(f"# without {name}: {error}", flush=True)
    for module in found:
        if hasattr(module, "set_threads"):
            module.set_threads(THREADS)
    return found


def thinned(values):
    flat = numpy.asarray(values).reshape(-1)
    wide = numpy.longdouble if flat.dtype == numpy.longdouble else numpy.float64
    return numpy.array(flat[::max(1, flat.size // LOOKED_AT) | 1], wide)


def error(row, results, reference):
    """The largest error, each output's as a part of its largest element. Results that a peer gives in float64 are rounded to
    what the row is in: else it would be compared by digits that the others' results have no place for."""
    worst, real = 0.0, numpy.float32 if row.real == "f32" else numpy.float64
    for result, true in zip(results, reference, strict=True):
        result = thinned(numpy.asarray(result, real))
        if result.shape != true.shape:
            raise ValueError(f"{result.shape} elements, not {true.shape}")
        scale = numpy.max(numpy.abs(true)) if true.size else 0.0
        differs = numpy.max(numpy.abs(result - true)) if true.size else 0.0
        worst = max(worst, numpy.inf if numpy.isnan(differs) else float(differs / max(scale, 1e-300)))
    return worst


def our_contestant(row, data):
    def prepare():
        if row.entry == "step":
            for name, array in function.outputs.items():
                array[...] = data.get(name, 0)
    function = ours.Function(row.program, row.entry, row.sizes, data)
    names = row.results or list(function.outputs)
    contestant = timing.Contestant("ours", function.run, lambda: [function.outputs[name] for name in names], prepare)
    contestant.function = function
    return contestant


def makers(row, data, modules):
    yield "ours", lambda: our_contestant(row, data)
    for name, make in row.others:
        def contestant(make=make, name=name):
            run, outputs = make(data)
            return timing.Contestant(name, run, outputs)
        yield name, contestant
    for module in modules:
        yield from module.contestants(row, data)


def from_python(contestant, calls=2000):
    """What a call through ctypes costs above one in the loop in C, in seconds of processor time."""
    looped = timing.Contestant("ours, from Python", timing.looped(lambda: contestant.run(1)))
    return statistics.median(timing.once(looped, calls)[1] - timing.once(contestant, calls)[1] for _ in range(5))


def true_results(row, data, modules):
    if row.reference:
        return row.reference(thinned, **data)
    for module in modules:
        if hasattr(module, "reference") and (row.torch or row.torch_run):
            return [thinned(value) for value in module.reference(row, data)]
    return None


def errors_of_draws(row, modules):
    """{contestant: errors} on data that is not timed. torch.compile would compile again for each."""
    found = {}
    modules = [module for module in modules if not module.__name__.endswith("compile_peer")]
    for seed in DRAWS if modules else ():
        data = row.data(numpy.random.default_rng(seed), row.sizes)
        reference = true_results(row, data, modules)
        for name, make in makers(row, data, modules) if reference is not None else ():
            try:
                made = make()
                made.prepare()
                made.run(1)
                found.setdefault(name, []).append(error(row, made.outputs(), reference))
            except Exception:  # is told when the same is timed
                pass
            made = None
        gc.collect()
    return found


def measure(row, modules, seconds):
    drawn = errors_of_draws(row, modules)
    data = row.data(numpy.random.default_rng(7), row.sizes)
    reference = true_results(row, data, modules) if modules else None
    gc.collect()
    contestants, report = [], {"row": row.key, "letter": row.letter, "threads": THREADS, "contestants": {}}
    for name, make in makers(row, data, modules):
        entry = report["contestants"][name] = {}
        try:
            made = make()
            made.prepare()
            made.run(1)
            if reference is not None:
                entry["errors"] = [error(row, made.outputs(), reference), *drawn.get(name, [])]
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
    modules = peers([name for name in wanted if name])
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

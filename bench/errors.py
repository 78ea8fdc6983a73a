"""errors.py [--draws N] [--peers PEER,...] ROW...: how far each contestant's results are from float64's, on several draws of
the data; nothing is timed. measure.py measures with what is here.

For each contestant a line: the mean over the draws of its largest error, and then that of each output's. To be run with
PYTHONPATH=bench by the Python of build/bench/venv."""

import argparse
import gc
import importlib
import statistics

import numpy

import board
import native
import ours
import run
import timing

LOOKED_AT = 4_000_000  # elements of an output that are compared; of longer ones, evenly spread


def peers(wanted, threads):
    """The modules of those that are installed."""
    found = []
    for name in wanted:
        try:
            found.append(importlib.import_module(f"peers.{name}_peer"))
        except ImportError as error:
            print(f"# without {name}: {error}", flush=True)
    for module in found:
        if hasattr(module, "set_threads"):
            module.set_threads(threads)
    return found


def thinned(values):
    flat = numpy.asarray(values).reshape(-1)
    wide = numpy.longdouble if flat.dtype == numpy.longdouble else numpy.float64
    return numpy.array(flat[::max(1, flat.size // LOOKED_AT) | 1], wide)


def of_outputs(row, results, reference):
    """Each output's largest error, as a part of its largest element. Results that a peer gives in float64 are rounded to
    what the row is in: else it would be compared by digits that the others' results have no place for."""
    found, real = [], numpy.float32 if row.real == "f32" else numpy.float64
    for result, true in zip(results, reference, strict=True):
        result = thinned(numpy.asarray(result, real))
        if result.shape != true.shape:
            raise ValueError(f"{result.shape} elements, not {true.shape}")
        scale = numpy.max(numpy.abs(true)) if true.size else 0.0
        differs = numpy.max(numpy.abs(result - true)) if true.size else 0.0
        found.append(numpy.inf if numpy.isnan(differs) else float(differs / max(scale, 1e-300)))
    return found


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


def true_results(row, data, modules):
    if row.reference:
        return row.reference(thinned, **data)
    for module in modules:
        if hasattr(module, "reference") and (row.torch or row.torch_run):
            return [thinned(value) for value in module.reference(row, data)]
    return None


def of_draws(row, modules, seeds):
    """{contestant: [each output's error] for each draw}."""
    found = {}
    for seed in seeds if modules else ():
        data = row.data(numpy.random.default_rng(seed), row.sizes)
        reference = true_results(row, data, modules)
        for name, make in makers(row, data, modules) if reference is not None else ():
            try:
                made = make()
                made.prepare()
                made.run(1)
                found.setdefault(name, []).append(of_outputs(row, made.outputs(), reference))
            except Exception as problem:  # whatever a peer raises, the others are measured
                print(f"#   {name}: {type(problem).__name__}: {problem}"[:400], flush=True)
            made = None
        gc.collect()
    return found


def main():
    parser = argparse.ArgumentParser(description="Measures errors alone.")
    parser.add_argument("rows", nargs="+")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--peers", default="torch,jax", help="torch is needed where a row has no reference of its own")
    given = parser.parse_args()
    modules = peers(given.peers.split(","), 1)
    rows = board.rows(given.rows)
    run.compile_all(rows)
    native.build()
    for row in rows:
        print(row.key, flush=True)
        for name, drawn in of_draws(row, modules, range(7, 7 + given.draws)).items():
            outputs = "  ".join(f"{statistics.fmean(errors):.1e}" for errors in zip(*drawn))
            print(f"    {name:14} {statistics.fmean(map(max, drawn)):.2e}   {outputs}", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Programs written from the definition of the language alone, with results from NumPy.

    python3 tests/language/make_data.py                      writes NAME.sy and data/NAME, which the tests read
    python3 tests/language/make_data.py --run STEELYARD [NAME...]   runs the programs too, at more and larger sizes
"""
import importlib
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
import harness  # noqa: E402
import refusals  # noqa: E402

for module in sorted((HERE / "cases").glob("*.py")):
    importlib.import_module("cases." + module.stem)


def arguments(given):
    return ["%s=%s" % item for item in given.items()]


def write():
    shutil.rmtree(HERE / "data", ignore_errors=True)
    for case in harness.CASES:
        (HERE / (case.name + ".sy")).write_text(case.program)
        for name, text in case.files.items():
            (HERE / name).parent.mkdir(exist_ok=True)
            (HERE / name).write_text(text)
        for number, size in enumerate(case.sizes):
            folder = HERE / "data" / case.name / str(number)
            folder.mkdir(parents=True)
            inputs, expected, given = case.make(size)
            if inputs:
                np.savez_compressed(folder / "inputs.npz", **inputs)
            words = ["%s=%s" % (name, folder.relative_to(HERE.parent.parent) / "inputs.npz") for name in inputs]
            words += arguments(given)
            (folder / "arguments").write_text(" ".join(words) + "\n")
            for name, array in expected.items():
                np.save(folder / ("expected_%s.npy" % name), array)
        if not case.f32:
            (HERE / "data" / case.name / "f64_only").touch()


def write_refused():
    """refused/NAME.sy and refused/expected.txt; wrong/*.npy, wrong/model.sy and wrong/expected.txt: what run.sh reads."""
    folder = HERE / "refused"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lines = []
    for name, kind, words, program in refusals.PROGRAMS:
        text = refusals.HEAD + program
        line = text[:text.index("@")].count("\n") + 1
        (folder / (name + ".sy")).write_text(text.replace("@", ""))
        option = "" if kind in ("error", "warning") else "-W" + kind
        lines.append("\t".join([name, "1" if kind == "error" else "0", option or "-Wall",
                                "%s.sy:%d:[0-9]+: %s: .*(%s)" % (name, line, "note" if option else kind, words)]))
    (folder / "expected.txt").write_text("\n".join(lines) + "\n")
    folder = HERE / "wrong"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "model.sy").write_text(refusals.MODEL)
    for name, array in refusals.arrays().items():
        np.save(folder / (name + ".npy"), array)
    (folder / "text.npy").write_text("not an array\n")
    (folder / "cut.npy").write_bytes((folder / "x.npy").read_bytes()[:-7])
    lines = []
    for code, words, change in refusals.WRONG:
        given = {**refusals.GOOD, **change}
        call = " ".join("%s=%s" % item for item in given.items() if item[1] is not None)
        lines.append("%d\t%s\t%s" % (code, words, call.replace("{", "tests/language/wrong/").replace("}", ".npy")))
    (folder / "expected.txt").write_text("\n".join(lines) + "\n")


def differences(actual, expected, real):
    if actual.shape != expected.shape:
        return "shape %s, expected %s" % (actual.shape, expected.shape)
    if expected.dtype.kind in "ib" and actual.dtype != expected.dtype:
        return "type %s, expected %s" % (actual.dtype, expected.dtype)
    if actual.dtype.kind in "ib":
        wrong = actual != expected
    else:
        relative = {2: 1e-3, 4: 2e-5, 8: 1e-12}[actual.dtype.itemsize]
        a, e = actual.astype(np.float64), expected.astype(np.float64)
        with np.errstate(all="ignore"):
            wrong = ~((np.abs(a - e) <= relative * (1 + np.abs(e))) | (a == e) | (np.isnan(a) & np.isnan(e)))
    if wrong.any():
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        return "%d of %d differ; at %s: %r, expected %r" % (wrong.sum(), wrong.size, first, actual[first], expected[first])
    return ""


def run(steelyard, names):
    passed = failed = 0
    warned = set()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for case in harness.CASES:
            if names and case.name not in names:
                continue
            (folder / (case.name + ".sy")).write_text(case.program)
            for name, text in case.files.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(text)
            for size in list(case.sizes) + list(case.live):
                inputs, expected, given = case.make(size)
                np.savez(folder / "inputs.npz", **inputs)
                words = ["%s=%s" % (name, folder / "inputs.npz") for name in inputs] + arguments(given)
                for real in ["f64", "f32"] if case.f32 else ["f64"]:
                    out = folder / "out"
                    shutil.rmtree(out, ignore_errors=True)
                    what = "%s %s %s" % (case.name, size, real)
                    done = subprocess.run([steelyard, "run", folder / (case.name + ".sy"), *words, "--real", real, "-o", out],
                                          capture_output=True, text=True)
                    if done.returncode:
                        print("%s: exit %d\n%s" % (what, done.returncode, "" if case.name in warned else done.stderr[:2000]))
                        warned.add(case.name)
                        failed += 1
                        continue
                    if done.stderr and case.name not in warned:
                        warned.add(case.name)
                        print("\n".join(line for line in done.stderr.splitlines() if "warning:" in line))
                    for name, array in expected.items():
                        said = differences(np.load(out / (name + ".npy")), array, real)
                        if said:
                            print("%s: %s: %s" % (what, name, said))
                            failed += 1
                        else:
                            passed += 1
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if sys.argv[1:2] == ["--run"]:
    sys.exit(run(sys.argv[2], sys.argv[3:]))
write()
write_refused()

#!/usr/bin/env python3
"""Makes programs and data of averages_logsumexp.json: tests/reference/averages/.

python3 tests/reference/averages.py writes, for each function of the file, one program with an output for each case
(case17 is the eighteenth record), and a folder with the cases' inputs and expected results. Only the standard library is
needed. What the language says in another way than NumPy and SciPy do is decided here, and told in
averages_differences.md.
"""
import json
import pathlib
import shutil
import struct

HERE = pathlib.Path(__file__).resolve().parent
TYPES = {"float64": "<f8", "float32": "<f4", "int64": "<i8", "int32": "<i4", "bool": "|b1"}
FORMATS = {"<f8": "d", "<f4": "f", "<i8": "q", "<i4": "i", "|b1": "?"}

# Weights that are masked arrays are recorded as "?". The masked case is its sibling with one element more, which must
# not count: here that element is NaN.
MASKED = {69: 66, 83: 82}

PROLOGUES = {
    "np.average": "Weighted means: numpy.average.",
    "logsumexp": "log(sum(b * exp(x))): scipy.special.logsumexp.",
    "softmax": "scipy.special.softmax.",
    "log_softmax": "scipy.special.log_softmax.",
    "hmean": "Harmonic means: scipy.stats.hmean.",
    "gmean": "Geometric means: scipy.stats.gmean.",
    "pmean": "Power means: scipy.stats.pmean.",
}


def write_npy(path, dtype, shape, values):
    code = TYPES[dtype]
    extents = "(%s)" % (", ".join(map(str, shape)) + ("," if len(shape) == 1 else ""))
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (code, extents)
    header += " " * (-(len(header) + 11) % 64) + "\n"
    data = struct.pack("<%d%s" % (len(values), FORMATS[code]), *values)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)


def numbers(array):
    integer = array["dtype"].startswith("int")
    return [int(v) if integer else float(v) for v in array["data"]]


class Case:
    """One record: its arrays, the axes that it reduces over, and the lines of its program."""

    def __init__(self, number, record, records):
        self.number, self.record = number, record
        self.fn, self.options = record["fn"], dict(record["kwargs"])
        self.inputs, self.expected, self.lines, self.outputs = {}, {}, [], []
        self.x = record["args"][0]
        self.shape = list(self.x["shape"]) or [1]  # a number is a vector of one element
        self.axes = ["%s%d" % (letter, number) for letter in "abcd"[: len(self.shape)]]
        axis = self.options.get("axis")
        chosen = range(len(self.shape)) if axis is None else axis if isinstance(axis, list) else [axis]
        self.chosen = sorted(a % len(self.shape) for a in chosen)
        self.reduced = [self.axes[a] for a in self.chosen]
        self.kept = [a for a in self.axes if a not in self.reduced]
        self.weights = self.options.get("weights", self.options.get("b"))
        self.masked = number in MASKED
        if self.masked:
            sibling = dict(records[MASKED[number]]["kwargs"]["weights"])
            self.weights = {"shape": [sibling["shape"][0] + 1], "dtype": "float64", "data": sibling["data"] + [1]}
            self.x = dict(self.x, dtype="float64", data=self.x["data"][:-1] + ["nan"])

    def name(self, letter):
        return "%s%d" % (letter, self.number)

    def declare(self, kind, letter, axes, array, shape=None):
        """A line such as `input x7[a7, b7]`, and its data."""
        kind_of_number = ": f32" if array["dtype"] == "float32" else ""
        brackets = "[%s]" % ", ".join(axes) if axes else ""
        self.lines.append("%-6s %s%s%s" % (kind, self.name(letter), brackets, "" if kind == "mask" else kind_of_number))
        self.inputs[self.name(letter)] = (array["dtype"], array["shape"] if shape is None else shape, numbers(array))

    def output(self, suffix, axes, value, expected):
        name = self.name("case") + suffix
        kept = [e for e, a in zip(self.shape, self.axes) if a in axes]
        f32 = ": f32" if expected["dtype"] == "float32" else ""
        brackets = "[%s]" % ", ".join(axes) if axes else ""
        self.lines.append("output %s%s%s = %s" % (name, brackets, f32, value))
        self.expected[name] = (expected["dtype"], kept, [float(v) for v in expected["data"]])

    def weight_axes(self):
        shape = self.weights["shape"]
        return self.axes if len(shape) == len(self.shape) else self.reduced

    def over(self):
        return "[%s]" % ", ".join(self.reduced)

    def given(self):
        """`, weight = w7` and the like: what a reduction of this case is told."""
        text = ""
        if self.weights is not None:
            text += ", weight = %s" % self.name("w")
        if self.masked:
            text += ", where = %s" % self.name("keep")
        return text

    def program(self):
        if self.number == 35:
            return self.broadcast()
        for axis in self.axes:
            self.lines.append("dim    %s" % axis)
        self.declare("input", "x", self.axes, self.x, self.shape)
        if self.weights is not None:
            negative = any(float(v) < 0 for v in self.weights["data"])
            self.declare("input" if negative else "weight", "w", self.weight_axes(), self.weights)
        if self.masked:
            keep = [1] * (self.shape[0] - 1) + [0]
            self.declare("mask", "keep", self.axes, {"dtype": "bool", "shape": self.shape, "data": keep})
            self.inputs[self.name("keep")] = ("bool", self.shape, [bool(v) for v in keep])
        getattr(self, self.fn.replace(".", "_"))()

    def broadcast(self):
        """Case 35: NumPy stretches axes of size 1; the language leaves them out."""
        a, b, c, d = (self.name(letter) for letter in "abcd")
        self.lines += ["dim    %s" % axis for axis in (a, b, c, d)]
        x, w = self.x, self.weights
        self.declare("input", "x", [a, c], x, [x["shape"][0], x["shape"][2]])
        self.declare("weight", "w", [b, d], w, [w["shape"][0], w["shape"][2]])
        value = "logsumexp[%s, %s, %s, %s](%s, weight = %s)" % (a, b, c, d, self.name("x"), self.name("w"))
        self.output("", [], value, self.record["out"][0])

    def np_average(self):
        out = self.record["out"]
        self.output("", self.kept, "mean%s(%s%s)" % (self.over(), self.name("x"), self.given()), out[0])
        if self.options.get("returned"):
            self.output("_sum", self.kept, "sum%s(%s)" % (self.over(), self.name("w")), out[1])

    def logsumexp(self):
        out, x, w = self.record["out"], self.name("x"), self.name("w")
        if not self.options.get("return_sign"):
            self.output("", self.kept, "logsumexp%s(%s%s)" % (self.over(), x, self.given()), out[0])
            return
        top, total = self.name("top"), self.name("total")
        self.lines.append("let    %s = max%s(%s)" % (top, self.over(), x))
        self.lines.append("let    %s = sum%s(%s * exp(%s - %s))" % (total, self.over(), w, x, top))
        self.output("", self.kept, "log(abs(%s)) + %s" % (total, top), out[0])
        self.output("_sign", self.kept, "sign(%s)" % total, out[1])

    def softmax(self):
        self.output("", self.axes, "%s%s(%s)" % (self.fn, self.over(), self.name("x")), self.record["out"][0])

    log_softmax = softmax

    def mean_of(self, value):
        return "mean%s(%s%s)" % (self.over(), value, self.given())

    def hmean(self):
        self.output("", self.kept, "1 / %s" % self.mean_of("1 / %s" % self.name("x")), self.record["out"][0])

    def gmean(self):
        self.output("", self.kept, "exp(%s)" % self.mean_of("log(%s)" % self.name("x")), self.record["out"][0])

    def pmean(self):
        power = self.record["args"][1]
        power = power if isinstance(power, dict) else {"dtype": "float64", "shape": [], "data": [power]}
        self.declare("input", "p", [], power)
        p = self.name("p")
        value = "if %s == 0 then exp(%s) else %s^(1 / %s)" % (
            p, self.mean_of("log(%s)" % self.name("x")), self.mean_of("%s^%s" % (self.name("x"), p)), p)
        self.output("", self.kept, value, self.record["out"][0])


def main():
    records = json.loads((HERE / "averages_logsumexp.json").read_text())
    target = HERE / "averages"
    shutil.rmtree(target, ignore_errors=True)
    programs = {}
    for number, record in enumerate(records):
        case = Case(number, record, records)
        case.program()
        name = record["fn"].replace(".", "_")
        programs.setdefault(name, ["## %s" % PROLOGUES[record["fn"]], "real f64"])
        programs[name] += ["", "# %s" % record["test"]] + case.lines
        folder = target / name
        folder.mkdir(parents=True, exist_ok=True)
        for given, array in case.inputs.items():
            write_npy(folder / (given + ".npy"), *array)
        for output, array in case.expected.items():
            write_npy(folder / ("expected_%s.npy" % output), *array)
    for name, lines in programs.items():
        (target / (name + ".sy")).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

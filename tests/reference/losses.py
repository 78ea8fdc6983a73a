#!/usr/bin/env python3
"""Makes programs and data of losses_pointwise.json: tests/reference/losses/.

python3 tests/reference/losses.py writes, for each loss of the file, one program with an output for each recorded loss,
gradient and Hessian (case33_gradient belongs to the thirty-fourth record), and a folder with inputs and expected results.
Records on the same data share their inputs, and what they repeat to the bit is one output. Only the standard library is
needed. What the language says in another way than scikit-learn is decided here, and told in losses_differences.md.
"""
import json
import math
import pathlib
import shutil
import struct

from averages import write_npy

HERE = pathlib.Path(__file__).resolve().parent

ABOUT = {
    "HalfSquaredError": "Half of the squared error.",
    "AbsoluteError": "The absolute error.",
    "PinballLoss": "The pinball loss of quantiles.",
    "HalfPoissonLoss": "The Poisson loss of logarithms of means.",
    "HalfGammaLoss": "The gamma loss of logarithms of means.",
    "HalfTweedieLoss": "The Tweedie losses of logarithms of means.",
    "HalfTweedieLossIdentity": "The Tweedie losses of means.",
    "HalfBinomialLoss": "The cross entropy of logits.",
    "HalfMultinomialLoss": "The cross entropy of the logits of several classes.",
}

def is_single(value):
    return struct.unpack("f", struct.pack("f", value))[0] == value


# Derivatives at a kink, and Hessians that are 1 by convention: what the language says instead.
def absolute_gradient(y, raw, w, theirs):
    return [0.0 if a == b else g for a, b, g in zip(y, raw, theirs)]


def no_curvature(y, raw, w, theirs):
    assert theirs == (w or [1.0] * len(y))
    return [0.0] * len(y)


def constant(power, y):
    """What scikit-learn leaves out of a Tweedie loss: terms of y alone."""
    if power == 0:
        return 0.0
    if power == 1:
        return y * math.log(y) - y if y else 0.0
    if power == 2:
        return -math.log(y) - 1
    return max(y, 0) ** (2 - power) / ((1 - power) * (2 - power))


def constant_text(power, y):
    """The same in the language."""
    if power == 0:
        return "0"
    if power == 1:
        return "(if %s == 0 then 0 else %s * log(%s) - %s)" % (y, y, y, y)
    if power == 2:
        return "(-log(%s) - 1)" % y
    return "max(%s, 0)^%s / %s" % (y, 2 - power, (1 - power) * (2 - power))


MENDED = {
    ("AbsoluteError", "gradient"): absolute_gradient,
    ("AbsoluteError", "hessian"): no_curvature,
    ("PinballLoss", "hessian"): no_curvature,
}


def expression(loss, parameters, y, raw, axis, classes):
    power = parameters.get("power")
    if loss == "HalfSquaredError":
        return "0.5 * squared_error(%s, %s)" % (raw, y)
    if loss == "AbsoluteError":
        return "l1(%s, %s)" % (raw, y)
    if loss == "PinballLoss":
        return "quantile(%s, %s, q = %s)" % (raw, y, parameters["quantile"])
    if loss == "HalfPoissonLoss":
        return "poisson_nll(%s, %s)" % (raw, y)
    if loss == "HalfGammaLoss":
        return "0.5 * gamma_deviance(%s, %s, log_input = true)" % (raw, y)
    if loss == "HalfTweedieLossIdentity":
        return "0.5 * tweedie_deviance(%s, %s, %s)" % (raw, y, power)
    if loss == "HalfBinomialLoss":
        return "bce_with_logits(%s, %s)" % (raw, y)
    if loss == "HalfMultinomialLoss":
        return "cross_entropy[%s](%s, %s)" % (classes, raw, y)
    assert loss == "HalfTweedieLoss"
    return "0.5 * tweedie_deviance(%s, %s, %s, log_input = true)" % (raw, y, power)


class Case:
    """Records of one loss on the same data."""

    def __init__(self, number, record):
        self.number, self.outputs = number, {}
        self.loss, self.parameters = record["loss"], record["params"]
        self.y, self.raw, self.w = record["y_true"], record["raw"], record["w"]
        self.tests = []

    def program(self, inputs, expected):
        n, c = "n%d" % self.number, "c%d" % self.number
        y, raw, w = ("%s%d" % (letter, self.number) for letter in ("y", "raw", "w"))
        several = len(self.raw["shape"]) > 1
        lines = ["dim    %s" % n] + (["dim    %s" % c] if several else [])
        if several:
            lines += ["dim    %s_2 like %s" % (c, c), "input  %s[%s]: index(%s)" % (y, n, c), "input  %s[%s, %s]" % (raw, n, c)]
            self.y = dict(self.y, dtype="int64", data=[int(v) for v in self.y["data"]])
        else:
            lines += ["input  %s[%s]" % (y, n), "input  %s[%s]" % (raw, n)]
        given = [(y, self.y), (raw, self.raw)] + ([(w, self.w)] if self.w else [])
        if self.w:
            lines.append("weight %s[%s]" % (w, n))
        for name, array in given:
            inputs[name] = (array["dtype"], array["shape"], [float(v) if array["dtype"] != "int64" else v for v in array["data"]])
        value = expression(self.loss, self.parameters, y, raw, n, c)
        gradient = "vjp(%s, %s, %s)" % (value, raw, w if self.w else "1")
        hessian = "vjp(%s, %s, 1)" % (gradient, raw)
        if several:  # scikit-learn gives the diagonal
            hessian = "(jvp(%s, %s, if %s == %s_2 then 1 else 0))[%s_2 = %s]" % (gradient, raw, c, c, c, c)
        left_out = self.loss in ("HalfGammaLoss", "HalfTweedieLoss")
        power = self.parameters.get("power", 2)
        if left_out and "perfect_prediction" in self.tests[0]:
            # 0 with it, by cancellation; so take it from ours
            value, left_out = "%s - %s" % (value, constant_text(power, y)), False
        said = {"loss": "%s * (%s)" % (w, value) if self.w else value, "gradient": gradient, "hessian": hessian}
        for (number, kind), array in sorted(self.outputs.items()):
            data = [float(v) for v in array["data"]]
            if kind == "loss" and left_out:
                weights = self.w["data"] if self.w else [1] * len(data)
                data = [v + float(w) * constant(power, float(y)) for v, w, y in zip(data, weights, self.y["data"])]
            mend = MENDED.get((self.loss, kind))
            if mend:
                data = mend(*([float(v) for v in a["data"]] if a else None for a in (self.y, self.raw, self.w)), data)
            name = "case%d_%s" % (number, kind)
            axes = [n, c][: len(array["shape"])]
            # some results were rounded to single precision
            single = ": f32" if "test_loss_dtype" in self.tests[0] and all(is_single(v) for v in data) else ""
            lines.append("output %s[%s]%s = %s" % (name, ", ".join(axes), single, said[kind]))
            expected[name] = (array["dtype"], array["shape"], data)
        return lines


def main():
    records = json.loads((HERE / "losses_pointwise.json").read_text())
    cases = {}
    for number, record in enumerate(records):
        key = json.dumps([record[k] for k in ("loss", "params", "y_true", "raw", "w")])
        case = cases.setdefault(key, Case(number, record))
        case.tests.append(record["test"])
        for kind, array in record["out"].items():
            known = [v["data"] for (_, other), v in case.outputs.items() if other == kind]
            if array["data"] not in known:
                case.outputs[number, kind] = array
    target = HERE / "losses"
    shutil.rmtree(target, ignore_errors=True)
    programs = {}
    for case in cases.values():
        lines = programs.setdefault(case.loss, ["## %s" % ABOUT[case.loss], "real f64"])
        inputs, expected = {}, {}
        lines += ["", "# %s" % case.tests[0]] + case.program(inputs, expected)
        folder = target / case.loss
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in inputs.items():
            write_npy(folder / (name + ".npy"), *array)
        for name, array in expected.items():
            write_npy(folder / ("expected_%s.npy" % name), *array)
    for loss, lines in programs.items():
        (target / (loss + ".sy")).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes the programs and data of tests/library: every function of library/ against PyTorch, values and derivatives.

python3 tests/library/make_data.py writes, for each group of cases below, GROUP.sy and the folder GROUP with the inputs and what
must come out. It needs PyTorch and mpmath and is run by hand when a function is added; the tests only read the files.

A case NAME of an expression gives the outputs NAME (the value), NAME_by_x for each x that it is differentiated by (the
derivative, its elements weighed by `g`), and NAME_by_x_x (that once more, weighed by `h`). They are computed in float64 by
PyTorch's own function where there is one. Where PyTorch loses digits or overflows (`exact`), mpmath computes them from the
formula with 60 digits, and PyTorch must agree to 1e-9 wherever all arguments lie within 20 of 0.
"""
import pathlib
import shutil

import mpmath
import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
mpmath.mp.dps = 60
NONE = dict(reduction="none")


class Group:
    """A program: axes, inputs, and cases. Every input is exact in float32, so that both precisions read the same."""

    def __init__(self, name, about, axes, seed, f32=True):
        self.name, self.about, self.axes, self.f32 = name, about, axes, f32
        self.draw = np.random.default_rng(seed)
        self.inputs, self.lines, self.expected = {}, [], {}

    def input(self, name, array, kind="input", type_="", axes=None):
        array = np.asarray(array)
        if array.dtype.kind == "f":
            array = array.astype(np.float32).astype(np.float64)
        axes = axes if axes is not None else self.axes_of(array.shape)
        brackets = "[%s]" % ", ".join(axes) if axes else ""
        self.lines.append("%s %s%s%s" % (kind, name, brackets, type_))
        self.inputs[name] = (array, axes)
        return array

    def axes_of(self, shape):
        found = [a for e in shape for a, extent in self.axes if extent == e]
        assert len(found) == len(shape), (shape, found)
        return found

    def normal(self, *shape):
        return self.draw.normal(size=shape)

    def output(self, name, axes, expression, value):
        self.lines.append("output %s%s = %s" % (name, "[%s]" % ", ".join(axes) if axes else "", expression))
        self.expected[name] = np.asarray(value)

    def case(self, name, expression, reference, by="", axes=None, exact=None, once=""):
        """reference: a function of tensors, by the names of the inputs; exact: the same, of one element, in mpmath; once: the
        inputs of `by` whose first derivative they have no part in."""
        names = reference.__code__.co_varnames[: reference.__code__.co_argcount]
        by = by.split()
        tensors = {n: torch.tensor(self.inputs[n][0], requires_grad=n in by) for n in names}
        value = reference(**tensors)
        axes = axes if axes is not None else self.inputs[names[0]][1] if value.dim() else []
        shape = tuple(value.shape)
        g = torch.tensor(self.inputs["g"][0][tuple(slice(e) for e in shape)] if shape else 1.0, dtype=torch.float64)
        upstream = "g" if shape else "1"
        results = {"": (expression, axes, value.detach())}
        for x in by:
            first = torch.autograd.grad(value, tensors[x], g, create_graph=True, retain_graph=True, allow_unused=True)[0]
            said = "vjp(%s, %s, %s)" % (expression, x, upstream)
            results["_by_" + x] = (said, self.inputs[x][1], first.detach())
            if x in once.split():
                continue
            h = "h" if shape else "1"
            weigh = torch.tensor(self.inputs["h"][0]) if shape else torch.ones(first.shape, dtype=torch.float64)
            if not shape:
                said = "sum[%s](%s)" % (", ".join(self.inputs[x][1]), said)
            second = torch.autograd.grad(first, tensors[x], weigh, retain_graph=True, allow_unused=True)[0] if first.requires_grad else None
            results["_by_%s_%s" % (x, x)] = (
                "vjp(%s, %s, %s)" % (said, x, h), self.inputs[x][1],
                torch.zeros_like(first) if second is None else second.detach())
        for suffix, (said, over, tensor) in results.items():
            array = tensor.numpy(force=True)
            if exact:
                array = self.exactly(name + suffix, exact, names, suffix, array)
            assert np.all(np.isfinite(array)), (name + suffix, array)
            self.output(name + suffix, over, said, array)

    def exactly(self, name, exact, names, suffix, theirs):
        order = suffix.count("_") - 1 if suffix else 0
        at = list(names).index(suffix.split("_")[2]) if suffix else 0
        arrays = np.broadcast_arrays(*[self.inputs[n][0] for n in names])
        g, h = self.inputs["g"][0], self.inputs["h"][0]
        result = np.empty(arrays[0].shape)
        for i in np.ndindex(arrays[0].shape):
            arguments = [mpmath.mpf(float(a[i])) for a in arrays]
            orders = tuple(order if k == at else 0 for k in range(len(arguments)))
            value = mpmath.diff(exact, tuple(arguments), orders) if order else exact(*arguments)
            result[i] = float(value * (g[i] if order else 1) * (h[i] if order > 1 else 1))
            if all(abs(a) <= 20 for a in arguments):
                assert abs(result[i] - theirs[i]) <= 1e-9 * (1 + abs(result[i])), (name, i, arguments, result[i], theirs[i])
        return result

    def write(self):
        folder = HERE / self.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        dims = ["dim %s" % axis for axis, _ in self.axes]
        lines = ["## %s" % self.about, "real f64"] + dims + self.lines
        (HERE / (self.name + ".sy")).write_text("\n".join(lines) + "\n")
        for name, (array, _) in self.inputs.items():
            small = array.astype(np.float32) if array.dtype.kind == "f" else array
            np.save(folder / (name + ".npy"), small)
        for name, array in self.expected.items():
            np.save(folder / ("expected_%s.npy" % name), array.copy(order="C"))
        if not self.f32:
            (folder / "f64_only").write_text("Some of its results do not fit in float32.\n")
        print("%s: %d outputs" % (self.name, len(self.expected)))


EDGES = [0, 1e-6, -1e-6, 0.5, -0.5, 1, -1, 2, -2, 20, -20, 40, -40, 100, -100, 1000, -1000]


def upstream(group, *shape):
    group.input("g", group.normal(*shape))
    group.input("h", group.normal(*shape))


def regression():
    n = 40
    group = Group("regression", "Losses of a prediction y and a truth t.", [("n", n)], 1)
    t = np.round(group.normal(n) * 8) / 8
    y = np.round((t + group.normal(n)) * 64) / 64
    y[: len(EDGES)] = t[: len(EDGES)] + EDGES
    group.input("y", y)
    group.input("t", t)
    upstream(group, n)
    case = group.case
    case("squared_error", "squared_error(y, t)", lambda y, t: F.mse_loss(y, t, **NONE), "y t")
    case("mse", "mse[n](y, t)", lambda y, t: F.mse_loss(y, t), "y")
    case("l1", "l1(y, t)", lambda y, t: F.l1_loss(y, t, **NONE), "y t")
    case("huber", "huber(y, t)", lambda y, t: F.huber_loss(y, t, **NONE), "y t")
    case("huber_half", "huber(y, t, delta = 0.5)", lambda y, t: F.huber_loss(y, t, delta=0.5, **NONE), "y")
    case("smooth_l1", "smooth_l1(y, t)", lambda y, t: F.smooth_l1_loss(y, t, **NONE), "y t")
    case("smooth_l1_half", "smooth_l1(y, t, 0.5)", lambda y, t: F.smooth_l1_loss(y, t, beta=0.5, **NONE), "y")
    case("smooth_l1_0", "smooth_l1(y, t, 0)", lambda y, t: F.smooth_l1_loss(y, t, beta=0.0, **NONE), "y")
    case("log_cosh", "log_cosh(y, t)", lambda y, t: torch.log(torch.cosh((y - t).clamp(-30, 30))), "y t",
         exact=lambda y, t: mpmath.log(mpmath.cosh(y - t)))
    pinball = lambda q: lambda y, t: torch.where(y <= t, q * (t - y), (1 - q) * (y - t))
    case("quantile", "quantile(y, t)", pinball(0.5), "y t")
    case("quantile_9", "quantile(y, t, q = 0.9)", pinball(0.9), "y t")
    group.write()


def variances():
    n = 24
    group = Group("variances", "The normal likelihood, with a predicted variance.", [("n", n)], 2)
    group.input("y", group.normal(n))
    group.input("t", group.normal(n))
    v = np.exp(group.normal(n))
    v[:4] = [1e-3, 0, -1, 0.0009765625]
    group.input("v", v)
    upstream(group, n)
    nll = lambda **options: lambda y, t, v: F.gaussian_nll_loss(y, t, v, **NONE, **options)
    # PyTorch refuses negative variances: it sees the same graph here without the check
    def held(y, t, v, eps, full=0.0):
        s = v.clone()
        with torch.no_grad():
            s.clamp_(min=eps)
        return 0.5 * (torch.log(s) + (y - t) ** 2 / s) + full
    keep = np.where(v >= 0)[0]
    plain = {k: torch.tensor(group.inputs[k][0][keep]) for k in "ytv"}
    for full in (False, True):
        ours = held(**plain, eps=1e-2, full=0.5 * np.log(2 * np.pi) * full)
        assert torch.allclose(nll(full=full, eps=1e-2)(**plain), ours, rtol=1e-14)
    group.case("gaussian_nll", "gaussian_nll(y, t, v, eps = 0.01)", lambda y, t, v: held(y, t, v, 0.01), "y t v", once="y t v")
    group.case("gaussian_nll_full", "gaussian_nll(y, t, v, full = true, eps = 0.01)",
               lambda y, t, v: held(y, t, v, 0.01, 0.5 * np.log(2 * np.pi)), "y v", once="y v")
    group.write()


def counts():
    n = 30
    group = Group("counts", "Losses of counts and positive numbers: y is a mean, z a logarithm of one.", [("n", n)], 3)
    t = np.round(np.exp(group.normal(n) + 1))
    t[:3] = 0
    y = np.exp(group.normal(n))
    y[3], y[4], y[5] = t[3], 1e-3, 100
    z = group.normal(n) * 2
    z[:8] = [0, 1, -1, 2, -2, 10, -10, 5]
    u = np.exp(group.normal(n))
    u[:2] = [1e-3, 1]
    for name, array in dict(y=y, z=z, t=t, u=u).items():
        group.input(name, array)
    upstream(group, n)
    case = group.case
    poisson = lambda **options: lambda z, t: F.poisson_nll_loss(z, t, **NONE, **options)
    case("poisson_nll", "poisson_nll(z, t)", poisson(), "z t", once="t")
    case("poisson_nll_full", "poisson_nll(z, t, full = true)", poisson(full=True), "z")
    case("poisson_nll_mean", "poisson_nll(y, t, log_input = false)",
         lambda y, t: F.poisson_nll_loss(y, t, log_input=False, **NONE), "y")
    case("poisson_nll_mean_full", "poisson_nll(y, t, log_input = false, full = true)",
         lambda y, t: F.poisson_nll_loss(y, t, log_input=False, full=True, **NONE), "y")

    # the deviances: scikit-learn's definitions
    def poisson_deviance(y, t):
        return 2 * (torch.xlogy(t, t) - torch.xlogy(t, y) - t + y)
    def gamma_deviance(y, u):
        return 2 * (torch.log(y / u) + u / y - 1)
    def tweedie(p):
        def deviance(y, t):
            if p == 0:
                return (y - t) ** 2
            return 2 * (t ** (2 - p) / ((1 - p) * (2 - p)) - t * y ** (1 - p) / (1 - p) + y ** (2 - p) / (2 - p))
        return deviance
    case("poisson_deviance", "poisson_deviance(y, t)", lambda y, t: poisson_deviance(y, t), "y")
    case("poisson_deviance_log", "poisson_deviance(z, t, log_input = true)",
         lambda z, t: poisson_deviance(torch.exp(z), t), "z")
    case("gamma_deviance", "gamma_deviance(y, u)", lambda y, u: gamma_deviance(y, u), "y u")
    case("gamma_deviance_log", "gamma_deviance(z, u, log_input = true)",
         lambda z, u: gamma_deviance(torch.exp(z), u), "z")
    case("tweedie_1", "tweedie_deviance(y, t, 1)", lambda y, t: poisson_deviance(y, t), "y")
    case("tweedie_2", "tweedie_deviance(y, u, power = 2)", lambda y, u: gamma_deviance(y, u), "y")
    for p, name in (0, "0"), (1.5, "1_5"), (1.2, "1_2"):
        case("tweedie_" + name, "tweedie_deviance(y, t, %g)" % p, lambda y, t: tweedie(p)(y, t), "y")
    for p, name in (3, "3"), (2.5, "2_5"):
        case("tweedie_" + name, "tweedie_deviance(y, u, %g)" % p, lambda y, u: tweedie(p)(y, u), "y")
    for p, name in (0, "0"), (1.5, "1_5"):
        case("tweedie_log_" + name, "tweedie_deviance(z, t, %g, log_input = true)" % p,
             lambda z, t: tweedie(p)(torch.exp(z), t), "z")
    group.input("power", 1.5)
    case("tweedie_any", "tweedie_deviance(y, t, power)", lambda y, t: tweedie(1.5)(y, t), "y")
    group.write()


def logits():
    n = 56
    group = Group("logits", "Losses of yes or no: z is a logit, p a probability.", [("n", n)], 4)
    z = group.normal(n) * 3
    z[: len(EDGES)] = EDGES
    z[len(EDGES) : 2 * len(EDGES)] = EDGES
    t = (group.draw.uniform(size=n) < 0.5).astype(float)
    t[: len(EDGES)] = 0
    t[len(EDGES) : 2 * len(EDGES)] = 1
    soft = group.draw.uniform(size=n)
    soft[:4] = [0, 1, 0.5, 0.25]
    p = group.draw.uniform(size=n) * 0.98 + 0.01
    weights = np.exp(group.normal(n))
    for name, array in dict(z=z, t=t, u=soft, p=p, w=weights).items():
        group.input(name, array)
    upstream(group, n)
    case = group.case
    log_sigmoid = lambda z: -mpmath.log1p(mpmath.exp(-z))
    bce = lambda z, t, w=1: -(w * t * log_sigmoid(z) + (1 - t) * log_sigmoid(-z))
    logits = F.binary_cross_entropy_with_logits
    case("bce_with_logits", "bce_with_logits(z, t)", lambda z, t: logits(z, t, **NONE), "z t", once="t",
         exact=lambda z, t: bce(z, t))
    case("bce_with_logits_soft", "bce_with_logits(z, u)", lambda z, u: logits(z, u, **NONE), "z",
         exact=lambda z, u: bce(z, u))
    case("bce_with_logits_pos", "bce_with_logits(z, t, pos_weight = w)",
         lambda z, t, w: logits(z, t, pos_weight=w, **NONE), "z", exact=lambda z, t, w: bce(z, t, w))
    # PyTorch does not differentiate by pos_weight
    case("bce_with_logits_pos_2", "bce_with_logits(z, u, w)",
         lambda z, u, w: w * u * F.softplus(-z) + (1 - u) * F.softplus(z), "w", once="w", exact=lambda z, u, w: bce(z, u, w))
    case("bce", "bce(p, t)", lambda p, t: F.binary_cross_entropy(p, t, **NONE), "p t", once="t",
         exact=lambda p, t: -(t * mpmath.log(p) + (1 - t) * mpmath.log1p(-p)))
    case("bce_soft", "bce(p, u)", lambda p, u: F.binary_cross_entropy(p, u, **NONE), "p",
         exact=lambda p, u: -(u * mpmath.log(p) + (1 - u) * mpmath.log1p(-p)))
    case("log_sigmoid", "log_sigmoid(z)", lambda z: F.logsigmoid(z), "z", exact=lambda z: log_sigmoid(z))

    def focal(z, t, alpha, gamma):  # torchvision's definition
        q = torch.sigmoid(z)
        loss = logits(z, t, **NONE) * (1 - (q * t + (1 - q) * (1 - t))) ** gamma
        return loss if alpha < 0 else (alpha * t + (1 - alpha) * (1 - t)) * loss
    def exact_focal(z, t, alpha, gamma):
        miss = t * mpmath.exp(log_sigmoid(-z)) + (1 - t) * mpmath.exp(log_sigmoid(z))
        return (alpha * t + (1 - alpha) * (1 - t) if alpha >= 0 else 1) * miss**gamma * bce(z, t)
    for name, alpha, gamma in ("focal", 0.25, 2), ("focal_plain", -1, 2), ("focal_soft", 0.5, 0.5), ("focal_0", 0.5, 0):
        case(name, "focal(z, t, alpha = %g, gamma = %g)" % (alpha, gamma), lambda z, t: focal(z, t, alpha, gamma), "z",
             exact=lambda z, t: exact_focal(z, t, alpha, gamma))
    group.input("never", [0.0, 1.0, 0.0, 1.0], axes=["k"])
    group.input("truth", [0.0, 1.0, 1.0, 0.0], axes=["k"])
    group.axes.append(("k", 4))
    case("bce_certain", "bce(never, truth)", lambda never, truth: F.binary_cross_entropy(never, truth, **NONE), axes=["k"])
    group.write()


def classes():
    n, c = 24, 5
    group = Group("classes", "Losses of one of several classes.", [("n", n), ("c", c)], 5)
    z = group.normal(n, c) * 3
    z[0], z[1], z[2] = 1000, -1000, [1000, -1000, 0, 1000, 500]
    z[3], z[4] = [0, 0, 0, 0, -1000], [40, 0, 0, 0, 0]
    label = group.draw.integers(0, c, size=n)
    label[2], label[3] = 1, 4
    some = label.copy()
    some[[5, 11]] = -100
    p = group.draw.uniform(size=(n, c))
    p[6] = [1, 0, 0, 0, 0]
    p /= p.sum(1, keepdims=True)
    p = np.round(p * 256) / 256
    group.input("z", z)
    group.input("p", p)
    group.input("label", label, type_=": index(c)")
    group.input("some", some, type_=": index(c, none = -100)")
    group.input("g", group.normal(n, c))
    group.input("h", group.normal(n, c))
    group.input("e", group.normal(n))
    logp = np.log(group.draw.dirichlet(np.ones(c), size=n))
    group.input("logp", logp)
    logq = np.log(group.draw.dirichlet(np.ones(c), size=n))
    group.input("logq", logq)

    def row_case(name, expression, reference, by="z", twice=True):
        """A case whose value has the axis n alone."""
        names = reference.__code__.co_varnames[: reference.__code__.co_argcount]
        tensors = {k: torch.tensor(group.inputs[k][0], requires_grad=k == by) for k in names}
        value = reference(**tensors)
        first = torch.autograd.grad(value, tensors[by], torch.tensor(group.inputs["e"][0]), create_graph=True)[0]
        group.output(name, ["n"], expression, value.detach())
        said = "vjp(%s, %s, e)" % (expression, by)
        group.output("%s_by_%s" % (name, by), ["n", "c"], said, first.detach())
        if twice:
            second = torch.autograd.grad(first, tensors[by], torch.tensor(group.inputs["h"][0]))[0]
            group.output("%s_by_%s_%s" % (name, by, by), ["n", "c"], "vjp(%s, %s, h)" % (said, by), second.detach())

    row_case("cross_entropy", "cross_entropy[c](z, label)", lambda z, label: F.cross_entropy(z, label, **NONE))
    row_case("cross_entropy_some", "cross_entropy[c](z, some)", lambda z, some: F.cross_entropy(z, some, **NONE))
    row_case("cross_entropy_smooth", "cross_entropy[c](z, some, label_smoothing = 0.2)",
             lambda z, some: F.cross_entropy(z, some, label_smoothing=0.2, **NONE))
    row_case("soft_cross_entropy", "soft_cross_entropy[c](z, p)", lambda z, p: F.cross_entropy(z, p, **NONE))
    row_case("soft_cross_entropy_smooth", "soft_cross_entropy[c](z, p, 0.1)",
             lambda z, p: F.cross_entropy(z, p, label_smoothing=0.1, **NONE))
    row_case("nll", "nll[c](logp, some)", lambda logp, some: F.nll_loss(logp, some, **NONE), "logp", twice=False)
    margin = lambda **options: lambda z, label: F.multi_margin_loss(z, label, **NONE, **options)
    row_case("multi_margin", "multi_margin[c](z, label)", margin(), twice=False)
    row_case("multi_margin_2", "multi_margin[c](z, label, p = 2, margin = 0.5)", margin(p=2, margin=0.5), twice=False)
    row_case("multilabel_soft_margin", "multilabel_soft_margin[c](z, p)",
             lambda z, p: F.multilabel_soft_margin_loss(z, p, **NONE))
    # means as PyTorch forms them, with a weight for each class and with labels that are none
    weights = group.input("weights", np.exp(group.normal(c)), kind="weight")
    w = torch.tensor(weights)
    group.output("cross_entropy_mean", [], "mean[n](cross_entropy[c](z, some), weight = weights[some], where = has(some))",
                 F.cross_entropy(torch.tensor(group.inputs["z"][0]), torch.tensor(some), weight=w))
    group.output("nll_mean", [], "mean[n](nll[c](logp, some), weight = weights[some], where = has(some))",
                 F.nll_loss(torch.tensor(group.inputs["logp"][0]), torch.tensor(some), weight=w))
    group.output("multi_margin_mean", [], "mean[n](weights[label] * multi_margin[c](z, label))",
                 F.multi_margin_loss(torch.tensor(group.inputs["z"][0]), torch.tensor(label), weight=w))
    group.output("multi_margin_some", ["n"], "multi_margin[c](z, some)", np.where(
        some < 0, 0, F.multi_margin_loss(torch.tensor(group.inputs["z"][0]), torch.tensor(label), **NONE).numpy()))
    group.case("kl_div", "kl_div(logq, p)", lambda logq, p: F.kl_div(logq, p, **NONE), "logq", once="logq")
    group.case("kl_div_log", "kl_div(logq, logp, log_target = true)",
               lambda logq, logp: F.kl_div(logq, logp, log_target=True, **NONE), "logq logp", once="logq")
    group.output("kl_div_batchmean", [], "mean[n](sum[c](kl_div(logq, p)))",
                 F.kl_div(torch.tensor(group.inputs["logq"][0]), torch.tensor(group.inputs["p"][0]), reduction="batchmean"))
    group.write()


def margins():
    n = 40
    group = Group("margins", "Losses with margins: t is 1 or -1.", [("n", n)], 6)
    y = group.normal(n)
    y[: len(EDGES)] = EDGES
    t = group.draw.choice([-1.0, 1.0], size=n)
    a = np.round(group.normal(n) * 8) / 8
    b = np.round(group.normal(n) * 8) / 8
    a[0], a[1], b[:2] = 0.25, 0.75, 0.5
    t[0], t[1] = 1, -1
    y[20], t[20], y[21], t[21] = 1, 1, -1, -1
    for name, array in dict(y=y, t=t, a=a, b=b).items():
        group.input(name, array)
    upstream(group, n)
    case = group.case
    case("hinge", "hinge(y, t)", lambda y, t: torch.clamp_min(1 - t * y, 0), "y")
    case("squared_hinge", "squared_hinge(y, t)", lambda y, t: torch.clamp_min(1 - t * y, 0) ** 2, "y")
    case("soft_margin", "soft_margin(y, t)", lambda y, t: F.soft_margin_loss(y.clamp(-30, 30), t, **NONE), "y",
         exact=lambda y, t: mpmath.log1p(mpmath.exp(-t * y)))
    case("hinge_embedding", "hinge_embedding(y, t)", lambda y, t: F.hinge_embedding_loss(y, t, **NONE), "y")
    case("hinge_embedding_2", "hinge_embedding(y, t, margin = 2)",
         lambda y, t: F.hinge_embedding_loss(y, t, margin=2, **NONE), "y")
    case("margin_ranking", "margin_ranking(a, b, t)", lambda a, b, t: F.margin_ranking_loss(a, b, t, **NONE), "a b")
    case("margin_ranking_2", "margin_ranking(a, b, t, margin = 0.25)",
         lambda a, b, t: F.margin_ranking_loss(a, b, t, margin=0.25, **NONE), "a")
    group.write()


def distances():
    n, d = 16, 6
    group = Group("distances", "Losses of distances between vectors.", [("n", n), ("d", d)], 7)
    a, b, c = group.normal(n, d), group.normal(n, d), group.normal(n, d)
    b[0] = a[0]
    a[1] = 0
    c[2] = b[2]
    for name, array in dict(a=a, b=b, c=c).items():
        group.input(name, array)
    group.input("t", group.draw.choice([-1.0, 1.0], size=n))
    group.input("e", group.normal(n))

    def case(name, expression, reference, by):
        names = reference.__code__.co_varnames[: reference.__code__.co_argcount]
        tensors = {k: torch.tensor(group.inputs[k][0], requires_grad=k in by) for k in names}
        value = reference(**tensors)
        group.output(name, ["n"], expression, value.detach())
        for x in by:
            first = torch.autograd.grad(value, tensors[x], torch.tensor(group.inputs["e"][0]), retain_graph=True)[0]
            assert torch.all(torch.isfinite(first)), name
            group.output("%s_by_%s" % (name, x), ["n", "d"], "vjp(%s, %s, e)" % (expression, x), first)

    for p, options in (2, ""), (1, ", p = 1"), (3, ", p = 3"):
        suffix = "" if p == 2 else "_%d" % p
        case("pairwise_distance" + suffix, "pairwise_distance[d](a, b%s)" % options,
             lambda a, b: F.pairwise_distance(a, b, p=p), "ab")
        case("triplet" + suffix, "triplet[d](a, b, c%s)" % options,
             lambda a, b, c: F.triplet_margin_loss(a, b, c, p=p, **NONE), "abc")
    case("triplet_swap", "triplet[d](a, b, c, margin = 0.5, swap = true)",
         lambda a, b, c: F.triplet_margin_loss(a, b, c, margin=0.5, swap=True, **NONE), "abc")
    case("cosine_similarity", "cosine_similarity[d](a, b)", lambda a, b: F.cosine_similarity(a, b), "ab")
    case("cosine_embedding", "cosine_embedding[d](b, c, t)", lambda b, c, t: F.cosine_embedding_loss(b, c, t, **NONE), "bc")
    case("cosine_embedding_2", "cosine_embedding[d](a, b, t, margin = 0.25)",
         lambda a, b, t: F.cosine_embedding_loss(a, b, t, margin=0.25, **NONE), "b")
    group.write()


def regions():
    n, x, y = 3, 6, 7
    group = Group("regions", "Losses of overlap.", [("n", n), ("x", x), ("y", y)], 8)
    p = group.draw.uniform(size=(n, x, y))
    t = (group.draw.uniform(size=(n, x, y)) < 0.4).astype(float)
    t[2] = 0
    group.input("p", p)
    group.input("t", t)
    group.input("w", np.exp(group.normal(x, y)), kind="weight")
    group.input("e", group.normal(n))

    def tversky(p, t, alpha, beta, smooth, w=1.0):
        both = (w * p * t).sum((1, 2))
        extra, missed = (w * p * (1 - t)).sum((1, 2)), (w * (1 - p) * t).sum((1, 2))
        return 1 - (both + smooth) / (both + alpha * extra + beta * missed + smooth)

    def dice(p, t, smooth, w=1.0):
        both = (w * p * t).sum((1, 2))
        return 1 - (2 * both + smooth) / ((w * p).sum((1, 2)) + (w * t).sum((1, 2)) + smooth)

    w = torch.tensor(group.inputs["w"][0])
    for name, expression, reference in (
        ("dice", "dice[x, y](p, t)", lambda p, t: dice(p, t, 1)),
        ("dice_smooth", "dice[x, y](p, t, smooth = 0.125)", lambda p, t: dice(p, t, 0.125)),
        ("dice_weight", "dice[x, y](p, t, weight = w)", lambda p, t: dice(p, t, 1, w)),
        ("tversky", "tversky[x, y](p, t)", lambda p, t: tversky(p, t, 0.5, 0.5, 1)),
        ("tversky_other", "tversky[x, y](p, t, alpha = 0.3, beta = 0.7, smooth = 0.125, weight = w)",
         lambda p, t: tversky(p, t, 0.3, 0.7, 0.125, w)),
    ):
        tensor, truth = torch.tensor(group.inputs["p"][0], requires_grad=True), torch.tensor(t)
        value = reference(tensor, truth)
        group.output(name, ["n"], expression, value.detach())
        first = torch.autograd.grad(value, tensor, torch.tensor(group.inputs["e"][0]))[0]
        group.output(name + "_by_p", ["n", "x", "y"], "vjp(%s, p, e)" % expression, first)
    group.write()


def activations():
    n = 48
    group = Group("activations", "Activations and gates.", [("n", n)], 9)
    x = group.normal(n) * 3
    edges = EDGES + [6, -6, 3, -3]
    x[: len(edges)] = edges
    group.input("x", x)
    group.input("b", group.normal(n))
    upstream(group, n)
    case = group.case
    exp, tanh, erf = mpmath.exp, mpmath.tanh, mpmath.erf
    sigmoid = lambda x: 1 / (1 + exp(-x))
    case("leaky_relu", "leaky_relu(x)", lambda x: F.leaky_relu(x), "x")
    case("leaky_relu_2", "leaky_relu(x, slope = 0.25)", lambda x: F.leaky_relu(x, 0.25), "x")
    # the second derivative at 0, a kink, is another one in PyTorch
    case("elu", "elu(x)", lambda x: F.elu(x), "x", once="x")
    case("elu_2", "elu(x, alpha = 1.5)", lambda x: F.elu(x, 1.5), "x", once="x")
    case("celu", "celu(x, 1.5)", lambda x: F.celu(x, 1.5), "x", once="x")
    case("selu", "selu(x)", lambda x: F.selu(x), "x", once="x")
    case("mish", "mish(x)", lambda x: F.mish(x), "x", exact=lambda x: x * tanh(mpmath.log1p(exp(x))))
    case("gelu_tanh", "gelu_tanh(x)", lambda x: F.gelu(x, approximate="tanh"), "x",
         exact=lambda x: x * sigmoid(mpmath.sqrt(8 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)))
    case("gelu_value", "gelu(x)", lambda x: F.gelu(x), "x", exact=lambda x: x * mpmath.ncdf(x))
    case("silu_value", "silu(x)", lambda x: F.silu(x), "x", exact=lambda x: x * sigmoid(x))
    case("relu_value", "relu(x)", lambda x: F.relu(x), "x", once="x")
    case("relu6", "relu6(x)", lambda x: F.relu6(x), "x", once="x")
    case("hardtanh", "hardtanh(x)", lambda x: F.hardtanh(x), "x", once="x")
    case("hardtanh_2", "hardtanh(x, -2, 0.5)", lambda x: F.hardtanh(x, -2, 0.5), "x", once="x")
    # PyTorch's own derivative has 1/6 in single precision
    case("hardsigmoid", "hardsigmoid(x)", lambda x: F.relu6(x + 3) / 6, "x", once="x")
    case("hardswish", "hardswish(x)", lambda x: F.hardswish(x), "x", once="x")
    case("softsign", "softsign(x)", lambda x: F.softsign(x), "x", once="x")
    case("tanhshrink", "tanhshrink(x)", lambda x: F.tanhshrink(x), "x", once="x")
    case("softshrink", "softshrink(x)", lambda x: F.softshrink(x), "x", once="x")
    case("hardshrink", "hardshrink(x)", lambda x: F.hardshrink(x), "x", once="x")
    case("glu", "glu(b, x)", lambda b, x: F.glu(torch.cat([b, x])), "b x", once="b", exact=lambda b, x: b * sigmoid(x))
    case("geglu", "geglu(x, b)", lambda x, b: F.gelu(x) * b, "x b", once="b", exact=lambda x, b: x * mpmath.ncdf(x) * b)
    case("swiglu", "swiglu(x, b)", lambda x, b: F.silu(x) * b, "x b", once="b", exact=lambda x, b: x * sigmoid(x) * b)
    group.write()


def layers():
    n, d, o, s, t, v = 4, 6, 3, 9, 7, 5
    group = Group("layers", "Linear maps, normalisation, attention.",
                  [("n", n), ("d", d), ("o", o), ("s", s), ("t", t), ("v", v)], 10)
    group.input("x", group.normal(n, d))
    group.input("w", group.normal(o, d))
    group.input("b", group.normal(o))
    group.input("gain", group.normal(d))
    group.input("shift", group.normal(d))
    group.input("r", group.normal(n, o))
    group.input("g", group.normal(n, d))
    group.input("q", group.normal(t, d) * 4)
    group.input("k", group.normal(s, d) * 4)
    group.input("value", group.normal(s, v))
    keep = group.draw.uniform(size=(t, s)) < 0.6
    keep[2] = False
    keep[3] = True
    group.input("keep", keep, kind="mask")
    group.input("bias", group.normal(t, s))
    group.input("m", group.normal(t, v))

    def case(name, expression, axes, upstream, reference, by):
        names = reference.__code__.co_varnames[: reference.__code__.co_argcount]
        tensors = {k: torch.tensor(group.inputs[k][0], requires_grad=k in by.split()) for k in names}
        value = reference(**tensors)
        group.output(name, axes, expression, value.detach())
        for x in by.split():
            first = torch.autograd.grad(value, tensors[x], torch.tensor(group.inputs[upstream][0]), retain_graph=True)[0]
            assert torch.all(torch.isfinite(first)), (name, x)
            group.output("%s_by_%s" % (name, x), group.inputs[x][1], "vjp(%s, %s, %s)" % (expression, x, upstream), first)

    case("linear", "linear[d](x, w, bias = b)", ["n", "o"], "r", lambda x, w, b: F.linear(x, w, b), "x w b")
    case("linear_plain", "linear[d](x, w)", ["n", "o"], "r", lambda x, w: F.linear(x, w), "x w")
    case("layer_norm", "layer_norm[d](x)", ["n", "d"], "g", lambda x: F.layer_norm(x, [d]), "x")
    case("layer_norm_all", "layer_norm[n, d](x)", ["n", "d"], "g", lambda x: F.layer_norm(x, [n, d]), "x")
    case("layer_norm_gain", "layer_norm[d](x, gain, shift, eps = 0.001)", ["n", "d"], "g",
         lambda x, gain, shift: F.layer_norm(x, [d], gain, shift, 1e-3), "x gain shift")
    case("batch_norm", "layer_norm[n](x, gain, shift)", ["n", "d"], "g",
         lambda x, gain, shift: F.batch_norm(x, None, None, gain, shift, training=True), "x gain shift")
    case("rms_norm", "rms_norm[d](x, gain)", ["n", "d"], "g",
         lambda x, gain: F.rms_norm(x, [d], gain, 1.1920929e-7), "x gain")
    case("unit", "unit[d](x)", ["n", "d"], "g", lambda x: F.normalize(x, dim=1), "x")
    case("unit_1", "unit[d](x, p = 1)", ["n", "d"], "g", lambda x: F.normalize(x, p=1, dim=1), "x")
    attend = lambda q, k, value, **options: F.scaled_dot_product_attention(q[None], k[None], value[None], **options)[0]
    case("attention", "attention[s, d](q, k, value)", ["t", "v"], "m", lambda q, k, value: attend(q, k, value), "q k value")
    case("attention_scale", "attention[s, d](q, k, value, scale = 2)", ["t", "v"], "m",
         lambda q, k, value: attend(q, k, value, scale=2.0), "q k value")
    case("attention_bias", "attention[s, d](q, k, value, bias = bias)", ["t", "v"], "m",
         lambda q, k, value, bias: attend(q, k, value, attn_mask=bias), "q k value bias")

    def masked(q, k, value):  # PyTorch's function, where something is left
        mask = torch.tensor(keep)
        mask[2] = True
        some = torch.ones(t, 1, dtype=torch.float64)
        some[2] = 0
        return some * attend(q, k, value, attn_mask=mask)
    case("attention_keep", "attention[s, d](q, k, value, keep)", ["t", "v"], "m", masked, "q k value")
    group.write()


def statistics():
    n, f = 30, 4
    group = Group("statistics", "Weighted statistics, entropy.", [("n", n), ("f", f)], 11)
    x = group.input("x", group.normal(n, f))
    w = group.input("w", np.exp(group.normal(n)), kind="weight")
    p = group.input("p", np.array([[0.25, 0.25, 0.5, 0], [1, 0, 0, 0]] + [[0.125, 0.125, 0.25, 0.5]] * (n - 2)))
    z = group.normal(n, f)
    z[0], z[1], z[2] = 1000, [1000, -1000, 0, 0], [40, 0, 0, -1000]
    z = group.input("z", z)
    group.input("e", group.normal(n))
    group.lines.insert(0, "dim f2 like f")
    tensor, weights = torch.tensor(x), torch.tensor(w)
    group.output("covariance", ["f", "f2"], "covariance[n](x, x[f = f2])", torch.cov(tensor.T, correction=0))
    group.output("covariance_weight", ["f", "f2"], "covariance[n](x, x[f = f2], weight = w)",
                 torch.cov(tensor.T, correction=0, aweights=weights))
    group.output("correlation", ["f", "f2"], "correlation[n](x, x[f = f2])", torch.corrcoef(tensor.T))
    c = torch.cov(tensor.T, correction=0, aweights=weights)
    group.output("correlation_weight", ["f", "f2"], "correlation[n](x, x[f = f2], weight = w)",
                 c / torch.sqrt(torch.outer(torch.diag(c), torch.diag(c))))
    for name, weight, text in ("", np.ones(n), ""), ("_weight", w, ", weight = w"):
        e = x - np.average(x, axis=0, weights=weight)
        m = [np.average(e**k, axis=0, weights=weight) for k in range(5)]
        group.output("skewness" + name, ["f"], "skewness[n](x%s)" % text, m[3] / m[2] ** 1.5)
        group.output("kurtosis" + name, ["f"], "kurtosis[n](x%s)" % text, m[4] / m[2] ** 2 - 3)
    leaf = torch.tensor(x, requires_grad=True)
    value = torch.corrcoef(leaf.T)[0, 1]
    group.output("correlation_by_x", ["n", "f"], "grad((correlation[n](x[f = 0], x[f = 1])), x)",
                 torch.autograd.grad(value, leaf)[0])
    group.output("entropy", ["n"], "entropy[f](p)", -torch.xlogy(torch.tensor(p), torch.tensor(p)).sum(1))
    leaf = torch.tensor(z, requires_grad=True)
    value = -(torch.softmax(leaf, 1) * torch.log_softmax(leaf, 1)).sum(1)
    group.output("entropy_of_logits", ["n"], "entropy_of_logits[f](z)", value.detach())
    group.output("entropy_of_logits_by_z", ["n", "f"], "vjp(entropy_of_logits[f](z), z, e)",
                 torch.autograd.grad(value, leaf, torch.tensor(group.inputs["e"][0]))[0])
    group.write()


def schedules():
    n = 60
    group = Group("schedules", "The learning rates of 60 steps.", [("n", n)], 12)
    group.input("k", np.arange(float(n)))
    lr = 0.1

    def rates(make, end=n):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
        scheduler = make(optimizer)
        found = []
        for _ in range(end):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if len(found) < end:
                scheduler.step()
        return np.array(found + [found[-1]] * (n - end))

    S = torch.optim.lr_scheduler
    for name, arguments, make, end in (
        ("step_decay", "every = 7, factor = 0.5", lambda o: S.StepLR(o, 7, 0.5), n),
        ("exponential_decay", "factor = 0.9", lambda o: S.ExponentialLR(o, 0.9), n),
        ("polynomial_decay", "steps = 40, power = 2", lambda o: S.PolynomialLR(o, 40, 2.0), n),
        ("linear_warmup", "steps = 20", lambda o: S.LinearLR(o, total_iters=20), n),
        ("cosine_decay", "steps = 40, least = 0.001", lambda o: S.CosineAnnealingLR(o, 40, 0.001), 41),
        ("cosine_restarts", "period = 16, least = 0.001", lambda o: S.CosineAnnealingWarmRestarts(o, 16, 1, 0.001), n),
        ("one_cycle", "steps = 60", lambda o: S.OneCycleLR(o, lr, 60, cycle_momentum=False), n),
        ("one_cycle_2", "steps = 60, rise = 0.2, rises_by = 10, ends_by = 100",
         lambda o: S.OneCycleLR(o, lr, 60, pct_start=0.2, cycle_momentum=False, div_factor=10, final_div_factor=100), n),
    ):
        group.output(name, ["n"], "%s(k, 0.1, %s)" % (name.removesuffix("_2"), arguments), rates(make, end))
    k = np.arange(float(n))
    cosine = 0.001 + (lr - 0.001) * (1 + np.cos(np.pi * np.minimum((k - 10) / 30, 1))) / 2
    group.output("warmup_cosine", ["n"], "warmup_cosine(k, 0.1, warmup = 10, steps = 40, least = 0.001)",
                 np.where(k < 10, lr * k / 10, cosine))
    group.output("inverse_root", ["n"], "inverse_root(k, 0.1, warmup = 9)",
                 lr * np.minimum((k + 1) / 9, np.sqrt(9 / (k + 1))))
    group.write()


if __name__ == "__main__":
    for make in (regression, variances, counts, logits, classes, margins, distances, regions, activations, layers, statistics, schedules):
        make()

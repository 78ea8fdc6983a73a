"""Batches against the whole: check.py LIBRARY HEADER AXIS [SIZE=N ...]

Fills the arrays that NAME takes with random numbers, zeros, infinities and NaN, calls NAME, and then
NAME_begin, NAME_accumulate, NAME_merge, NAME_finish and NAME_each on many splits of the same data. Says where
the outputs differ by more than rounding, and exits 1; else prints how many values were compared.
With AXIS=N among the sizes: prints the outputs of one stream of N elements instead.
"""
import ctypes
import math
import random
import re
import sys

TYPES = {"float": ctypes.c_float, "double": ctypes.c_double, "int64_t": ctypes.c_int64,
         "int32_t": ctypes.c_int32, "unsigned char": ctypes.c_uint8, "size_t": ctypes.c_size_t}


class Function:
    """A prototype of the header, and the axes of its arrays from the comment above it."""

    def __init__(self, library, header, name):
        text = re.search(r"(/\*(?:(?!\*/).)*\*/)\s*int " + name + r"\(([^)]*)\);", header, re.S)
        self.parameters = []
        for item in " ".join(text[2].split()).split(", "):
            words = re.match(r"(const )?(unsigned char|\w+) (\*?)(\w+)$", item)
            described = re.search(r"^ \*   " + words[4].rstrip("_") + r"(?:\[([^\]]*)\])? \(([^)]*)\)", text[1], re.M)
            axes = re.split(r", ", described[1]) if described and described[1] else []
            role = described[2] if described else "size"
            self.parameters.append((words[4], TYPES[words[2]], bool(words[3]), axes, role))
        self.call = getattr(library, name)
        self.call.restype = ctypes.c_int

    def __call__(self, sizes, values):
        """values: name -> list; what the function writes is written there."""
        arguments, written = [], []
        for name, kind, pointer, axes, role in self.parameters:
            if role == "size":
                arguments.append(kind(sizes[name]))
            elif not pointer:
                arguments.append(kind(values[name][0]))
            else:
                count = math.prod(sizes[a] for a in axes)
                given = values.get(name) if "out" not in role or "in " in role else None
                array = (kind * max(count, 1))(*(given or []))
                arguments.append(array)
                if "out" in role:
                    written.append((name, array, count))
        status = self.call(*arguments)
        if status != 0:
            sys.exit(f"{self.call.__name__} returned {status}")
        for name, array, count in written:
            values[name] = list(array)[:count]


class Streamed:
    def __init__(self, library, header, name, axis):
        functions = re.findall(r"^int (" + name + r"_(?:accumulate|merge)(?:_\d+)?)\(", header, re.M)
        make = lambda f: Function(library, header, f)
        self.axis = axis
        found = lambda f: make(f) if re.search(r"^int " + f + r"\(", header, re.M) else None
        self.begin, self.finish = found(name + "_begin"), found(name + "_finish")
        self.each = found(name + "_each")
        self.accumulate = [make(f) for f in functions if "accumulate" in f]
        self.merge = [make(f) for f in functions if "merge" in f]

    def batch(self, sizes, inputs, axes_of, start, count):
        """The elements start .. start + count - 1 along the axis."""
        values = {}
        for name, axes in axes_of.items():
            if self.axis not in axes:
                values[name] = inputs[name]
                continue
            at = axes.index(self.axis)
            inner = math.prod(sizes[a] for a in axes[at + 1:])
            outer = math.prod(sizes[a] for a in axes[:at])
            whole = sizes[self.axis] * inner
            values[name] = [v for o in range(outer)
                            for v in inputs[name][o * whole + start * inner:
                                                  o * whole + (start + count) * inner]]
        return values

    def state_of(self, sizes, inputs, axes_of, first, parts, phase, earlier):
        state = dict(inputs)
        state[self.axis + "_start"] = [first]
        self.begin(sizes, state)
        state.update(earlier)
        for count in parts:
            values = {**state, **self.batch(sizes, inputs, axes_of, first, count)}
            self.accumulate[phase]({**sizes, self.axis: count}, values)
            state = {**values, **{k: inputs[k] for k in inputs}}
            first += count
        return state, first

    def run(self, sizes, inputs, axes_of, groups):
        """groups: lists of batch sizes; each group has a state of its own, all are merged."""
        finished = {}
        for phase in range(len(self.accumulate)):
            states, first = [], 0
            for parts in groups:
                state, first = self.state_of(sizes, inputs, axes_of, first, parts, phase, finished)
                states.append(state)
            while len(states) > 1:
                merged = []
                for a, b in zip(states[::2], states[1::2] + [None]):
                    if b:
                        values = {**a, **{"other_" + k: v for k, v in b.items()}}
                        self.merge[phase](sizes, values)
                        a = {k: v for k, v in values.items() if not k.startswith("other_")}
                    merged.append(a)
                states = merged
            changed = [p[0] for p in self.accumulate[phase].parameters if "in and out" in p[4]]
            finished.update({k: states[0][k] for k in changed})
        values = {**inputs, **finished}
        if self.finish:
            self.finish(sizes, values)
        first = 0
        for count in [c for parts in groups for c in parts] if self.each else []:
            batch = {**values, **self.batch(sizes, inputs, axes_of, first, count),
                     self.axis + "_start": [first]}
            self.each({**sizes, self.axis: count}, batch)
            for out, _, _, axes, role in self.each.parameters:
                if role == "out":
                    self.put(sizes, axes, values, out, batch[out], first, count)
            first += count
        return values

    def put(self, sizes, axes, values, out, part, start, count):
        at = axes.index(self.axis)
        inner = math.prod(sizes[a] for a in axes[at + 1:])
        outer, whole = math.prod(sizes[a] for a in axes[:at]), sizes[self.axis] * inner
        array = values.setdefault(out, [None] * (outer * whole))
        for o in range(outer):
            array[o * whole + start * inner:o * whole + (start + count) * inner] = (
                part[o * count * inner:(o + 1) * count * inner])


def splits(rng, n):
    yield [[n]]
    yield [[1] * n]
    yield [[0, n // 3, 0, n - n // 3, 0]]
    yield [[0], [n], [], [0, 0]]
    yield [[1] for _ in range(n)] or [[0]]
    for _ in range(4):
        groups, left = [], n
        while left:
            parts = []
            for _ in range(rng.randint(1, 3)):
                parts.append(rng.randint(0, left))
                left -= parts[-1]
            groups.append(parts)
        yield groups or [[]]


FILLS = ["plain", "zeros", "blocks", "large", "same", "infinite", "lowest", "nothing", "nan"]


def fill(rng, fill_name, kind, role, count, limit):
    if kind in (ctypes.c_int64, ctypes.c_int32):
        return [rng.randrange(limit) for _ in range(count)]
    if kind is ctypes.c_uint8:
        return [int(rng.random() < 0.6 and fill_name != "zeros") for _ in range(count)]
    if "not negative" in role:
        chance = {"zeros": 1, "blocks": 0.8, "infinite": 0.5}.get(fill_name, 0.1)
        return [0.0 if rng.random() < chance else rng.random() * 3 for _ in range(count)]
    values = [rng.gauss(0, 1) for _ in range(count)]
    if fill_name == "large":
        values = [v * 300 + 100 for v in values]
    if fill_name == "same":
        values = [float(round(v)) for v in values]
    if fill_name == "nothing":
        return [-math.inf] * count
    odd = {"infinite": [math.inf, -math.inf], "lowest": [-math.inf], "nan": [math.nan]}.get(fill_name)
    chance = 0.5 if fill_name == "lowest" else 0.05
    return [rng.choice(odd) if odd and rng.random() < chance else v for v in values]


def differs(a, b, kind, scale):
    if isinstance(a, int) or (math.isnan(a) and math.isnan(b)):
        return a != b and not math.isnan(a)
    if math.isnan(a) or math.isnan(b) or math.isinf(a) or math.isinf(b):
        return a != b
    return abs(a - b) > (2e-5 if kind is ctypes.c_float else 1e-11) * max(scale, abs(a))


def bits(rng, whole, streamed, sizes, axes_of):
    """Prints the outputs of one large stream to the last bit."""
    inputs = {p[0]: fill(rng, "plain", p[1], p[4], math.prod(sizes[a] for a in p[3]), 3)
              for p in whole.parameters if p[4].startswith("in")}
    n = sizes[streamed.axis]
    values = streamed.run(sizes, inputs, axes_of, [[n // 2, n - n // 2 - 1], [1]])
    for p in whole.parameters:
        if p[4].startswith("out"):
            print(p[0], [v.hex() if isinstance(v, float) else v for v in values[p[0]]])
    return 0


def main():
    path, header_path, axis, *rest = sys.argv[1:]
    header = open(header_path).read()
    name = re.search(r"^(?:/\*| \*)\s*(\w+): made from", header)[1]
    sizes0 = {k: int(v) for k, v in (item.split("=") for item in rest)}
    library = ctypes.CDLL(path)
    whole, streamed = Function(library, header, name), Streamed(library, header, name, axis)
    axes_of = {p[0]: p[3] for p in whole.parameters if p[4].startswith("in")}
    outputs = [p for p in whole.parameters if p[4].startswith("out")]
    rng, compared = random.Random(20), 0
    if axis in sizes0:
        return bits(rng, whole, streamed, sizes0, axes_of)
    for n in (1, 2, 13):
        for fill_name in FILLS:
            sizes = {**sizes0, axis: n}
            inputs = {p[0]: fill(rng, fill_name, p[1], p[4], math.prod(sizes[a] for a in p[3]),
                                 min(sizes0.values(), default=1))
                      for p in whole.parameters if p[4].startswith("in")}
            expected = dict(inputs)
            whole(sizes, expected)
            for groups in splits(rng, n):
                found = streamed.run(sizes, inputs, axes_of, groups)
                for out, kind, _, _, _ in outputs:
                    finite = [abs(v) for v in expected[out] if math.isfinite(v)]
                    scale = max(finite, default=1)
                    for i, (a, b) in enumerate(zip(expected[out], found[out])):
                        compared += 1
                        if differs(a, b, kind, scale):
                            print(f"{name} {fill_name} n={n} {groups}: {out}[{i}] is {b}, not {a}")
                            if "-v" in sys.argv:
                                continue
                            print({k: v for k, v in inputs.items()})
                            return 1
    print(compared)
    return 0


sys.exit(main())

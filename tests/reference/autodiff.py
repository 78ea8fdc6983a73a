#!/usr/bin/env python3
"""Makes programs and data of autodiff_pairs.json: tests/reference/autodiff/.

python3 tests/reference/autodiff.py writes, for each file that the records name, one program, and for each record a folder
with its inputs and expected results. Only the standard library is needed. A program's inputs and outputs stand in the
order of the record's.
"""
import json
import pathlib
import shutil

from averages import write_npy

HERE = pathlib.Path(__file__).resolve().parent

GROUPED = """dim i
dim m
input is[i]: i32
input dst[m]
input v[i]
"""
GROUPED_BY_C = GROUPED + "input c[m]\n"
LARGEST = """dim m
dim i
input dst[m]
input is[i]: i32
input v[i]
"""
LARGEST_BY_C = LARGEST + "input c\n"
LARGER = "let y[m] = max(dst, max[i](v, where = is == m))\n"
FIRST = "if m == 0 then 1 else 0"

PROGRAMS = {
    "fadd": "input x\ninput y\nlet z = x + y\noutput dx = grad(z, x)\noutput dy = grad(z, y)\n",
    "fdiv": "input x\ninput y\nlet z = x / y\noutput dx = grad(z, x)\noutput dy = grad(z, y)\n",
    "fmul": "input x\ninput y\nlet z = x * y\noutput dx = grad(z, x)\noutput dy = grad(z, y)\n",
    "gather0": """dim n
dim j
dim j2 like j
input x[n]
input is[j]: index(n)
let y[j] = x[is]
output jacobian[j2, n] = vjp(y, x, if j == j2 then 1 else 0)
""",
    "gather1": """dim n
dim p
dim j
dim n2 like n
dim j2 like j
input x[n, p]
input is[j]: index(p)
let y[n, j] = x[n, is]
output jacobian[n2, j2, n, p] = vjp(y, x, if n == n2 and j == j2 then 1 else 0)
""",
    "gather2": """dim n
dim a
dim b
dim a2 like a
dim b2 like b
input x[n]
input is[a, b]: index(n)
let y[a, b] = x[is]
output jacobian[a2, b2, n] = vjp(y, x, if a == a2 and b == b2 then 1 else 0)
""",
    "genred-opt/matmul-simple": """dim m
dim n
dim q
input x[m, q]
input w[q, n]
input dy[m, n]
let y[m, n] = sum[q](x * w)
output dx[m, q] = vjp(y, x, dy)
output dw[q, n] = vjp(y, w, dy)
""",
    "genred-opt/matmul": """dim m
dim n
dim q
dim m2 like m
dim n2 like n
input x[m, q]
input w[q, n]
let y[m, n] = sum[q](x * w)
output jacobian[m2, n2, q, n] = vjp(y, w, if m == m2 and n == n2 then 1 else 0)
""",
    "hist_add": """dim i
dim m
dim m2 like m
input is[i]: i32
input v[i]
input c[m]
let r[m] = c * sum[i](v, where = is == m)
output by_v[m2, i] = vjp(r, v, if m == m2 then 1 else 0)
output by_c[m2, m] = vjp(r, c, if m == m2 then 1 else 0)
""",
    "hist_minmax": """dim i
dim m = 5
dim m2 like m
input _size
input is[i]: i32
input v[i]
let r[m] = max[i](v, where = is == m)
output jacobian[m2, i] = vjp(r, v, if m == m2 then 1 else 0)
""",
    "hist_mul": """dim i
dim m
dim m2 like m
input is[i]: i32
input v[i]
input c[m]
let r[m] = c * prod[i](v, where = is == m)
output by_v[m2, i] = vjp(r, v, if m == m2 then 1 else 0)
output by_c[m2, m] = vjp(r, c, if m == m2 then 1 else 0)
""",
    "index": "dim n\ninput i: index(n)\ninput x[n]\noutput dx[n] = grad(x[i], x)\n",
    "issue2256": """dim i
dim j like i
input x[i]
let c[i] = prod[j](x[i = j], where = j <= i)
output dx[i] = grad(sum[i](c * x), x)
""",
    "map0": """dim i
dim i2 like i
input x[i]
input w[i]
output jacobian[i2, i] = vjp(x * w, w, if i == i2 then 1 else 0)
""",
    "map2": "dim i\ninput c\ninput x[i]\noutput dc[i] = jvp(c * x, c, 1)\n",
    "map4": """dim k
dim i like k
dim j like k
input x[k]
let y[i, j] = x[i] + x[j]
output jacobian[i, j, k] = jvp(y, x, if k == k2 then 1 else 0)[k2 = k]
dim k2 like k
""",
    "map6": """dim t = 8
dim k = 4
dim i = 2
dim j = 4
dim k2 like k
input x[t]
let w[k, i] = sum[j](x[k + j] * x[i + j])
let y[k] = w[i = 0] - w[i = 1]
output transposed[t, k2] = vjp(y, x, if k == k2 then 1 else 0)
""",
    "matmul": """dim n
dim m
dim p
dim n2 like n
dim p2 like p
input x[n, m]
input w[m, p]
let y[n, p] = sum[m](x + w)
output jacobian[n2, p2, m, p] = vjp(y, w, if n == n2 and p == p2 then 1 else 0)
""",
    "maximum": "dim i\ninput x[i]\noutput dx[i] = grad(max[i](abs(x)), x)\n",
    "minimum": "dim i\ninput x[i]\noutput dx[i] = grad(min[i](x), x)\n",
    "minmax": "dim i\ninput x[i]\noutput d_min[i] = grad(min[i](abs(x)), x)\noutput d_max[i] = grad(max[i](abs(x)), x)\n",
    "nested0": """dim i
input x[i]
let once[i] = grad(sum[i](x^4), x)
let twice[i] = grad(sum[i](once), x)
output third[i] = grad(sum[i](twice), x)
""",
    "nested3": """dim i
dim j
input x[i, j]
input v[j]
let y = sum[i, j](x * v)
output by_x[i, j] = vjp(grad(y, v), x, 1)
output by_v[j] = vjp(grad(y, x), v, 1)
""",
    "reduce0": "dim i\ninput x[i]\noutput dx[i] = grad(prod[i](x), x)\n",
    "reduce2": "dim i\ninput x[i]\nlet m = sum[i](x)\noutput dx[i] = grad(sum[i](x - m) + m, x)\n",
    "reduce3": "dim n\ndim k\ninput a[n, k]\noutput da[n, k] = vjp(sum[n](a), a, 1)\n",
    "reducebyindex2": """dim i
dim m
input is[i]: i32
input dst[m]
input v[i]
input c[i]
let r[m] = dst * prod[i](c * v, where = is == m)
output d_dst[m] = vjp(r, dst, 1)
output d_v[i] = vjp(r, v, 1)
output d_c[i] = vjp(r, c, 1)
""",
    "reducebyindex3": """dim i
dim m = 4
dim m2 like m
input is[i]: i32
input v[i]
let y[m] = prod[i](v, where = is + 1 == m) + sum[i](v + 2, where = is == m)
output jacobian[m2, i] = vjp(y, v, if m == m2 then 1 else 0)
""",
    "reducebyindexadd0": LARGEST + "let y[m] = dst^2 + (dst + sum[i](v, where = is == m))\noutput d_dst[m] = vjp(y, dst, " + FIRST + ")\n",
    "reducebyindexadd1": GROUPED + """let y[m] = dst + sum[i](v, where = is == m)
output d_dst[m] = vjp(y, dst, 1)
output d_v[i] = vjp(y, v, 1)
""",
    "reducebyindexadd2": GROUPED_BY_C + """let y[m] = c * (dst + sum[i](v, where = is == m))
output d_dst[m] = vjp(y, dst, 1)
output d_v[i] = vjp(y, v, 1)
output d_c[m] = vjp(y, c, 1)
""",
    "reducebyindexadd3": """dim i
dim m
dim k
input is[i]: i32
input dst[m, k]
input v[i, k]
input c[m, k]
let y[m, k] = c * (dst + sum[i](v, where = is == m))
output d_dst[m, k] = vjp(y, dst, 1)
output d_v[i, k] = vjp(y, v, 1)
output d_c[m, k] = vjp(y, c, 1)
""",
    "reducebyindexminmax1": LARGEST + LARGER + "output d_dst[m] = vjp(y, dst, " + FIRST + ")\n",
    "reducebyindexminmax2": LARGEST + LARGER + "output d_v[i] = vjp(y, v, " + FIRST + ")\n",
    "reducebyindexminmax3": LARGEST_BY_C + LARGER + "let z[m] = c * y\noutput d_v[i] = vjp(z, v, " + FIRST + ")\noutput d_c = vjp(z, c, " + FIRST + ")\n",
    "reducebyindexminmax4": LARGEST_BY_C + LARGER + "let z[m] = c * y\noutput d_dst[m] = vjp(z, dst, " + FIRST + ")\noutput d_c = vjp(z, c, " + FIRST + ")\n",
    "reducebyindexminmax5": LARGEST + LARGER + "output d_v[i] = vjp(y * sum[i](v), v, " + FIRST + ")\n",
    "reducebyindexminmax6": LARGEST + LARGER + "output d_dst[m] = vjp(dst^2 + y, dst, " + FIRST + ")\n",
    "reducebyindexmul0": GROUPED + """let y[m] = dst * prod[i](v, where = is == m)
output d_dst[m] = vjp(y, dst, 1)
output d_v[i] = vjp(y, v, 1)
""",
    "reducebyindexmul1": GROUPED_BY_C + """let y[m] = c * dst * prod[i](v, where = is == m)
output d_dst[m] = vjp(y, dst, 1)
output d_v[i] = vjp(y, v, 1)
output d_c[m] = vjp(y, c, 1)
""",
    "reducebyindexmul2": LARGEST + "let y[m] = dst^2 + dst * prod[i](v, where = is == m)\noutput d_dst[m] = vjp(y, dst, " + FIRST + ")\n",
    "reducemul0": "dim i\ninput x[i]\noutput dx[i] = grad(prod[i](x), x)\n",
    "reducemul": """dim i
input x[i]
input c
let y = c * prod[i](x)
output dx[i] = grad(y, x)
output dc = grad(y, c)
""",
    "reducemul4": """dim i
dim i2 like i
input a[i]
let y[i] = a * prod[i](a)
output jacobian[i2, i] = vjp(y, a, if i == i2 then 1 else 0)
""",
    "reducevec0": """dim n
dim m
dim k
dim m2 like m
dim k2 like k
input x[n, m, k]
let y[m, k] = prod[n](x)
output jacobian[m2, k2, n, m, k] = vjp(y, x, if m == m2 and k == k2 then 1 else 0)
""",
    "reducevecmul0": "dim m\ndim n\ninput x[m, n]\noutput dx[m, n] = vjp(prod[m](x), x, if n == 0 then 1 else 0)\n",
    "scan0": """dim i
dim j like i
dim i2 like i
input a[i]
let y[i] = prod[j](a[i = j], where = j <= i)
output jacobian[i2, i] = vjp(y, a, if i == i2 then 1 else 0)
""",
    "scan1": """dim i
dim j like i
dim i2 like i
input a[i]
let y[i] = sum[j](a[i = j], where = j <= i)
output jacobian[i2, i] = vjp(y, a, if i == i2 then 1 else 0)
""",
    "sum": "dim i\ninput x[i]\noutput dx[i] = grad(sum[i](x), x)\n",
}
SAME = {"reducemul1": "reducemul", "reducemul2": "reducemul", "reducemul3": "reducemul"}
ROUNDED = {"fdiv": "1e-5"}  # how far the recorded numbers are rounded


def shape_of(value):
    return [len(value)] + shape_of(value[0]) if isinstance(value, list) else []


def flat(value):
    return [number for part in value for number in flat(part)] if isinstance(value, list) else [value]


def declared(program, words):
    lines = [line.split() for line in program.splitlines()]
    return [(parts[1].split("[")[0].rstrip(":"), parts) for parts in lines if parts[0] in words]


def save(path, value, whole):
    numbers = [int(v) for v in flat(value)] if whole else [float(v) for v in flat(value)]
    write_npy(path, whole or "float64", shape_of(value), numbers)


def main():
    target = HERE / "autodiff"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for number, record in enumerate(json.loads((HERE / "autodiff_pairs.json").read_text())):
        file = record["file"].removeprefix("tests/ad/").removesuffix(".fut")
        program = PROGRAMS[SAME.get(file, file)]
        name = SAME.get(file, file).replace("/", "-")
        formula = "## %s\n" % record["formula"].replace(" (roles as in file)", "")
        if not (target / (name + ".sy")).exists():
            (target / (name + ".sy")).write_text(formula + "real f64\n" + program)
        folder = target / ("%s-%d" % (name, number))
        folder.mkdir()
        for (given, parts), value in zip(declared(program, ["input"]), record["inputs"], strict=True):
            whole = "int32" if "i32" in parts else "int64" if any("index" in part for part in parts) else None
            save(folder / (given + ".npy"), value, whole)
        for (output, _), value in zip(declared(program, ["output"]), record["expected"], strict=True):
            save(folder / ("expected_%s.npy" % output), value, None)
        if file in ROUNDED:
            (folder / "relative").write_text(ROUNDED[file] + "\n")


if __name__ == "__main__":
    main()

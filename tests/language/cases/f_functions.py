"""Functions, constants, params, other files, stop, random numbers, lets."""
import numpy as np
from harness import case, indices

MORE = """\
## Used by another file.
fn rms[d...](v) = sqrt(mean[d](v^2))
fn scaled(v, by = 2) = helper(v) * by
fn helper(v) = v + 1
"""


@case(dict(n=6, c=4, k=3), live=[dict(n=120, c=33, k=5)])
def functions(d, n, c, k):
    """
    ## Axis parameters, several axes, defaults, named arguments, lets in blocks.
    dim n
    dim c
    dim k
    input x[n, c]
    input y[n, c, k]
    input v[c]
    mask m[n, c]
    fn centre[a](z) = z - mean[a](z)
    fn standard[a](z, eps = 1e-6) {
      let mu = mean[a](z)
      let sd = std[a](z)
      (z - mu) / (sd + eps)
    }
    fn total[a...](z) = sum[a](z) / extent(a)
    fn distance[a...](p, q) = sqrt(sum[a]((p - q)^2))
    fn affine(z, scale, shift = 1) = z * scale + shift
    fn two[a, b](z) = max[a](sum[b](z))
    fn composed[a](z) = affine(centre[a](z), scale = 2)
    fn masked[a](z, keep) = mean[a](z, where = keep, empty = 0)
    fn constant() = 3
    fn at_max[a](z, other) = other[a = argmax[a](z)]
    fn shifted[a](z) = z[a = a - 1 else 0]
    output o1[n, c] = centre[n](x)
    output o2[n, c] = centre[c](x)
    output o3[n, c] = standard[n](x, eps = 0.5)
    output o4[n, c, k] = standard[k](y)
    output o5[k] = total[n, c](y)
    output o6 = total[n, c, k](y)
    output o7[n] = total[c](x)
    output o8[n] = distance[c](x, v)
    output o9[k] = distance[n, c](y, x)
    output o10[n, c] = affine(x, 3)
    output o11[n, c] = affine(shift = v, z = x, scale = -1)
    output o12[k] = two[n, c](y)
    output o13[k] = two[c, n](y)
    output o14[n, c] = composed[c](x)
    output o15[n] = masked[c](x, m)
    output o16[c] = masked[n](x, keep = m)
    output o17[n] = x[c = 0] * constant()
    output o18[n] = at_max[c](x, v)
    output o19[n, c] = shifted[n](x)
    output o20[n, c] = shifted[c](x)
    output o21[n, c] = centre[n](centre[c](x))
    output o22[n] = centre[n](mean[c](x))
    """
    x, y, v, m = d.normal(n, c), d.normal(n, c, k), d.normal(c), d.mask(n, c)
    m[1] = False
    cn, cc = x - x.mean(0), x - x.mean(1, keepdims=True)
    mm = lambda axis: np.nan_to_num(np.where(m, x, 0).sum(axis) / np.maximum(m.sum(axis), 1))
    e = dict(o1=cn, o2=cc, o3=cn / (x.std(0) + 0.5), o4=(y - y.mean(2, keepdims=True)) / (y.std(2, keepdims=True) + 1e-6),
             o5=y.mean((0, 1)), o6=y.mean(), o7=x.mean(1), o8=np.sqrt(((x - v)**2).sum(1)),
             o9=np.sqrt(((y - x[..., None])**2).sum((0, 1))), o10=3 * x + 1, o11=v - x, o12=y.sum(1).max(0), o13=y.sum(0).max(0),
             o14=2 * cc + 1, o15=mm(1), o16=mm(0), o17=3 * x[:, 0], o18=v[x.argmax(1)],
             o19=np.vstack([np.zeros((1, c)), x[:-1]]), o20=np.hstack([np.zeros((n, 1)), x[:, :-1]]), o21=cc - cc.mean(0),
             o22=x.mean(1) - x.mean())
    return dict(x=x, y=y, v=v, m=m), e


@case(dict(n=6, c=3), dict(n=1, c=1), live=[dict(n=150, c=8)])
def function_axes(d, n, c):
    """
    ## Axes that a function brings itself: another one at each call.
    dim n
    dim c
    input x[n, c]
    input p[n]
    fn pairs[a](v) {
      dim b like a
      mean[a, b](abs(v - v[a = b]))
    }
    fn rank[a](v) {
      dim b like a
      count[b](where = v[a = b] < v or v[a = b] == v and b < a)
    }
    fn running_total[a](v) {
      dim b like a
      sum[b](v[a = b], where = b <= a)
    }
    fn covariance[a](u, v) {
      let du = u - mean[a](u)
      let dv = v - mean[a](v)
      mean[a](du * dv)
    }
    fn windows[a](v) {
      dim w = 3
      sum[w](v[a = a + w - 1 else 0])
    }
    fn steps[a](v) {
      dim o = a - 1
      sum[o](abs(v[a = o + 1] - v[a = o + 0]))
    }
    fn sorted[a](v) {
      let place = rank[a](v)
      dim b like a
      sum[b](v[a = b], where = place[a = b] == a)
    }
    output spread[c] = pairs[n](x)
    output spread_p = pairs[n](p)
    output sum_of_two = pairs[n](p) + pairs[n](2 * p)
    output nested[n] = p * pairs[n](running_total[n](p))
    output places[n, c] = rank[n](x)
    output places_row[n, c] = rank[c](x)
    output upto[n, c] = running_total[n](x)
    output both[n, c] = running_total[n](running_total[c](x))
    output cov[c] = covariance[n](x, p)
    output window[n, c] = windows[n](x)
    output path[c] = steps[n](x)
    output path_row[n] = steps[c](x)
    output ordered[n] = sorted[n](p)
    """
    x, p = d.normal(n, c), d.normal(n)
    if n > 3:
        p[3] = p[1]
    gini = lambda v: np.abs(v[:, None] - v[None]).mean((0, 1))
    order = lambda v: np.argsort(np.argsort(v, axis=0, kind="stable"), axis=0, kind="stable")
    padded = np.vstack([np.zeros((1, c)), x, np.zeros((1, c))])
    e = dict(spread=gini(x), spread_p=gini(p), sum_of_two=3 * gini(p), nested=p * gini(np.cumsum(p)), places=order(x),
             places_row=order(x.T).T, upto=np.cumsum(x, 0), both=np.cumsum(np.cumsum(x, 0), 1),
             cov=((x - x.mean(0)) * (p - p.mean())[:, None]).mean(0), window=padded[:-2] + padded[1:-1] + padded[2:],
             path=np.abs(np.diff(x, axis=0)).sum(0), path_row=np.abs(np.diff(x, axis=1)).sum(1), ordered=np.sort(p))
    return dict(x=x, p=p), e


@case(dict(n=6), live=[dict(n=500)])
def constants(d, n):
    """
    ## Numbers in the file, and params that are not given.
    dim n
    dim c = 3
    dim r = 2
    dim h = 4
    dim big = 10000
    const table[r, c] = [[1, 2.5, -3], [4, 0.125, 1e2]]
    const kind[c]: i32 = [7, -8, 9]
    const flags[c]: bool = [true, false, true]
    const scalar = 0.75
    const to_row[c]: index(r) = [0, 1, 0]
    input label[n]: index(c)
    param zero[h] = 0
    param half[h] = 0.5 * scalar
    param ladder[h, c] = h + 10 * c
    param sized[h] = 2 / extent(h)
    param from_table[r, c] = table * 2
    param eye[h, h2] = if h == h2 then 1 else 0
    dim h2 like h
    param noise[big] = normal(0.5, 2)
    param flat[big] = uniform(-1, 3)
    param other_noise[big] = normal(0.5, 2)
    output picked[n, r] = table[r, label]
    output whole[n] = kind[label]
    output kept = sum[c](table[r = 0], where = flags)
    output rows[c] = table[to_row, c]
    output z[h] = zero + half
    output l[h, c] = ladder
    output s[h] = sized
    output t[r, c] = from_table
    output i[h, h2] = eye
    output noise_mean = abs(mean[big](noise) - 0.5) < 0.1
    output noise_std = abs(std[big](noise) - 2) < 0.1
    output flat_mean = abs(mean[big](flat) - 1) < 0.1
    output flat_std = abs(std[big](flat) - 4 / sqrt(12)) < 0.05
    output flat_in = all[big](-1 <= flat and flat <= 3)
    output differ = count[big](where = noise == other_noise) < 10
    output uncorrelated = abs(mean[big]((noise - 0.5) * (other_noise - 0.5))) < 0.2
    """
    table = np.array([[1, 2.5, -3], [4, 0.125, 1e2]])
    label = d.integers(0, 3, n)
    e = dict(picked=table[:, label].T, whole=np.array([7, -8, 9], np.int32)[label], kept=-2.0, rows=table[[0, 1, 0], [0, 1, 2]],
             z=np.full(4, 0.375), l=np.arange(4)[:, None] + 10.0 * np.arange(3), s=np.full(4, 0.5), t=table * 2, i=np.eye(4))
    e.update({name: True for name in "noise_mean noise_std flat_mean flat_std flat_in differ uncorrelated".split()})
    return dict(label=label), e


@case(dict(n=7, c=3), files={"used/more.sy": MORE})
def other_files(d, n, c):
    """
    ## Functions of another file.
    use "used/more.sy"
    dim n
    dim c
    input x[n, c]
    output a = rms[n, c](x)
    output b[c] = rms[n](x)
    output e[n, c] = scaled(x)
    output f[n, c] = scaled(x, by = rms[n, c](x))
    """
    x = d.normal(n, c)
    rms = np.sqrt((x * x).mean())
    return dict(x=x), dict(a=rms, b=np.sqrt((x * x).mean(0)), e=2 * (x + 1), f=(x + 1) * rms)


@case(dict(n=5, t=7), live=[dict(n=33, t=257)])
def random_numbers(d, n, t):
    """
    ## Draws are a pure function of the key and the indices.
    dim n
    dim t
    dim s like t
    dim big = 40000
    dim fewer = t - 2
    input key: i64
    input x[n, t]
    let u[big] = uniform[big](key)
    let g[big] = normal[big](key)
    output again = all[n, t](uniform[n, t](key) == uniform[n, t](key))
    output next = any[n, t](uniform[n, t](key) != uniform[n, t](key + 1))
    output in_range = all[big](0 <= u and u < 1)
    output mean_u = abs(mean[big](u) - 0.5) < 0.01
    output var_u = abs(var[big](u) - 1 / 12) < 0.003
    output mean_g = abs(mean[big](g)) < 0.02
    output var_g = abs(var[big](g) - 1) < 0.04
    output skew_g = abs(mean[big](g^3)) < 0.1
    output kurtosis_g = abs(mean[big](g^4) - 3) < 0.3
    output within_g = abs(f64(count[big](where = abs(g) < 1)) / extent(big) - 0.6827) < 0.01
    output sequence = abs(mean[big](u * u[big = mod(big + 1, extent(big))]) - 0.25) < 0.01
    output keys_apart = abs(mean[big](u * uniform[big](key + 1)) - 0.25) < 0.01
    output of_indices = all[fewer](uniform[fewer](key) == (uniform[t](key))[t = fewer + 0])
    output like_axis = all[s](uniform[s](key) == (uniform[t](key))[t = s])
    output elsewhere[n, t] = (uniform[n, t](key))[t = t - 1 else 2] - (if t > 0 then (uniform[n, t](key))[t = t - 1] else 2)
    output dropped[n, t] = (if uniform[n, t](key) < 0.25 then 0 else x / 0.75) - (if uniform[n, t](key) < 0.25 then 0 else x) / 0.75
    output free_of_order = all[n, t](normal[n, t](key) == (normal[n, t](key))[n = n])
    """
    names = ("again next in_range mean_u var_u mean_g var_g skew_g kurtosis_g within_g sequence keys_apart of_indices like_axis "
             "free_of_order").split()
    e = {name: True for name in names}
    e.update(elsewhere=np.zeros((n, t)), dropped=np.zeros((n, t)))
    return dict(x=d.normal(n, t)), e, dict(key=12345)


@case(dict(n=6, c=4), dict(n=0, c=2), live=[dict(n=999, c=31)])
def names_of_values(d, n, c):
    """
    ## Lets with and without axes, outputs as values, used before they are declared, scalars, stop.
    real f32
    output late[n] = sum[c](early)
    dim n
    dim c
    input x[n, c]
    input lr
    input count_of: i32
    input pick: index(c)
    let early = doubled - shift
    let doubled[n, c] = 2 * x
    let shift[n, c] = 1.5
    let row[c] = if extent(n) > 0 then x[n = 0] else 0
    let written[n, c] = row
    output a[n, c] = written + x
    output turned[c, n] = x
    output total = sum[n, c](x)
    output of_output = total * lr
    output constant[n, c] = 2
    output index[n, c] = n * 10 + c
    output spread_scalar[n] = total
    output stopped[n, c] = stop(x * 2) - x
    output picked[n] = x[n, pick]
    output powered = lr^count_of
    output scalar_only = lr * 2 + count_of
    loss L = of_output^2
    output double: f64 = lr
    output _quiet = extent(n) * extent(c)
    let _unused = 3
    """
    x, pick = d.normal(n, c), c - 1
    row = x[0] if n else np.zeros(c)
    e = dict(late=(2 * x - 1.5).sum(1), a=row + x, turned=x.T, total=x.sum(), of_output=x.sum() * 0.5, constant=np.full((n, c), 2.0),
             index=np.array([[10 * i + j for j in range(c)] for i in range(n)], dtype=np.int64).reshape(n, c),
             spread_scalar=np.full(n, x.sum()), stopped=x, picked=x[:, pick], powered=0.125, scalar_only=4.0,
             L=(x.sum() * 0.5)**2, double=0.5, _quiet=np.int64(n * c))
    return dict(x=x), e, dict(lr=0.5, count_of=3, pick=pick)


@case(dict(n=3, t=7, u=4), dict(n=1, t=1, u=1), dict(n=2, t=0, u=3), live=[dict(n=2, t=500, u=6)])
def recurrences(d, n, t, u):
    """
    ## Lets that read themselves and each other at earlier places.
    dim n
    dim t
    dim u
    dim v like u
    dim layer = 3
    input x[n, t]
    input a
    input z[n, t, u]
    param w[v, u] = 0
    param w2[layer, v, u] = 0
    param h0[u] = 0
    let level[n, t] = if t == 0 then x else a * x + (1 - a) * level[t = t - 1]
    let back[n, t] = x + 0.5 * back[t = t + 1 else 0]
    let h[n, t, u] = if t == 0 then h0 else tanh(sum[v](h[t = t - 1, u = v] * w[v, u]) + z)
    let before = out[t = t - 1 else 0]
    let gate = sigmoid(z + sum[v](before[u = v] * w))
    let cell[n, t, u] = gate * cell[t = t - 1 else 0] + (1 - gate) * z
    let out[n, t, u] = gate * tanh(cell)
    let fib[t]: i64 = if t < 2 then 1 else fib[t = t - 1] + fib[t = t - 2]
    let stack[n, t, layer, u] = tanh((if layer == 0 then z else stack[layer = layer - 1]) +
                                     sum[v](w2 * stack[t = t - 1 else 0, u = v]))
    let seen[n, t] = x > 1 or t > 0 and seen[t = t - 1]
    let far[n, t] = x + (if t >= 3 then far[t = t - 3] else 0)
    output o_level[n, t] = level
    output o_back[n, t] = back
    output o_h[n, t, u] = h
    output o_out[n, t, u] = out
    output last[n] = level[t = extent(t) - 1 else 0]
    output o_fib[t] = if t < 80 then fib else 0
    output o_stack[n, t, u] = stack[layer = 2]
    output o_seen[n, t] = seen
    output o_far[n, t] = far
    output average[n] = mean[t](level, empty = 0)
    """
    x, z, w, w2, h0 = d.normal(n, t), d.normal(n, t, u), d.normal(u, u, scale=0.4), d.normal(3, u, u, scale=0.4), d.normal(u)
    a = 0.25
    level, back, h, cell, out = np.zeros((n, t)), np.zeros((n, t)), np.zeros((n, t, u)), np.zeros((n, t, u)), np.zeros((n, t, u))
    stack, seen, far, fib = np.zeros((n, t, 3, u)), np.zeros((n, t), bool), np.zeros((n, t)), []
    for i in range(t):
        level[:, i] = x[:, 0] if i == 0 else a * x[:, i] + (1 - a) * level[:, i - 1]
        h[:, i] = h0 if i == 0 else np.tanh(h[:, i - 1] @ w + z[:, i])
        gate = 1 / (1 + np.exp(-(z[:, i] + (out[:, i - 1] @ w if i else 0))))
        cell[:, i] = gate * (cell[:, i - 1] if i else 0) + (1 - gate) * z[:, i]
        out[:, i] = gate * np.tanh(cell[:, i])
        for q in range(3):
            stack[:, i, q] = np.tanh((z[:, i] if q == 0 else stack[:, i, q - 1]) + (stack[:, i - 1, q] @ w2[q] if i else 0))
        seen[:, i] = (x[:, i] > 1) | (seen[:, i - 1] if i else False)
        far[:, i] = x[:, i] + (far[:, i - 3] if i >= 3 else 0)
        fib.append(1 if i < 2 else fib[-1] + fib[-2])
    for i in reversed(range(t)):
        back[:, i] = x[:, i] + 0.5 * (back[:, i + 1] if i + 1 < t else 0)
    e = dict(o_level=level, o_back=back, o_h=h, o_out=out, last=level[:, -1] if t else np.zeros(n),
             o_fib=np.array([f if i < 80 else 0 for i, f in enumerate(fib)], dtype=np.int64), o_stack=stack[:, :, 2], o_seen=seen,
             o_far=far, average=level.mean(1) if t else np.zeros(n))
    return dict(x=x, z=z, w=w, w2=w2, h0=h0), e, dict(a=a)


@case(dict(i=5, j=7), dict(i=1, j=1), live=[dict(i=60, j=90)])
def two_ways(d, i, j):
    """
    ## Recurrences over two axes: edit distance, paths, and one walked up in one and down in the other.
    dim i
    dim j
    input left[i]: i32
    input right[j]: i32
    input cost[i, j]
    let edit[i, j]: i64 = min(
        (if i > 0 then edit[i = i - 1] else j + 1) + 1,
        (if j > 0 then edit[j = j - 1] else i + 1) + 1,
        (if i > 0 and j > 0 then edit[i = i - 1, j = j - 1] else max(i, j)) + (if left == right then 0 else 1))
    let path[i, j] = cost + (if i == 0 and j == 0 then 0 else min(path[i = i - 1 else inf], path[j = j - 1 else inf]))
    let mixed[i, j] = cost + 0.5 * mixed[i = i - 1 else 0] + 0.25 * mixed[j = j + 1 else 0]
    output distance = edit[i = extent(i) - 1 else 0, j = extent(j) - 1 else 0]
    output all_edit[i, j] = edit
    output cheapest[i, j] = path
    output o_mixed[i, j] = mixed
    """
    left, right, cost = d.integers(0, 3, i), d.integers(0, 3, j), d.uniform(i, j)
    edit = np.zeros((i + 1, j + 1), dtype=np.int64)
    edit[:, 0], edit[0] = np.arange(i + 1), np.arange(j + 1)
    path, mixed = np.zeros((i, j)), np.zeros((i, j))
    for p, q in indices(i, j):
        edit[p + 1, q + 1] = min(edit[p, q + 1] + 1, edit[p + 1, q] + 1, edit[p, q] + (left[p] != right[q]))
        ways = [path[p - 1, q]] * (p > 0) + [path[p, q - 1]] * (q > 0) or [0]
        path[p, q] = cost[p, q] + min(ways)
    for p in range(i):
        for q in reversed(range(j)):
            mixed[p, q] = cost[p, q] + (0.5 * mixed[p - 1, q] if p else 0) + (0.25 * mixed[p, q + 1] if q + 1 < j else 0)
    return (dict(left=left.astype(np.int32), right=right.astype(np.int32), cost=cost),
            dict(distance=edit[i, j], all_edit=edit[1:, 1:], cheapest=path, o_mixed=mixed))

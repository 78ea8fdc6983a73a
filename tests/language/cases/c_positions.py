"""Positions: gathers in every form, and named indexing of expressions."""
import numpy as np
from harness import case, indices


@case(dict(b=3, t=7, f=5, k=4, c=6), live=[dict(b=5, t=1000, f=33, k=17, c=257)])
def gather_places(d, b, t, f, k, c):
    """
    ## By place: each position is an axis, a typed index, or an index of an index.
    dim b
    dim t
    dim f
    dim k
    dim c
    input data[b, t, f]
    input idx[b, k]: index(t)
    input column[k]: index(f)
    input label[b]: index(c)
    input hop[c]: index(c)
    input table[c, f]
    input pair[c, c2]
    dim c2 like c
    input scalar_pick: index(c)
    output a[b, k, f] = data[b, idx, f]
    output both[b, k] = data[b, idx, column]
    output as_set[b, t, k] = data[b, t, column]
    output row[b, f] = table[label, f]
    output two[b, f] = table[hop[label], f]
    output three[b] = hop[hop[hop[label]]]
    output turned[k, b] = data[b, idx, column]
    output paired[b] = pair[label, hop[label]]
    output transposed[c, c2] = pair[c2, c]
    output diagonal[c] = pair[c, c]
    output one[f] = table[scalar_pick, f]
    output scaled[b, f] = sum[k](data[b, idx, f] * data[b, idx, column])
    output weighed[b] = sum[f](table[label, f], weight = abs(table[hop[label], f]))
    output fixed[b] = data[b, min(2, extent(t) - 1), 0]
    output place[b]: i64 = label
    """
    x, i, col = d.normal(b, t, f), d.integers(0, t, b, k), d.integers(0, f, k)
    label, hop, table, pair = d.integers(0, c, b), d.integers(0, c, c), d.normal(c, f), d.normal(c, c)
    pick = int(d.integers(0, c))
    a, both, as_set = np.zeros((b, k, f)), np.zeros((b, k)), np.zeros((b, t, k))
    for r, q in indices(b, k):
        a[r, q] = x[r, i[r, q]]
        both[r, q] = x[r, i[r, q], col[q]]
        for s in range(t):
            as_set[r, s, q] = x[r, s, col[q]]
    e = dict(a=a, both=both, as_set=as_set, row=table[label], two=table[hop[label]], three=hop[hop[hop[label]]],
             turned=both.T, paired=pair[label, hop[label]], transposed=pair.T, diagonal=np.diag(pair), one=table[pick],
             scaled=np.einsum("bkf,bk->bf", a, both),
             weighed=(table[label] * np.abs(table[hop[label]])).sum(1), fixed=x[:, 2, 0], place=label)
    return dict(data=x, idx=i, column=col, label=label, hop=hop, table=table, pair=pair), e, dict(scalar_pick=pick)


@case(dict(n=9, c=5), live=[dict(n=5000, c=13)])
def gather_none(d, n, c):
    """
    ## Labels that may be absent.
    dim n
    dim c
    input z[n, c]
    input label[n]: index(c, none = -100)
    input other[n]: index(c, none = 99)
    input table[c]
    output hit[n] = if has(label) then z[n, label] else 0
    output total = sum[n](z[n, label], where = has(label))
    output average = mean[n](cross_entropy[c](z, label), where = has(label))
    output both[n] = if has(label) and has(other) then table[label] * table[other] else -1
    output known = count[n](where = has(label))
    output counts[c] = count[n](where = has(label) and label == c)
    output counts_other[c] = count[n](where = other == c)
    output chosen[n] = if not has(other) then 7 else table[other]
    output is_zero[n] = has(label) and label == 0
    output as_number[n]: i64 = if has(other) then other else -5
    output onehot[n, c] = if label == c then 1 else 0
    output guarded[n] = has(label) and table[label] > 0
    """
    z, table = d.normal(n, c), d.normal(c)
    label, other = d.integers(0, c, n), d.integers(0, c, n)
    label[::3], other[1::4] = -100, 99
    label[1], other[1] = c - 1, 0
    z[label == -100, 1] = np.nan
    hit = np.array([z[i, label[i]] if label[i] >= 0 else 0 for i in range(n)])
    ce = [np.log(np.exp(z[i]).sum()) - z[i, label[i]] for i in range(n) if label[i] >= 0]
    e = dict(hit=hit, total=hit.sum(), average=np.mean(ce),
             both=np.array([table[p] * table[q] if p >= 0 and q < 99 else -1 for p, q in zip(label, other)]),
             known=(label >= 0).sum(), counts=np.array([(label == j).sum() for j in range(c)]),
             counts_other=np.array([(other == j).sum() for j in range(c)]),
             chosen=np.array([table[q] if q < 99 else 7 for q in other]), is_zero=label == 0,
             as_number=np.where(other < 99, other, -5), onehot=(label[:, None] == np.arange(c)).astype(float),
             guarded=np.array([p >= 0 and table[p] > 0 for p in label]))
    return dict(z=z, label=label, other=other, table=table), e


@case(dict(t=9, k=3), dict(t=1, k=1), dict(t=0, k=2), live=[dict(t=1000, k=7)])
def gather_guarded(d, t, k):
    """
    ## What is proved in range: else, clamp, min, max, mod, conditions, both sides of and, or.
    dim t
    dim k
    dim s like t
    input x[t]
    input shift: i64
    input ints[t]: i32
    output before[t] = x[t = t - 1 else 0]
    output after[t] = x[t = t + 1 else -1]
    output far[t] = x[t = t - shift else 5]
    output window[t] = sum[k](x[t = t - k else 0])
    output clamped[t] = x[t = clamp(t - 2, 0, extent(t) - 1)]
    output mins[t] = x[t = min(t + k2, extent(t) - 1)]
    const k2: i64 = 3
    output wrapped[t] = x[t = mod(t - shift, extent(t))]
    output reversed[t] = x[t = extent(t) - 1 - t]
    output branch[t] = if t >= 1 and t + 1 < extent(t) then x[t = t + 1] - x[t = t - 1] else 0
    output other_way[t] = if t == 0 or t > extent(t) - 2 then 0 else x[t = t + 1] + x[t = t - 1]
    output inside[t] = sum[k](x[t = t - k], where = k <= t)
    output between[t] = sum[s](x[t = s + 1] - x[t = s], where = s < t)
    output up[t] = t > 0 and x[t = t - 1] > 0
    output down[t] = t == 0 or x[t = t - 1] > 0
    output by_data[t] = x[t = ints else 9]
    output by_guard[t] = if 0 <= ints and ints < extent(t) then x[t = ints] else 8
    output by_chain[t] = if 0 <= ints < extent(t) then x[t = ints] else 8
    output by_clamp[t] = if extent(t) > 0 then x[t = clamp(i64(ints), 0, extent(t) - 1)] else 0
    output doubled[t] = if 2 * t < extent(t) then x[t = 2 * t] else 0
    output halves[t] = x[t = div(t, 2)]
    output parity[t] = x[t = t - mod(t, 2)]
    output nested[t] = x[t = t - 1 else x[t = t + 1 else 3]]
    output maxed[t] = x[t = max(t - 4, 0)]
    """
    x, ints, shift = d.normal(t), d.integers(-3, t + 3, t), 2
    at = lambda i, other: x[i] if 0 <= i < t else other
    each = lambda f: np.array([f(i) for i in range(t)], dtype=np.float64)
    e = dict(before=each(lambda i: at(i - 1, 0)), after=each(lambda i: at(i + 1, -1)), far=each(lambda i: at(i - shift, 5)),
             window=each(lambda i: sum(at(i - j, 0) for j in range(k))), clamped=each(lambda i: x[min(max(i - 2, 0), t - 1)]),
             mins=each(lambda i: x[min(i + 3, t - 1)]), wrapped=each(lambda i: x[(i - shift) % t]), reversed=x[::-1],
             branch=each(lambda i: x[i + 1] - x[i - 1] if 1 <= i < t - 1 else 0),
             other_way=each(lambda i: x[i + 1] + x[i - 1] if 1 <= i < t - 1 else 0),
             inside=each(lambda i: sum(x[i - j] for j in range(k) if j <= i)),
             between=each(lambda i: sum(x[j + 1] - x[j] for j in range(i))),
             up=np.array([i > 0 and x[i - 1] > 0 for i in range(t)], dtype=bool),
             down=np.array([i == 0 or x[i - 1] > 0 for i in range(t)], dtype=bool),
             by_data=each(lambda i: at(ints[i], 9)), by_guard=each(lambda i: at(ints[i], 8)),
             by_chain=each(lambda i: at(ints[i], 8)), by_clamp=each(lambda i: x[min(max(ints[i], 0), t - 1)]),
             doubled=each(lambda i: at(2 * i, 0)), halves=each(lambda i: x[i // 2]), parity=each(lambda i: x[i - i % 2]),
             nested=each(lambda i: at(i - 1, at(i + 1, 3))), maxed=each(lambda i: x[max(i - 4, 0)]))
    return dict(x=x, ints=ints.astype(np.int32)), e, dict(shift=shift, k=k)


@case(dict(b=2, h=7, w=9, ci=3, co=2), live=[dict(b=3, h=33, w=65, ci=5, co=4)])
def computed_extents(d, b, h, w, ci, co):
    """
    ## Extents computed from others: convolutions, pooling, dilation, differences.
    dim b
    dim h
    dim w
    dim ci
    dim co
    dim kh = 3
    dim kw = 2
    dim oh = h - kh + 1
    dim ow = w - kw + 1
    dim ph = div(h, 2)
    dim pw = div(w - 3, 2) + 1
    dim two = 2
    dim three = 3
    dim dil = w - 2 * (kw - 1)
    dim pairs = h * w
    dim longer = w + 3
    input x[b, h, w, ci]
    input filter[kh, kw, ci, co]
    output y[b, oh, ow, co] = sum[kh, kw, ci](x[h = oh + kh, w = ow + kw] * filter)
    output same[b, h, w, co] = sum[kh, kw, ci](x[h = h + kh - 1 else 0, w = w + kw - 1 else 0] * filter)
    output pooled[b, ph, w, ci] = max[two](x[h = 2 * ph + two])
    output strided[b, h, pw, ci] = mean[three](x[w = 2 * pw + three])
    output dilated[b, dil] = sum[kw, ci](x[h = 0, w = dil + 2 * kw])
    output flat[b, pairs] = x[h = div(pairs, extent(w)), w = mod(pairs, extent(w)), ci = 0]
    output padded[b, longer] = x[w = longer - 2 else 0, h = 1, ci = 1]
    output sizes_oh = extent(oh)
    output sizes_pw = extent(pw)
    output ratio = extent(oh) / extent(h)
    """
    x, q = d.normal(b, h, w, ci), d.normal(3, 2, ci, co)
    oh, ow, ph, pw, dil = h - 2, w - 1, h // 2, (w - 3) // 2 + 1, w - 2
    y, same = np.zeros((b, oh, ow, co)), np.zeros((b, h, w, co))
    for i, j in indices(h, w):
        for p, r in indices(3, 2):
            if i < oh and j < ow:
                y[:, i, j] += x[:, i + p, j + r] @ q[p, r]
            if 0 <= i + p - 1 < h and 0 <= j + r - 1 < w:
                same[:, i, j] += x[:, i + p - 1, j + r - 1] @ q[p, r]
    pooled = np.stack([x[:, 2 * i:2 * i + 2].max(1) for i in range(ph)], 1)
    strided = np.stack([x[:, :, 2 * i:2 * i + 3].mean(2) for i in range(pw)], 2)
    dilated = np.stack([(x[:, 0, j] + x[:, 0, j + 2]).sum(1) for j in range(dil)], 1)
    padded = np.zeros((b, w + 3))
    padded[:, 2:w + 2] = x[:, 1, :, 1]
    return dict(x=x, filter=q), dict(y=y, same=same, pooled=pooled, strided=strided, dilated=dilated,
                                     flat=x[..., 0].reshape(b, h * w), padded=padded, sizes_oh=np.int64(oh),
                                     sizes_pw=np.int64(pw), ratio=oh / h)


@case(dict(n=5, c=4), dict(n=2, c=1), live=[dict(n=129, c=65)])
def named_indexing(d, n, c):
    """
    ## Reading expressions elsewhere: transposes, captures, several at once.
    dim k
    dim j like k
    dim m like k
    dim c
    input a[k, j]
    input b[k]
    input e[k, c]
    input label[k]: index(c)
    input jump[k]: index(k)
    output turned[k, j] = a[k = j, j = k]
    output sym[k, j] = (a + a[k = j, j = k]) / 2
    output skew[k, j] = a * b - (a * b)[k = j, j = k]
    output diag[k] = a[j = k]
    output moved[m, j] = a[k = m]
    output captured[k] = (sum[j](a * b[k = j]))[k = k]
    output renamed[j] = (sum[j](a * b[k = j]))[k = j]
    output chosen[k] = (2 * e + b)[c = label]
    output jumped[k] = (e * b)[k = jump, c = label]
    output twice[k] = (b[k = jump] * 2)[k = jump]
    output square[k, j] = sum[m](a[j = m] * a[k = m])
    output gram[k, j] = sum[c](e * e[k = j])
    output row_sum[k, c] = (sum[k](e))[c = c] + e
    output first[c] = (exp(e))[k = 0]
    output top[k, c] = (e - max[c](e))[k = mod(k + 1, extent(k))]
    output distance[k, j] = sqrt(sum[c]((e - e[k = j])^2))
    output index_of[k, j] = (k - 2 * j)[k = j, j = k]
    output shadow[j] = (sum[k](a * b))[j = j]
    output far[k] = (sum[j](a))[k = extent(k) - 1 - k]
    output cond[k] = (if b > 0 then b else -b)[k = jump]
    """
    a, b, e = d.normal(n, n), d.normal(n), d.normal(n, c)
    label, jump = d.integers(0, c, n), d.integers(0, n, n)
    ab = a * b[:, None]
    i = np.arange(n)
    out = dict(turned=a.T, sym=(a + a.T) / 2, skew=ab - ab.T, diag=np.diag(a), moved=a, captured=a @ b, renamed=a @ b,
               chosen=2 * e[i, label] + b, jumped=e[jump, label] * 0 + np.array([e[jump[q], label[q]] * b[jump[q]] for q in i]),
               twice=2 * b[jump[jump]], square=a @ a, gram=e @ e.T, row_sum=e.sum(0) + e, first=np.exp(e[0]),
               top=np.roll(e - e.max(1, keepdims=True), -1, axis=0),
               distance=np.sqrt(((e[:, None] - e[None]) ** 2).sum(-1)), index_of=i[None, :] - 2 * i[:, None],
               shadow=a.T @ b, far=a.sum(1)[::-1], cond=np.abs(b)[jump])
    return dict(a=a, b=b, e=e, label=label, jump=jump), out


@case(dict(s=6, t=4), live=[dict(s=257, t=100)])
def named_capture(d, s, t):
    """
    ## The right-hand sides are read outside of the expression.
    dim s
    dim t
    dim s2 like s
    input a[s]
    input b[t]
    input to_s[t]: index(s)
    input to_t[s]: index(t)
    output y[s] = (sum[s](a * b))[t = to_t]
    output z[t, s] = (sum[s](a * b))[t = t] + a
    output inside[s] = (sum[s](a * a[s = s2]))[s2 = s]
    output nested[t] = (sum[s](a * b[t = to_t]))  * b
    output outer[s] = sum[t]((a * b)[s = to_s]) + a
    output both[t] = (max[s](a * b) - min[s](a * b))[t = mod(t + 1, extent(t))]
    output reach[s] = (sum[s](a, where = s <= s2))[s2 = s]
    output soft[s] = (softmax[s](a) + 0 * s2)[s2 = s]
    """
    a, b, to_s, to_t = d.normal(s), d.normal(t), d.integers(0, s, t), d.integers(0, t, s)
    total = a.sum()
    ex = np.exp(a)
    top = np.array([(a * q).max() - (a * q).min() for q in b])
    e = dict(y=total * b[to_t], z=total * b[:, None] + a, inside=total * a, nested=(a * b[to_t]).sum() * b,
             outer=(a[to_s] * b).sum() + a, both=np.roll(top, -1), reach=np.cumsum(a), soft=ex / ex.sum())
    return dict(a=a, b=b, to_s=to_s, to_t=to_t), e


@case(dict(n=6, h=5, w=7), live=[dict(n=2000, h=50, w=70)])
def interpolation(d, n, h, w):
    """
    ## Bilinear reads at computed places, kept inside by clamp.
    dim n
    dim h
    dim w
    input image[h, w]
    input y[n]
    input x[n]
    let y0 = clamp(i64(floor(y)), 0, extent(h) - 2)
    let x0 = clamp(i64(floor(x)), 0, extent(w) - 2)
    let fy = y - y0
    let fx = x - x0
    output value[n] = if extent(h) > 1 and extent(w) > 1
        then image[y0, x0] * (1 - fy) * (1 - fx) + image[y0, x0 + 1] * (1 - fy) * fx +
             image[y0 + 1, x0] * fy * (1 - fx) + image[y0 + 1, x0 + 1] * fy * fx
        else 0
    output nearest[n] = if extent(h) > 0 and extent(w) > 0
        then image[clamp(i64(round(y)), 0, extent(h) - 1), clamp(i64(round(x)), 0, extent(w) - 1)]
        else 0
    """
    image, y, x = d.normal(h, w), d.uniform(n, low=-0.5, high=h - 0.5), d.uniform(n, low=-0.5, high=w - 0.5)
    y0, x0 = np.clip(np.floor(y).astype(int), 0, h - 2), np.clip(np.floor(x).astype(int), 0, w - 2)
    fy, fx = y - y0, x - x0
    value = (image[y0, x0] * (1 - fy) * (1 - fx) + image[y0, x0 + 1] * (1 - fy) * fx
             + image[y0 + 1, x0] * fy * (1 - fx) + image[y0 + 1, x0 + 1] * fy * fx)
    near = image[np.clip(np.rint(y).astype(int), 0, h - 1), np.clip(np.rint(x).astype(int), 0, w - 1)]
    return dict(image=image, y=y, x=x), dict(value=value, nearest=near)


@case(dict(n=8, c=4), live=[dict(n=999, c=10)])
def checked_on_entry(d, n, c):
    """
    ## Positions made of inputs and extents alone are checked when the function is called.
    dim n
    dim c
    input table[c]
    input at[n]: i32
    input off: i64
    output y[n] = table[c = at]
    output z[n] = table[at + 1]
    output last = table[extent(c) - 1]
    output shifted[n] = table[c = i64(at) * 2 - at]
    output single = table[off]
    output difference[n] = table[at + 1] - table[at]
    """
    table, at = d.normal(c), d.integers(0, c - 1, n)
    at[0], at[1] = 0, c - 2
    e = dict(y=table[at], z=table[at + 1], last=table[-1], shifted=table[at], single=table[1], difference=table[at + 1] - table[at])
    return dict(table=table, at=at.astype(np.int32)), e, dict(off=1)

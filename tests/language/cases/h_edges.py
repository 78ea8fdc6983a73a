"""Combinations and edges that are easy to get wrong."""
import math

import numpy as np
from harness import case, f32, indices, log_weighted, softmax
from reductions import reduced

NAN, INF = math.nan, math.inf


@case(dict(n=7, e=12), live=[dict(n=60, e=900)])
def group_variants(d, n, e):
    """
    ## Groups in unusual dress: by a gathered or computed label, negated, either of two, with options that have other axes.
    dim n
    dim e
    dim f = 2
    dim e2 like e
    input x[e]
    input seg[e]: index(n)
    input jump[n]: index(n)
    input raw[e]: i32
    weight w[e, f]
    input z[n]
    mask keep[n]
    let label = jump[seg]
    output by_gathered[n] = sum[e](x, where = label == n)
    output by_second[n] = sum[e](x, where = jump[jump[seg]] == n)
    output negated[n] = sum[e](x, where = seg != n)
    output either[n] = sum[e](x, where = seg == n or label == n)
    output both[n] = count[e](where = seg == n and label == n)
    output first_or_zero[n] = max[e](x, where = seg == n or n == 0)
    output with_axis[n, f] = mean[e](x, where = seg == n, weight = w, empty = 0)
    output with_target[n] = sum[e](x * z, where = seg == n)
    output with_target_max[n] = max[e](x + z, where = seg == n, empty = z)
    output where_target[n] = sum[e](x, where = seg == n and keep)
    output where_source[n] = sum[e](x, where = seg == n and x > z)
    output logw_target[n] = mean[e](x, where = seg == n, logweight = x * z, empty = -1)
    output squared[n] = sum[e](if raw == n then x else 2 * x, where = seg == n)
    output of_groups = sum[n]((sum[e](x, where = seg == n))^2)
    output largest = argmax[n](sum[e](x, where = seg == n))
    output same_group[e] = sum[e2](x[e = e2], where = seg[e = e2] == seg)
    output rank_in_group[e] = count[e2](where = seg[e = e2] == seg and e2 < e)
    output in_range[n] = count[e](where = raw == n and 0 <= raw < extent(n))
    output shifted[n] = sum[e](x, where = raw - 1 == n)
    output doubled[n] = sum[e](x, where = 2 * raw == n)
    output offset[n] = sum[e](x, where = raw == n + 1)
    output moved[n] = (sum[e](x, where = seg == n))[n = mod(n + 1, extent(n))]
    output group_of_mean[n] = mean[e](x - (mean[e](x, where = seg == n))[n = seg], where = seg == n, empty = 0)
    output below[n] = sum[e](x, where = seg <= n)
    output below_strict[n] = count[e](where = seg < n)
    """
    x, seg, jump, raw = d.normal(e), d.integers(0, n, e), d.integers(0, n, n), d.integers(-3, n + 3, e)
    w, z, keep = d.uniform(e, 2), d.normal(n), d.mask(n)
    lab = jump[seg]
    total = lambda hit, v=x: np.array([sum(v[i] for i in range(e) if hit(i, j)) for j in range(n)], dtype=float)
    count = lambda hit: np.array([sum(1 for i in range(e) if hit(i, j)) for j in range(n)], dtype=np.int64)
    plain = total(lambda i, j: seg[i] == j)
    number = np.maximum(count(lambda i, j: seg[i] == j), 1)
    place = lambda j: [i for i in range(e) if seg[i] == j]
    out = dict(by_gathered=total(lambda i, j: lab[i] == j), by_second=total(lambda i, j: jump[lab[i]] == j),
               negated=total(lambda i, j: seg[i] != j), either=total(lambda i, j: seg[i] == j or lab[i] == j),
               both=count(lambda i, j: seg[i] == j and lab[i] == j),
               first_or_zero=np.array([max((x[i] for i in range(e) if seg[i] == j or j == 0), default=-INF) for j in range(n)]),
               with_axis=np.array([[reduced("mean", x[place(j)], weight=w[place(j), q], empty=0) for q in range(2)] for j in range(n)], float),
               with_target=plain * z, where_target=np.where(keep, plain, 0),
               with_target_max=np.array([max((x[i] + z[j] for i in place(j)), default=z[j]) for j in range(n)]),
               where_source=total(lambda i, j: seg[i] == j and x[i] > z[j]),
               logw_target=np.array([log_weighted(x[place(j)], x[place(j)] * z[j]) if place(j) else -1.0 for j in range(n)]),
               squared=np.array([sum(x[i] if raw[i] == j else 2 * x[i] for i in place(j)) for j in range(n)], dtype=float),
               of_groups=(plain**2).sum(), largest=np.int64(plain.argmax()),
               same_group=np.array([x[seg == seg[i]].sum() for i in range(e)]),
               rank_in_group=np.array([(seg[:i] == seg[i]).sum() for i in range(e)], dtype=np.int64),
               in_range=count(lambda i, j: raw[i] == j), shifted=total(lambda i, j: raw[i] - 1 == j),
               doubled=total(lambda i, j: 2 * raw[i] == j), offset=total(lambda i, j: raw[i] == j + 1),
               moved=np.roll(plain, -1), group_of_mean=np.zeros(n), below=total(lambda i, j: seg[i] <= j),
               below_strict=count(lambda i, j: seg[i] < j))
    return dict(x=x, seg=seg, jump=jump, raw=raw.astype(np.int32), w=w, z=z, keep=keep), out


@case(dict(c=6))
def zero_times_nan(d, c):
    """
    ## A weight of 0 is a number: 0 times NaN is NaN. where and a logweight of -inf remove.
    dim n = 4
    dim c
    dim g = 2
    input x[n, c]
    weight w[n, c]
    input z[n, c]
    input seg[c]: index(g)
    output a_sum[n] = sum[c](x, weight = w)
    output a_mean[n] = mean[c](x, weight = w)
    output a_var[n] = var[c](x, weight = w)
    output a_norm[n] = norm[c](x, weight = w)
    output a_lse[n] = logsumexp[c](x, weight = w)
    output b_sum[n] = sum[c](x, weight = w, where = w > 0)
    output b_mean[n] = mean[c](x, weight = w, where = w > 0)
    output b_var[n] = var[c](x, weight = w, where = w > 0)
    output b_norm[n] = norm[c](x, weight = w, where = w > 0)
    output b_lse[n] = logsumexp[c](x, weight = w, where = w > 0)
    output c_sum[n] = sum[c](x, logweight = z)
    output c_mean[n] = mean[c](x, logweight = z)
    output c_var[n] = var[c](x, logweight = z)
    output c_norm[n] = norm[c](x, logweight = z)
    output c_lse[n] = logsumexp[c](x, logweight = z)
    output by_group[n, g] = sum[c](x, weight = w, where = seg == g)
    output by_group_mean[n, g] = mean[c](x, logweight = z, where = seg == g)
    output times_zero[n] = sum[c](x * w)
    output if_zero[n] = sum[c](if w > 0 then x * w else 0)
    """
    x, w = d.normal(4, c), d.uniform(4, c, low=0.1)
    x[0, 1], w[0, 1] = NAN, 0
    x[1, 2], w[1, 2] = INF, 0
    x[2, 0], w[2, 0] = -INF, 0
    z = f32(np.where(w > 0, np.log(np.where(w > 0, w, 1)), -INF))
    seg = np.array([0, 1] * (c // 2))
    on = w > 0
    e = {}
    for op, name in dict(sum="sum", mean="mean", var="var", norm="norm", logsumexp="lse").items():
        good = np.array([reduced(op, x[i], where=on[i], weight=w[i]) for i in range(4)])
        e["b_" + name] = good
        e["a_" + name] = np.array([NAN, NAN, NAN, good[3]])
        e["c_" + name] = np.array([reduced(op, x[i], logweight=z[i]) for i in range(4)])
    # log(sum(w * exp(v))): 0 * exp(-inf) is 0, and 0 * exp(inf) is NaN
    e["a_lse"] = np.array([NAN, NAN, e["b_lse"][2], e["b_lse"][3]])
    with np.errstate(all="ignore"):
        e["by_group"] = np.array([[(x[i] * w[i])[seg == g].sum() for g in range(2)] for i in range(4)])
    e["by_group_mean"] = np.array([[reduced("mean", x[i][seg == g], logweight=z[i][seg == g]) for g in range(2)] for i in range(4)])
    e["times_zero"] = np.array([NAN, NAN, NAN, (x[3] * w[3]).sum()])
    e["if_zero"] = e["b_sum"]
    return dict(x=x, w=w, z=z, seg=seg), e


@case(dict(t=7), live=[dict(t=300)])
def nan_in_passes(d, t):
    """
    ## NaN and infinity that are masked out of running, windowed and streamed reductions; and that are not.
    dim t
    dim s like t
    dim f = 2
    input x[t]
    input v[s, f]
    input score[t, s]
    mask ok[t]
    mask allowed[t, s]
    output running[t] = sum[s](x[t = s], where = s <= t and ok[t = s])
    output running_mean[t] = mean[s](x[t = s], where = s <= t and ok[t = s], empty = 0)
    output running_max[t] = max[s](x[t = s], where = s <= t and ok[t = s])
    output running_lse[t] = logsumexp[s](x[t = s], where = s <= t and ok[t = s])
    output running_nan[t] = sum[s](x[t = s], where = s <= t)
    output running_max_nan[t] = max[s](x[t = s], where = s <= t)
    output back_nan[t] = sum[s](x[t = s], where = t <= s)
    output attended[t, f] = mean[s](v, logweight = score, where = allowed, empty = 0)
    output lse_allowed[t] = logsumexp[s](score, where = allowed)
    output lse_all[t] = logsumexp[s](score)
    output best[t]: i64 = argmax[s](score, where = allowed, empty = -1)
    output at_ok[t] = if ok then x else 0
    output far_ok[t] = if ok and t > 0 and ok[t = t - 1] then x - x[t = t - 1] else 0
    output centred[t] = if ok then x - mean[t](x, where = ok) else 0
    output removed[t, f] = mean[s](v, logweight = if allowed then score else -inf)
    """
    good = d.normal(t)
    ok = d.mask(t)
    ok[0], ok[1], ok[2] = True, False, True
    x = np.where(ok, good, NAN)
    allowed = d.mask(t, t)
    allowed[0] = False
    score, v = d.normal(t, t), d.normal(t, 2)
    score[1, 2], score[2, 0], score[3, 1] = INF, NAN, -INF
    allowed[1, 2] = allowed[2, 0] = False
    allowed[:, 3] = False
    v[3] = NAN
    upto = lambda op, **o: np.array([reduced(op, good[:j + 1], where=ok[:j + 1], **o) for j in range(t)], dtype=float)
    hit = np.flatnonzero(~ok)
    back = np.array([NAN if (hit >= j).any() else good[j:].sum() for j in range(t)])
    front = np.array([NAN if (hit <= j).any() else good[:j + 1].sum() for j in range(t)])
    top = np.array([NAN if (hit <= j).any() else good[:j + 1].max() for j in range(t)])
    att, lse, best = np.zeros((t, 2)), np.full(t, -INF), np.full(t, -1)
    for j in range(t):
        on = np.flatnonzero(allowed[j])
        if on.size:
            att[j] = [log_weighted(v[on, q], score[j, on]) for q in range(2)]
            lse[j] = reduced("logsumexp", score[j, on])
            best[j] = on[np.argmax(score[j, on])]
    lse_all = np.array([reduced("logsumexp", row) if not np.isnan(row).any() else NAN for row in score])
    mean = good[ok].mean()
    e = dict(running=upto("sum"), running_mean=upto("mean", empty=0), running_max=upto("max"), running_lse=upto("logsumexp"),
             running_nan=front, running_max_nan=top, back_nan=back, attended=att, lse_allowed=lse, lse_all=lse_all, best=best,
             at_ok=np.where(ok, good, 0), far_ok=np.array([good[j] - good[j - 1] if j and ok[j] and ok[j - 1] else 0.0 for j in range(t)]),
             centred=np.where(ok, good - mean, 0), removed=np.where(allowed.any(1, keepdims=True), att, NAN))
    return dict(x=x, v=v, score=score, ok=ok, allowed=allowed), e


@case(dict(n=6, c=4), live=[dict(n=400, c=9)])
def integers_reduced(d, n, c):
    """
    ## Reductions of integers and masks, with every option; large i64; indices as results.
    dim n
    dim c
    input k[n, c]: i32
    input big[n]: i64
    weight w[n]
    mask m[n, c]
    output a_sum[c] = sum[n](k)
    output a_prod[c] = prod[n](clamp(k, -1, 1))
    output a_max[c] = max[n](k)
    output a_min[c] = min[n](k, where = m, empty = 99)
    output a_mean[c] = mean[n](k)
    output a_wmean[c] = mean[n](k, weight = w)
    output a_wsum[c] = sum[n](k, weight = w)
    output a_var[c] = var[n](k, ddof = 1)
    output a_std[c] = std[n](k)
    output a_norm[c] = norm[n](k)
    output a_lse[c] = logsumexp[n](k)
    output a_arg[c] = argmin[n](k)
    output arg_two[n] = argmax[c](k, where = m, empty = 0)
    output sum_where[c] = sum[n](k, where = m)
    output sum_empty[c] = sum[n](k, where = m and n > 100, empty = -4)
    output big_sum = sum[n](big)
    output big_max = max[n](big)
    output big_mod[n] = mod(big, 1000)
    output big_div[n] = div(big, 1000)
    output big_same[n] = big == big + 0
    output any_row[n] = any[c](m, where = k > 0)
    output all_row[n] = all[c](m, where = k > 0)
    output all_empty[n] = all[c](m, where = k > 1000, empty = false)
    output count_two = count[n, c](where = m)
    output count_w[c] = count[n](where = m, weight = w)
    output share[c] = mean[n](if m then 1 else 0)
    output as_index[n]: i64 = argmax[c](k)
    output read_back[n] = k[n, argmax[c](k)]
    output soft[n, c] = softmax[c](k)
    output part[n, c] = normalize[c](k * k + 1)
    output cum[n, c] = sum[c2](k[c = c2], where = c2 <= c)
    dim c2 like c
    output whole_mean = mean[n, c](k, where = m, over = extent)
    """
    k, big, w, m = d.integers(-5, 6, n, c), d.integers(2**53, 2**55, n) * 2 + 1, d.uniform(n, low=0.1), d.mask(n, c)
    m[0] = False
    k[1] = [7, -3, 7, 2] + [0] * (c - 4)
    kf = k.astype(float)
    e = dict(a_sum=k.sum(0), a_prod=np.prod(np.clip(k, -1, 1), 0), a_max=k.max(0).astype(np.int32),
             a_min=np.array([min((k[i, j] for i in range(n) if m[i, j]), default=99) for j in range(c)], dtype=np.int32),
             a_mean=kf.mean(0), a_wmean=(kf * w[:, None]).sum(0) / w.sum(), a_wsum=(kf * w[:, None]).sum(0), a_var=kf.var(0, ddof=1),
             a_std=kf.std(0), a_norm=np.linalg.norm(kf, axis=0), a_lse=np.array([reduced("logsumexp", kf[:, j]) for j in range(c)]),
             a_arg=k.argmin(0), arg_two=np.array([max((j for j in range(c) if m[i, j]), key=lambda j: (k[i, j], -j), default=0) for i in range(n)]),
             sum_where=np.where(m, k, 0).sum(0), sum_empty=np.array([sum(k[i, j] for i in range(101, n) if m[i, j]) if m[101:, j].any() else -4 for j in range(c)]),
             big_sum=big.sum(), big_max=big.max(), big_mod=big % 1000, big_div=big // 1000, big_same=np.ones(n, bool),
             any_row=np.array([any(m[i, j] for j in range(c) if k[i, j] > 0) for i in range(n)]),
             all_row=np.array([all(m[i, j] for j in range(c) if k[i, j] > 0) for i in range(n)]), all_empty=np.zeros(n, bool),
             count_two=m.sum(), count_w=(m * w[:, None]).sum(0), share=m.mean(0), as_index=k.argmax(1), read_back=k.max(1).astype(np.int32),
             soft=softmax(kf, 1), part=(kf**2 + 1) / (kf**2 + 1).sum(1, keepdims=True), cum=np.cumsum(k, 1),
             whole_mean=kf[m].sum() / (n * c))
    return dict(k=k.astype(np.int32), big=big, w=w, m=m), e


@case(dict(n=300), live=[dict(n=5000)])
def offset_variance(d, n):
    """
    ## Far from 0: variances and softmax keep their digits; sums over 100 times the scale.
    dim n
    input x[n]
    weight w[n]
    output v = var[n](x)
    output s = std[n](x, weight = w, ddof = 1)
    output c = mean[n]((x - mean[n](x))^2)
    output lse = logsumexp[n](x) - max[n](x)
    output p = max[n](softmax[n](x))
    output near = mean[n](x - 1000, logweight = x)
    output by_where = var[n](x, where = mod(n, 2) == 0)
    output grouped[g] = var[n](x, where = mod(n, extent(g)) == g)
    dim g = 3
    """
    x, w = f32(1000 + d.normal(n) * 0.5), d.uniform(n, low=0.5)
    i = np.arange(n)
    p = softmax(x, 0)
    s = reduced("std", x, weight=w, ddof=1)
    return dict(x=x, w=w), dict(v=x.var(), s=s, c=x.var(), lse=reduced("logsumexp", x - x.max()), p=p.max(),
                                near=(p * (x - 1000)).sum(), by_where=x[::2].var(), grouped=np.array([x[i % 3 == g].var() for g in range(3)]))


@case(dict(n=300, k=5), live=[dict(n=3000, k=50)])
def small_differences(d, n, k):
    """
    ## What totals have in common cancels: their sums are whole numbers, and all digits of the difference are there.
    dim n
    dim k
    input x[n]
    input y[n]
    input a[n, k]
    input b[n, k]
    output apart = mean[n](x) - mean[n](y)
    output spread = mean[n](x^2) - mean[n](x)^2
    output change = sum[n, k](a) - sum[n, k](b)
    output scaled[n] = x * (mean[n](x) - mean[n](y))
    """
    x, a = d.integers(30, 34, n) * 1.0, d.integers(0, 1 << 16, n, k) * 1.0
    y, b = x.copy(), a.copy()
    y[n // 2] += 1
    b[n // 2, 1] += 1
    return dict(x=x, y=y, a=a, b=b), dict(apart=-1 / n, spread=x.var(), change=-1.0, scaled=-x / n)


@case(dict(n=7, k=3), dict(n=3, k=3), live=[dict(n=600, k=9)])
def extents_of_extents(d, n, k):
    """
    ## Extents from extents, like a computed one, like a fixed one; outputs without inputs; results 0 long.
    dim n
    dim k
    dim o = n - k + 1
    dim o2 like o
    dim p = o - 1
    dim half = div(n, 2) + k
    dim twice = 2 * n
    dim c = 3
    dim c2 like c
    dim square = c * c
    dim none = n - n
    input x[n]
    input w[k]
    let y[o] = sum[k](x[n = o + k] * w)
    output conv[o] = y
    output gram[o, o2] = y * y[o = o2]
    output delta[p] = y[o = p + 1] - y[o = p + 0]
    output wide[half] = half * 2
    output double[twice] = x[n = div(twice, 2)]
    output eye[c, c2] = if c == c2 then 1.0 else 0.0
    output squares[square] = div(square, extent(c)) - mod(square, extent(c2))
    output nothing[none] = 1.5
    output sum_none = sum[none](x[n = i64(none)])
    output max_none = max[p](delta, empty = -1)
    output sizes = extent(o) + 100 * extent(p) + 10000 * extent(none)
    output reverse[o] = y[o = extent(o) - 1 - o]
    output last = y[o = extent(o) - 1 else 0]
    output cum[o] = sum[o2](y[o = o2], where = o2 <= o)
    """
    x, w = d.normal(n), d.normal(k)
    o = n - k + 1
    y = np.array([(x[i:i + k] * w).sum() for i in range(o)])
    delta = np.diff(y)
    sq = np.arange(9)
    e = dict(conv=y, gram=np.outer(y, y), delta=delta, wide=2 * np.arange(n // 2 + k), double=np.repeat(x, 2), eye=np.eye(3),
             squares=sq // 3 - sq % 3, nothing=np.zeros(0), sum_none=0.0, max_none=delta.max() if delta.size else -1.0,
             sizes=np.int64(o + 100 * (o - 1)), reverse=y[::-1], last=y[-1], cum=np.cumsum(y))
    return dict(x=x, w=w), e


@case(dict(b=2, n=6, c=3), live=[dict(b=3, n=90, c=11)])
def empties(d, b, n, c):
    """
    ## empty is like an if: it may have axes, read elsewhere, be NaN, and only exists where it is taken.
    dim b
    dim n
    dim c
    dim m like n
    input x[b, n, c]
    mask keep[b, n, c]
    input fallback[b]
    input last[b, c]
    weight w[n]
    output per_row[b, c] = mean[n](x, where = keep, empty = fallback)
    output per_both[b, c] = mean[n](x, where = keep, empty = last + fallback)
    output nested[b, c] = mean[n](x, where = keep and x > 100, empty = mean[n](x, where = keep, empty = -1))
    output of_max[b, c] = max[n](x, where = keep, empty = last)
    output to_nan[b, c] = sum[n](x, where = keep, empty = last * inf * 0)
    output unused[b] = mean[n, c](x, weight = w, empty = log(-1))
    output chosen[b, c] = argmax[n](x, where = keep, empty = extent(n) - 1)
    output read[b, c] = if extent(n) > 0 then x[n = argmax[n](x, where = keep, empty = 0)] else 0
    output upto[b, n, c] = mean[m](x[n = m], where = m < n and keep[n = m], empty = last)
    output lse[b, c] = logsumexp[n](x, where = keep, empty = 1000)
    output softly[b, n, c] = softmax[n](x, where = keep)
    output product[b, c] = prod[n](x, where = keep, empty = last)
    output of_row[b] = std[n, c](x, where = keep, ddof = 1, empty = fallback)
    """
    x, keep, fallback, last, w = d.normal(b, n, c), d.mask(b, n, c), d.normal(b), d.normal(b, c), d.uniform(n, low=0.1)
    keep[0, :, 1] = False
    keep[1, :, 2] = np.arange(n) == 1
    last[1, 2] = NAN
    fallback[1] = INF
    each = lambda op, empty, more=lambda v: True: np.array(
        [[reduced(op, x[i, :, j], where=[keep[i, r, j] and more(x[i, r, j]) for r in range(n)], empty=empty(i, j)) for j in range(c)]
         for i in range(b)], dtype=float)
    mean1 = each("mean", lambda i, j: -1.0)
    p = np.zeros((b, n, c))
    upto = np.zeros((b, n, c))
    for i, j in indices(b, c):
        on = keep[i, :, j]
        if on.any():
            p[i, on, j] = softmax(x[i, on, j], 0)
        for r in range(n):
            upto[i, r, j] = reduced("mean", x[i, :r, j], where=on[:r], empty=last[i, j])
    chosen = each("argmax", lambda i, j: n - 1).astype(np.int64)
    zero = each("argmax", lambda i, j: 0).astype(np.int64)
    e = dict(per_row=each("mean", lambda i, j: fallback[i]), per_both=each("mean", lambda i, j: fallback[i] + last[i, j]), nested=mean1,
             of_max=each("max", lambda i, j: last[i, j]), to_nan=each("sum", lambda i, j: NAN),
             unused=np.array([(x[i] * w[:, None]).sum() / (c * w.sum()) for i in range(b)]), chosen=chosen,
             read=np.array([[x[i, zero[i, j], j] for j in range(c)] for i in range(b)]), upto=upto, lse=each("logsumexp", lambda i, j: 1000.0),
             softly=p, product=each("prod", lambda i, j: last[i, j]),
             of_row=np.array([reduced("std", x[i].ravel(), where=keep[i].ravel(), ddof=1, empty=fallback[i]) for i in range(b)]))
    return dict(x=x, keep=keep, fallback=fallback, last=last, w=w), e


@case(dict(n=7, f=3), live=[dict(n=200, f=8)])
def stated_axes(d, n, f):
    """
    ## One value in many places: lets with more axes than their value, in other orders, read by place and by name.
    dim n
    dim m like n
    dim f
    dim g like f
    input x[n, f]
    input idx[n]: index(n)
    let wide[f, n] = x
    let full[n, m, f] = x
    let pairs[n, m] = sum[f](x * x[n = m])
    let row[n, f] = mean[n](x)
    let scalar = sum[n, f](x)
    let spread[n] = scalar
    output a[n, f] = wide
    output b[n] = wide[f = 0 else 0, n = idx]
    output c[n, f] = full[m = idx]
    output e[m, n] = pairs
    output h[n] = pairs[idx, idx]
    output i[n] = pairs[n, idx] + pairs[idx, n]
    output j[n, f] = row - x
    output k[n] = row[n = idx, f = 0 else 0]
    output l[n] = spread[idx] / scalar
    output o = spread[n = 0 else 0]
    output p[f, g] = sum[n](wide * wide[f = g])
    output q[n, m] = pairs - pairs[n = m, m = n]
    output r[n] = pairs[m = n] - sum[f](x^2)
    output s[n, f] = (x[n = idx])[n = idx]
    output t[n] = sum[m](pairs, where = m != n) / sum[m](pairs[n = m, m = n], where = m != n)
    """
    x, idx = d.normal(n, f), d.integers(0, n, n)
    P = x @ x.T
    e = dict(a=x, b=x[idx, 0], c=x, e=P.T, h=np.diag(P)[idx], i=2 * P[np.arange(n), idx], j=x.mean(0) - x, k=np.full(n, x[:, 0].mean()),
             l=np.ones(n), o=x.sum(), p=x.T @ x, q=np.zeros((n, n)), r=np.zeros(n), s=x[idx[idx]], t=np.ones(n))
    return dict(x=x, idx=idx), e


@case(dict(n=9))
def half_edges(d, n):
    """
    ## 16 bits at their edges: infinity, NaN, the smallest, overflow on storing.
    dim n
    input a[n]: f16
    input b[n]: bf16
    output wide_a[n]: f32 = a
    output wide_b[n]: f32 = b
    output same_a[n]: f16 = a
    output same_b[n]: bf16 = b
    output scaled[n]: f16 = a * 4
    output shrunk[n]: f16 = a / 4096
    output nan_a[n] = isnan(a)
    output top: f16 = max[n](a, where = not isnan(a))
    output total: f32 = sum[n](b, where = isfinite(b))
    output chosen[n]: f16 = if isnan(a) then 1 else a
    """
    a = np.array([0.0, -0.0, 65504, -65504, np.inf, np.nan, 6e-8, 1.0009765625, 2.5], np.float16)
    b = np.array([0.0, -0.0, 3e38, -1e-38, np.inf, np.nan, 1e-40, 1.0078125, 2.5], np.float32)
    b = (b.view(np.uint32) & 0xFFFF0000).astype(np.uint32).view(np.float32)
    b[5] = np.nan
    a4 = a.astype(np.float32)
    with np.errstate(all="ignore"):
        e = dict(wide_a=a4, wide_b=b, same_a=a, same_b=b, scaled=(a4 * 4).astype(np.float16), shrunk=(a4 / 4096).astype(np.float16),
                 nan_a=np.isnan(a), top=np.float16(np.inf), total=b[np.isfinite(b)].astype(float).sum(), chosen=np.where(np.isnan(a), np.float16(1), a))
    return dict(a=a, b=b), e

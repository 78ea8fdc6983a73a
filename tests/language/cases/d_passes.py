"""What is done in one pass: groups, running totals, attention; and the softmax family."""
import numpy as np
from harness import case, indices, log_weighted, softmax
from reductions import reduced


@case(dict(e=11, n=4), dict(e=3, n=1), dict(e=0, n=3), live=[dict(e=5000, n=37), dict(e=777, n=2000)])
def grouped_index(d, e, n):
    """
    ## Every reduction by group, labels typed.
    dim e
    dim n
    input x[e]
    input seg[e]: index(n)
    weight w[e]
    input z[e]
    mask keep[e]
    output o_sum[n] = sum[e](x, where = seg == n)
    output o_mean[n] = mean[e](x, where = seg == n)
    output o_count[n] = count[e](where = seg == n)
    output o_max[n] = max[e](x, where = seg == n)
    output o_min[n] = min[e](x, where = n == seg)
    output o_prod[n] = prod[e](x, where = seg == n)
    output o_norm[n] = norm[e](x, where = seg == n)
    output o_var[n] = var[e](x, where = seg == n)
    output o_std[n] = std[e](x, where = seg == n, ddof = 1, empty = -1)
    output o_logsumexp[n] = logsumexp[e](x, where = seg == n)
    output o_argmax[n]: i64 = argmax[e](x, where = seg == n, empty = -1)
    output o_any[n] = any[e](x > 0, where = seg == n)
    output o_all[n] = all[e](x > 0, where = seg == n)
    output w_sum[n] = sum[e](x, where = seg == n, weight = w)
    output w_mean[n] = mean[e](x, where = seg == n, weight = w, empty = 0)
    output w_count[n] = count[e](where = seg == n, weight = w)
    output z_mean[n] = mean[e](x, where = seg == n, logweight = z)
    output wz_logsumexp[n] = logsumexp[e](x, where = seg == n, logweight = z, weight = w)
    output kept[n] = mean[e](x, where = seg == n and keep, empty = -3)
    output kept_max[n] = max[e](x, where = keep and seg == n, empty = -4)
    output kept_extent[n] = mean[e](x, where = keep and seg == n, over = extent, empty = 1)
    output apart[e] = x - (mean[e](x, where = seg == n))[n = seg]
    output weight_in_group[e] = exp(z - (logsumexp[e](z, where = seg == n))[n = seg])
    """
    x, seg, w, z, keep = d.normal(e), d.integers(0, n, e), d.uniform(e, low=0.1), d.normal(e, scale=2), d.mask(e)
    seg[seg == n // 2] = 0  # a group without elements
    lists = [[i for i in range(e) if seg[i] == j] for j in range(n)]

    def group(op, plain=True, kept=False, weight=None, logweight=None, values=x, **options):
        result = []
        for items in lists:
            items = [i for i in items if keep[i] or not kept]
            result.append(reduced(op, values[items], weight=None if weight is None else weight[items],
                                  logweight=None if logweight is None else logweight[items], **options))
        return np.array(result, dtype=np.float64)

    out = {"o_" + op: group(op) for op in "sum mean max min prod norm var logsumexp".split()}
    out["o_count"] = np.array([len(items) for items in lists])
    out["o_std"] = group("std", ddof=1, empty=-1)
    out["o_argmax"] = np.array([max(items, key=lambda i: (x[i], -i)) if items else -1 for items in lists])
    out["o_any"] = np.array([any(x[i] > 0 for i in items) for items in lists])
    out["o_all"] = np.array([all(x[i] > 0 for i in items) for items in lists])
    out.update(w_sum=group("sum", weight=w), w_mean=group("mean", weight=w, empty=0), w_count=group("count", weight=w),
               z_mean=group("mean", logweight=z), wz_logsumexp=group("logsumexp", logweight=z, weight=w),
               kept=group("mean", kept=True, empty=-3), kept_max=group("max", kept=True, empty=-4),
               kept_extent=np.array([sum(x[i] for i in items if keep[i]) / e if e else 1.0 for items in lists]))
    mean, lse = group("mean"), group("logsumexp", values=z)
    out.update(apart=x - mean[seg], weight_in_group=np.exp(z - lse[seg]))
    return dict(x=x, seg=seg, w=w, z=z, keep=keep), out, dict(n=n)


@case(dict(b=2, e=13, n=4, f=3), live=[dict(b=3, e=2000, n=50, f=8)])
def grouped_features(d, b, e, n, f):
    """
    ## Groups by a label that may be out of range, with features and batches, by two labels.
    dim b
    dim e
    dim n
    dim m like n
    dim f
    input x[b, e, f]
    input seg[b, e]: i32
    input other[b, e]: i64
    input maybe[e]: index(n, none = -1)
    weight w[b, e]
    output total[b, n, f] = sum[e](x, where = seg == n)
    output average[b, n, f] = mean[e](x, where = seg == n, weight = w, empty = 0)
    output number[b, n] = count[e](where = seg == n)
    output over_all[n] = sum[b, e](x[f = 0], where = seg == n)
    output table[b, n, m] = count[e](where = seg == n and other == m)
    output table_sum[n, m] = sum[b, e](w, where = seg == n and other == m)
    output by_maybe[b, n] = max[e](x[f = 1], where = maybe == n, empty = 0)
    output computed[n] = sum[b, e](w, where = mod(seg, extent(n)) == n)
    output plus_one[n] = sum[b, e](w, where = seg + 1 == n)
    output soft[b, n, f] = logsumexp[e](x, where = other == n)
    output flow[b, n, f] = sum[e](w * x, where = seg == n, logweight = -w)
    """
    x, seg, other = d.normal(b, e, f), d.integers(-2, n + 2, b, e), d.integers(-2, n + 2, b, e)
    maybe, w = d.integers(-1, n, e), d.uniform(b, e, low=0.1)
    z = lambda *s: np.zeros(s)
    total, top, low, number, table = z(b, n, f), z(b, n, f), z(b, n), np.zeros((b, n), int), np.zeros((b, n, n), int)
    over_all, table_sum, computed, plus_one, soft, flow = z(n), z(n, n), z(n), z(n), z(b, n, f), z(b, n, f)
    by_maybe = z(b, n)
    for i, j in indices(b, e):
        s, o = seg[i, j], other[i, j]
        if 0 <= s < n:
            total[i, s] += x[i, j]
            top[i, s] += w[i, j] * x[i, j]
            low[i, s] += w[i, j]
            number[i, s] += 1
            over_all[s] += x[i, j, 0]
            flow[i, s] += w[i, j] * x[i, j] * np.exp(-w[i, j])
        if 0 <= s < n and 0 <= o < n:
            table[i, s, o] += 1
            table_sum[s, o] += w[i, j]
        computed[s % n] += w[i, j]
        if 0 <= s + 1 < n:
            plus_one[s + 1] += w[i, j]
        if 0 <= o < n:
            soft[i, o] += np.exp(x[i, j])
    for i, s in indices(b, n):
        by_maybe[i, s] = max((x[i, j, 1] for j in range(e) if maybe[j] == s), default=0)
    with np.errstate(all="ignore"):
        average = np.where(low[..., None] > 0, top / low[..., None], 0)
        soft = np.log(soft)
    return (dict(x=x, seg=seg.astype(np.int32), other=other, maybe=maybe, w=w),
            dict(total=total, average=average, number=number, over_all=over_all, table=table, table_sum=table_sum,
                 by_maybe=by_maybe, computed=computed, plus_one=plus_one, soft=soft, flow=flow), dict(n=n))


@case(dict(b=2, t=7), dict(b=1, t=1), dict(b=2, t=0), live=[dict(b=3, t=700)])
def running(d, b, t):
    """
    ## Running forms, from the front and from the back, strict and not, along an axis and one like it.
    dim b
    dim t
    dim s like t
    input x[b, t]
    input y[b, s]
    weight w[b, s]
    mask keep[b, s]
    output cumsum[b, t] = sum[s](x[t = s], where = s <= t)
    output strict[b, t] = sum[s](y, where = s < t)
    output from_back[b, t] = sum[s](y, where = s >= t)
    output back_strict[b, t] = sum[s](y, where = t < s)
    output cummean[b, t] = mean[s](y, where = s <= t)
    output weighted[b, t] = mean[s](y, where = s <= t, weight = w, empty = 0)
    output cummax[b, t] = max[s](y, where = s <= t)
    output cummin_back[b, t] = min[s](y, where = t <= s)
    output cumprod[b, t] = prod[s](y, where = s <= t)
    output cumlse[b, t] = logsumexp[s](y, where = s <= t)
    output best_so_far[b, t]: i64 = argmax[s](y, where = s <= t, empty = -1)
    output count_so_far[b, t] = count[s](where = s <= t and keep)
    output kept[b, t] = mean[s](y, where = keep and s <= t, empty = -1)
    output kept_max[b, t] = max[s](y, where = keep and s < t, empty = -2)
    output any_so_far[b, t] = any[s](y > 1, where = s <= t)
    output all_so_far[b, t] = all[s](y > -1, where = s <= t)
    output variance[b, t] = var[s](y, where = s <= t)
    output soft[b, t] = mean[s](y, logweight = y, where = s <= t)
    output last3[b, t] = sum[s](y, where = s <= t and t < s + 3)
    output window[b, t] = mean[s](y, where = t - 2 <= s and s <= t + 2)
    output depends[b, t] = sum[s](y * x, where = s <= t)
    output distance[b, t] = sum[s](y * exp(s - t), where = s <= t)
    output total = sum[b, t](sum[s](y, where = s <= t))
    """
    x, y, w, keep = d.normal(b, t), d.normal(b, t), d.uniform(b, t), d.mask(b, t)
    if t > 1:
        w[:, 0] = 0

    def each(op, condition, kept=False, weight=None, logweight=None, values=y, **options):
        result = np.zeros((b, t))
        for i, j in indices(b, t):
            places = [s for s in range(t) if condition(s, j) and (keep[i, s] or not kept)]
            result[i, j] = reduced(op, values[i, places], weight=None if weight is None else weight[i, places],
                                   logweight=None if logweight is None else logweight[i, places], **options)
        return result

    upto, before = lambda s, t: s <= t, lambda s, t: s < t
    out = dict(cumsum=each("sum", upto, values=x), strict=each("sum", before), from_back=each("sum", lambda s, t: s >= t),
               back_strict=each("sum", lambda s, t: t < s), cummean=each("mean", upto),
               weighted=each("mean", upto, weight=w, empty=0), cummax=each("max", upto),
               cummin_back=each("min", lambda s, t: t <= s), cumprod=each("prod", upto), cumlse=each("logsumexp", upto),
               count_so_far=np.cumsum(keep, axis=1), kept=each("mean", upto, kept=True, empty=-1),
               kept_max=each("max", before, kept=True, empty=-2), any_so_far=each("any", upto, values=y > 1).astype(bool),
               all_so_far=each("all", upto, values=y > -1).astype(bool), variance=each("var", upto),
               soft=each("mean", upto, logweight=y), last3=each("sum", lambda s, t: s <= t < s + 3),
               window=each("mean", lambda s, t: t - 2 <= s <= t + 2))
    out["best_so_far"] = np.array([[int(np.argmax(y[i, :j + 1])) for j in range(t)] for i in range(b)], dtype=np.int64).reshape(b, t)
    out["depends"] = x * np.cumsum(y, axis=1)
    out["distance"] = np.array([[sum(y[i, s] * np.exp(s - j) for s in range(j + 1)) for j in range(t)] for i in range(b)]).reshape(b, t)
    out["total"] = np.cumsum(y, axis=1).sum()
    return dict(x=x, y=y, w=w, keep=keep), out


@case(dict(b=2, h=3, t=7, f=5), dict(b=1, h=1, t=1, f=1), live=[dict(b=2, h=2, t=200, f=16)])
def attention_masks(d, b, h, t, f):
    """
    ## Attention: causal, padded, biased, weighted; and the same in two steps.
    dim b
    dim h
    dim t
    dim s like t
    dim f
    input q[b, h, t, f]
    input k[b, h, s, f]
    input v[b, h, s, f]
    input bias[h, t, s]
    input length[b]: i64
    mask causal[t, s] = s <= t
    mask real[b, s] = s < length
    weight trust[b, s]
    let score = sum[f](q * k) / sqrt(extent(f))
    output plain[b, h, t, f] = mean[s](v, logweight = score)
    output causal_out[b, h, t, f] = mean[s](v, logweight = score, where = causal)
    output padded[b, h, t, f] = mean[s](v, logweight = score, where = causal and real, empty = 0)
    output biased[b, h, t, f] = mean[s](v, logweight = score + bias, where = real, empty = -1)
    output trusted[b, h, t, f] = mean[s](v, logweight = score, weight = trust, where = s <= t)
    output two_steps[b, h, t, f] = sum[s](softmax[s](score, where = causal) * v)
    output sharp[b, h, t, f] = mean[s](v, logweight = 100 * score)
    output normaliser[b, h, t] = logsumexp[s](score, where = causal and real)
    output spread[b, h, t, f] = var[s](v, logweight = score)
    output rows[b, t, h, f] = mean[s](v, logweight = score, where = t - 2 <= s and s <= t)
    output combined[b, t] = sum[h, f](mean[s](v, logweight = score))
    """
    q, k, v, bias = d.normal(b, h, t, f), d.normal(b, h, t, f), d.normal(b, h, t, f), d.normal(h, t, t)
    length, trust = d.integers(1, t + 1, b), d.uniform(b, t, low=0.1)
    if b > 1:
        length[1] = 0
    bias = np.where(d.mask(h, t, t, share=0.8), bias, -np.inf)
    score = np.einsum("bhtf,bhsf->bhts", q, k) / np.sqrt(f)
    causal = np.tril(np.ones((t, t), bool))

    def attend(z, allowed, empty=np.nan):
        z = np.where(allowed, z, -np.inf)
        out = np.full((b, h, t, f), empty)
        for i, j, r in indices(b, h, t):
            if (z[i, j, r] > -np.inf).any():
                for g in range(f):
                    out[i, j, r, g] = log_weighted(v[i, j, :, g], z[i, j, r])
        return out

    real = (np.arange(t)[None] < length[:, None])[:, None, None, :]
    plain = attend(score, True)
    spread = attend(score, True) * 0
    p = softmax(score, 3)
    for s in range(t):
        spread += p[:, :, :, s, None] * (v[:, :, s][:, :, None] - plain) ** 2
    near = np.tril(np.ones((t, t), bool)) & ~np.tril(np.ones((t, t), bool), -3)
    norm = np.array([reduced("logsumexp", score[i, j, r], where=causal[r] & real[i, 0, 0]) for i, j, r in indices(b, h, t)])
    e = dict(plain=plain, causal_out=attend(score, causal), padded=attend(score, causal & real, 0.0),
             biased=attend(score + bias, real, -1.0), trusted=attend(score + np.log(trust)[:, None, None], causal),
             two_steps=attend(score, causal), sharp=attend(100 * score, True), normaliser=norm.reshape(b, h, t),
             spread=spread, rows=attend(score, near).transpose(0, 2, 1, 3), combined=plain.sum(axis=(1, 3)))
    return dict(q=q, k=k, v=v, bias=bias, length=length, trust=trust), e


@case(dict(b=2, t=5, s=9, f=3), live=[dict(b=2, t=65, s=300, f=7)])
def attention_hidden(d, b, t, s, f):
    """
    ## Attention over other rows; what is padded may be NaN; -inf and huge scores.
    dim b
    dim t
    dim s
    dim f
    input q[b, t, f]
    input k[b, s, f]
    input v[b, s, f]
    mask real[b, s]
    input shift
    let score = sum[f](q * k)
    output a[b, t, f] = mean[s](v, logweight = score + shift, where = real, empty = 0)
    output c[b, t, f] = mean[s](v, logweight = if real then score else -inf, where = real)
    output l[b, t] = logsumexp[s](score + shift, where = real)
    output w[b, t, s] = softmax[s](score + shift, where = real)
    output lw[b, t, s] = log_softmax[s](score, where = real)
    output entropy[b, t] = -sum[s](softmax[s](score, where = real) * log_softmax[s](score, where = real), where = real)
    output top[b, t] = argmax[s](score, where = real, empty = -1)
    """
    q, k, v, real = d.integers(-9, 9, b, t, f) / 8, d.integers(-9, 9, b, s, f) / 8, d.normal(b, s, f), d.mask(b, s)
    real[1] = False
    real[0, 0] = True
    score = np.einsum("btf,bsf->bts", q, k)
    k, v = np.where(real[..., None], k, np.nan), np.where(real[..., None], v, np.inf)
    shift = 4096.0
    a, c, l, w = np.zeros((b, t, f)), np.full((b, t, f), np.nan), np.full((b, t), -np.inf), np.zeros((b, t, s))
    lw, entropy, top = np.full((b, t, s), -np.inf), np.zeros((b, t)), np.full((b, t), -1)
    for i, j in indices(b, t):
        on = np.flatnonzero(real[i])
        if on.size:
            p = softmax(score[i, j, on], 0)
            w[i, j, on], lw[i, j, on] = p, np.log(p)
            a[i, j] = c[i, j] = p @ v[i, on]
            l[i, j] = reduced("logsumexp", score[i, j, on])
            entropy[i, j] = -(p * np.log(p)).sum()
            top[i, j] = on[np.argmax(score[i, j, on])]
    return (dict(q=q, k=k, v=v, real=real),
            dict(c=c, lw=lw, entropy=entropy, top=top, l=np.where(np.isfinite(l), l + shift, l), a=a, w=w),
            dict(shift=4096))


@case(dict(n=7, c=5), dict(n=2, c=1), live=[dict(n=101, c=1000), dict(n=5000, c=3)])
def softmax_family(d, n, c):
    """
    ## softmax, log_softmax and normalize, with where, over two axes, at any magnitude.
    dim n
    dim c
    input z[n, c]
    input big[n, c]
    mask m[n, c]
    output p[n, c] = softmax[c](z)
    output lp[n, c] = log_softmax[c](z)
    output r[n, c] = normalize[c](abs(z))
    output p_first[n, c] = softmax[n](z)
    output p_all[n, c] = softmax[n, c](z)
    output lp_all[c, n] = log_softmax[c, n](z)
    output p_big[n, c] = softmax[c](big)
    output lp_big[n, c] = log_softmax[c](big)
    output p_where[n, c] = softmax[c](z, where = m)
    output lp_where[n, c] = log_softmax[c](z, where = m)
    output r_where[n, c] = normalize[c](abs(z), where = m)
    output r_all[n, c] = normalize[n, c](exp(z), where = m)
    output temper[n, c] = softmax[c](z / 0.1)
    output one[n] = sum[c](softmax[c](z))
    output expected[n] = sum[c](c * softmax[c](z))
    output cross[n] = -sum[c](softmax[c](z) * log_softmax[c](2 * z))
    output chosen[n] = if extent(c) > 0 then softmax[c](z)[c = mod(n, extent(c))] else 0
    output computed_where[n, c] = softmax[c](z, where = c <= n)
    """
    z, big, m = d.normal(n, c), d.normal(n, c, scale=1000), d.mask(n, c)
    m[0] = False
    m[1] = np.arange(c) == 0
    p = softmax(z, 1)
    under = lambda z, m: np.array([[np.exp(z[i, j] - reduced("logsumexp", z[i], where=m[i])) if m[i, j] else 0
                                    for j in range(c)] for i in range(n)])
    with np.errstate(all="ignore"):
        kept = np.where(m, np.abs(z), 0).sum(1, keepdims=True)
        top = big.max(1, keepdims=True)
        e = dict(p=p, lp=np.log(p), r=np.abs(z) / np.abs(z).sum(1, keepdims=True), p_first=softmax(z, 0),
                 p_all=np.exp(z) / np.exp(z).sum(), lp_all=(z - np.log(np.exp(z).sum())).T, p_big=softmax(big, 1),
                 lp_big=big - top - np.log(np.exp(big - top).sum(1, keepdims=True)), p_where=under(z, m),
                 lp_where=np.log(under(z, m)), r_where=np.where(m & (kept > 0), np.abs(z) / kept, 0),
                 r_all=np.where(m, np.exp(z), 0) / np.where(m, np.exp(z), 0).sum(), temper=softmax(z / 0.1, 1), one=np.ones(n),
                 expected=p @ np.arange(c), cross=-(p * np.log(softmax(2 * z, 1))).sum(1),
                 chosen=np.array([p[i, i % c] for i in range(n)]),
                 computed_where=under(z, np.arange(c)[None] <= np.arange(n)[:, None]))
    return dict(z=z, big=big, m=m), e

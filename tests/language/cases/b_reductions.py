"""Reductions, with every option and their combinations."""
import numpy as np
from harness import case, f32, indices
from reductions import reduced

OPS = "sum mean prod min max norm var std logsumexp".split()


def rows(op, values, **options):
    """Each row of values[n, c]; options may be [n, c] or [c] or one value."""
    n, c = values.shape
    result = []
    for i in range(n):
        row = {k: (v[i] if np.ndim(v) == 2 else v) for k, v in options.items()}
        result.append(reduced(op, values[i], **row))
    return np.array(result)


@case(dict(n=7, c=5, k=3), dict(n=1, c=1, k=1), live=[dict(n=101, c=53, k=2), dict(n=3, c=5000, k=1), dict(n=5000, c=3, k=2)])
def reduce_plain(d, n, c, k):
    """
    ## Each reduction over one axis, over two, over all; which axes are left.
    dim n
    dim c
    dim k
    input x[n, c, k]
    input keep[n, c]: bool
    output sum_c[n, k] = sum[c](x)
    output mean_c[n, k] = mean[c](x)
    output prod_c[n, k] = prod[c](x)
    output min_c[n, k] = min[c](x)
    output max_c[n, k] = max[c](x)
    output norm_c[n, k] = norm[c](x)
    output var_c[n, k] = var[c](x)
    output std_c[n, k] = std[c](x)
    output logsumexp_c[n, k] = logsumexp[c](x)
    output argmin_c[n, k]: i64 = argmin[c](x)
    output argmax_c[n, k]: i64 = argmax[c](x)
    output sum_first[c, k] = sum[n](x)
    output max_middle[k, n] = max[c](x)
    output var_two[c] = var[n, k](x)
    output sum_all = sum[k, c, n](x)
    output lse_all = logsumexp[n, c, k](x)
    output any_c[n] = any[c](keep)
    output all_c[n] = all[c](keep)
    output any_all = any[n, c](keep)
    output all_all = all[n, c](keep)
    output count_c[n] = count[c](where = keep)
    output count_positive = count[n, c, k](where = x > 0)
    output ones = sum[n](1)
    """
    x, keep = d.normal(n, c, k), d.mask(n, c)
    keep[0] = True
    over = lambda op, a, axis: np.apply_along_axis(lambda v: reduced(op, v), axis, a)
    e = {op + "_c": over(op, x, 1) for op in OPS + ["argmin", "argmax"]}
    e["argmin_c"], e["argmax_c"] = e["argmin_c"].astype(np.int64), e["argmax_c"].astype(np.int64)
    e.update(sum_first=x.sum(axis=0), max_middle=x.max(axis=1).T, sum_all=x.sum(),
             var_two=np.array([reduced("var", x[:, j].ravel()) for j in range(c)]), lse_all=reduced("logsumexp", x.ravel()),
             any_c=keep.any(axis=1), all_c=keep.all(axis=1), any_all=keep.any(), all_all=keep.all(),
             count_c=keep.sum(axis=1), count_positive=(x > 0).sum(), ones=np.int64(n))
    return dict(x=x, keep=keep), e


@case(dict(n=7, c=5), live=[dict(n=64, c=64), dict(n=3, c=5000)])
def reduce_where(d, n, c):
    """
    ## Elements outside do not exist, whatever stands there.
    dim n
    dim c
    input x[n, c]
    input keep[n, c]: bool
    output o_sum[n] = sum[c](x, where = keep)
    output o_mean[n] = mean[c](x, where = keep)
    output o_prod[n] = prod[c](x, where = keep)
    output o_min[n] = min[c](x, where = keep)
    output o_max[n] = max[c](x, where = keep)
    output o_norm[n] = norm[c](x, where = keep)
    output o_var[n] = var[c](x, where = keep)
    output o_std[n] = std[c](x, where = keep)
    output o_logsumexp[n] = logsumexp[c](x, where = keep)
    output o_argmin[n]: i64 = argmin[c](x, where = keep, empty = -1)
    output o_argmax[n]: i64 = argmax[c](x, where = keep, empty = -7)
    output o_any[n] = any[c](x > 0, where = keep)
    output o_all[n] = all[c](x > 0, where = keep)
    output o_count[n] = count[c](where = keep)
    output total = sum[n, c](x, where = keep)
    output by_column[c] = mean[n](x, where = keep, empty = -5)
    output computed[n] = mean[c](1 / x, where = keep and x > 0.25)
    output not_nan[n] = sum[c](x, where = not isnan(x) and not isinf(x))
    """
    x, keep = d.normal(n, c), d.mask(n, c)
    keep[0] = False
    keep[1] = True
    keep[2] = np.arange(c) == 3
    junk = np.array([np.nan, np.inf, -np.inf, 1e30])
    x = np.where(keep, x, junk[d.integers(0, 4, n, c)])
    x[:, 0] = np.where(keep[:, 0], x[:, 0], np.nan)
    x = f32(x)
    empties = dict(argmin=-1, argmax=-7)
    e = {}
    for op in OPS + ["argmin", "argmax"]:
        e["o_" + op] = rows(op, x, where=keep, empty=empties.get(op))
    e["o_argmin"], e["o_argmax"] = e["o_argmin"].astype(np.int64), e["o_argmax"].astype(np.int64)
    e["o_any"] = np.array([any(x[i, j] > 0 for j in range(c) if keep[i, j]) for i in range(n)])
    e["o_all"] = np.array([all(x[i, j] > 0 for j in range(c) if keep[i, j]) for i in range(n)])
    e["o_count"] = keep.sum(axis=1)
    e["total"] = x[keep].sum()
    e["by_column"] = np.array([reduced("mean", x[:, j], where=keep[:, j], empty=-5) for j in range(c)])
    with np.errstate(all="ignore"):
        e["computed"] = rows("mean", 1 / x, where=keep & (x > 0.25))
    e["not_nan"] = np.where(np.isfinite(x), x, 0).sum(axis=1)
    return dict(x=x, keep=keep), e


@case(dict(n=7, c=5), live=[dict(n=3, c=5000), dict(n=333, c=17)])
def reduce_weight(d, n, c):
    """
    ## weight, with an axis too many, one too few, computed, and all 0.
    dim n
    dim c
    input x[n, c]
    weight w[n, c]
    weight v[c]
    output o_sum[n] = sum[c](x, weight = w)
    output o_mean[n] = mean[c](x, weight = w)
    output o_var[n] = var[c](x, weight = w)
    output o_std[n] = std[c](x, weight = w)
    output o_norm[n] = norm[c](x, weight = w)
    output o_count[n] = count[c](weight = w)
    output o_logsumexp[n] = logsumexp[c](x, weight = w)
    output e_sum[n] = sum[c](x, weight = w, empty = -1)
    output e_mean[n] = mean[c](x, weight = w, empty = -2)
    output e_var[n] = var[c](x, weight = w, empty = -3)
    output e_std[n] = std[c](x, weight = w, empty = -4)
    output e_norm[n] = norm[c](x, weight = w, empty = -5)
    output e_logsumexp[n] = logsumexp[c](x, weight = w, empty = -6)
    output shared[n] = mean[c](x, weight = v)
    output both = mean[n, c](x, weight = v)
    output all_sum = sum[n, c](x, weight = w * v)
    output from_weight[n] = mean[c](c, weight = w)
    output of_scalar[n] = sum[c](1, weight = w)
    output computed[n] = mean[c](x, weight = exp(x), empty = 0)
    """
    x, w, v = d.normal(n, c), d.uniform(n, c), d.uniform(c, low=0.1)
    w[2] = 0
    w[1, ::2] = 0
    e = {}
    for op in "sum mean var std norm count logsumexp".split():
        e["o_" + op] = rows(op, x, weight=w)
    # of nothing: the divisor is 0 (mean, var, std), or all weights are 0
    e["o_sum"][2] = e["o_norm"][2] = e["o_count"][2] = 0
    for op, empty in zip("sum mean var std norm logsumexp".split(), range(-1, -7, -1)):
        e["e_" + op] = rows(op, x, weight=w, empty=empty)
    e["shared"] = (x * v).sum(axis=1) / v.sum()
    e["both"] = (x * v).sum() / (n * v.sum())
    e["all_sum"] = (x * w * v).sum()
    e["from_weight"] = np.array([(np.arange(c) * w[i]).sum() / w[i].sum() if w[i].sum() else np.nan for i in range(n)])
    e["of_scalar"] = w.sum(axis=1)
    e["computed"] = (x * np.exp(x)).sum(axis=1) / np.exp(x).sum(axis=1)
    return dict(x=x, w=w, v=v), e


@case(dict(n=7, c=5), live=[dict(n=6, c=5000), dict(n=64, c=129)])
def reduce_logweight(d, n, c):
    """
    ## logweight at any magnitude; -inf removes the element.
    dim n
    dim c
    input x[n, c]
    input z[n, c]
    input mild[n, c]
    output o_mean[n] = mean[c](x, logweight = z)
    output o_var[n] = var[c](x, logweight = z)
    output o_std[n] = std[c](x, logweight = z)
    output o_logsumexp[n] = logsumexp[c](x, logweight = z)
    output m_sum[n] = sum[c](x, logweight = mild)
    output m_norm[n] = norm[c](x, logweight = mild)
    output m_count[n] = count[c](logweight = mild)
    output m_mean[n] = mean[c](x, logweight = mild)
    output e_mean[n] = mean[c](x, logweight = z, empty = 9)
    output e_std[n] = std[c](x, logweight = z, empty = 8)
    output e_logsumexp[n] = logsumexp[c](x, logweight = z, empty = 7)
    output m_var[n] = var[c](x, logweight = mild, ddof = 1, empty = 6)
    """
    x, z, mild = d.normal(n, c), d.normal(n, c), d.normal(n, c)
    z[1] += 10000
    z[2] -= 10000
    z[3, 0] = -np.inf
    z[4] = -np.inf
    z[5] *= 1000
    mild[4, 1:] = -np.inf
    mild[5] = -np.inf
    x[3, 0], x[4, 0] = np.nan, np.inf  # removed
    z, mild = f32(z), f32(mild)
    x[4, 1] = 0.5
    mild[3, 0] = -np.inf
    mild[4, 0], mild[4, 1] = -np.inf, 0.25
    e = {}
    for op in "mean var std logsumexp".split():
        e["o_" + op] = rows(op, x, logweight=z)
    for op in "sum norm count mean".split():
        e["m_" + op] = rows(op, x, logweight=mild)
    e["e_mean"] = rows("mean", x, logweight=z, empty=9)
    e["e_std"] = rows("std", x, logweight=z, empty=8)
    e["e_logsumexp"] = rows("logsumexp", x, logweight=z, empty=7)
    e["m_var"] = rows("var", x, logweight=mild, ddof=1, empty=6)
    return dict(x=x, z=z, mild=mild), e


@case(dict(n=7, c=6), live=[dict(n=6, c=2500)])
def reduce_combined(d, n, c):
    """
    ## where, weight and logweight together.
    dim n
    dim c
    input x[n, c]
    weight w[n, c]
    input z[n, c]
    mask m[n, c]
    output sum3[n] = sum[c](x, where = m, weight = w, logweight = z)
    output mean3[n] = mean[c](x, where = m, weight = w, logweight = z)
    output var3[n] = var[c](x, where = m, weight = w, logweight = z)
    output std3[n] = std[c](x, where = m, weight = w, logweight = z)
    output norm3[n] = norm[c](x, where = m, weight = w, logweight = z)
    output count3[n] = count[c](where = m, weight = w, logweight = z)
    output logsumexp3[n] = logsumexp[c](x, where = m, weight = w, logweight = z)
    output sum_mw[n] = sum[c](x, where = m, weight = w)
    output mean_mw[n] = mean[c](x, where = m, weight = w)
    output var_mw[n] = var[c](x, where = m, weight = w)
    output norm_mw[n] = norm[c](x, where = m, weight = w)
    output count_mw[n] = count[c](where = m, weight = w)
    output logsumexp_mw[n] = logsumexp[c](x, where = m, weight = w)
    output mean_mz[n] = mean[c](x, where = m, logweight = z)
    output logsumexp_mz[n] = logsumexp[c](x, where = m, logweight = z)
    output mean_wz[n] = mean[c](x, weight = w, logweight = z)
    output var_wz[n] = var[c](x, weight = w, logweight = z)
    output mean_empty[n] = mean[c](x, where = m, weight = w, logweight = z, empty = n + 0.5)
    output logsumexp_empty[n] = logsumexp[c](x, where = m, weight = w, logweight = z, empty = -n)
    output sum_empty[n] = sum[c](x, where = m, weight = w, empty = 77)
    """
    x, w, z, m = d.normal(n, c), d.uniform(n, c, low=0.1), d.normal(n, c), d.mask(n, c)
    m[0] = True
    m[1] = False
    m[2] = np.arange(c) == c - 1
    m[3, :3] = [True, False, True]
    w[3, 0] = 0
    m[4] = np.arange(c) < 2
    w[4, :2] = 0  # kept, without weight
    hidden = ~m
    xs, zs = x.copy(), z.copy()
    x_in = np.where(hidden, np.nan, x)
    z_in = np.where(hidden, np.inf, z)
    x_in[5], z_in[5], m[5] = x[5], z[5], True
    x_in[0], z_in[0] = xs[0], zs[0]
    # the forms without where need data that is whole: they are compared on rows that are
    e = {}
    for op in "sum mean var std norm count logsumexp".split():
        e[op + "3"] = rows(op, x_in, where=m, weight=w, logweight=z_in)
    for op in "sum mean var norm count logsumexp".split():
        e[op + "_mw"] = rows(op, x_in, where=m, weight=w)
    e["mean_mz"] = rows("mean", x_in, where=m, logweight=z_in)
    e["logsumexp_mz"] = rows("logsumexp", x_in, where=m, logweight=z_in)
    e["mean_empty"] = np.array([reduced("mean", x_in[i], where=m[i], weight=w[i], logweight=z_in[i], empty=i + 0.5)
                                for i in range(n)])
    e["logsumexp_empty"] = np.array([reduced("logsumexp", x_in[i], where=m[i], weight=w[i], logweight=z_in[i], empty=-i)
                                     for i in range(n)])
    e["sum_empty"] = rows("sum", x_in, where=m, weight=w, empty=77)
    return dict(x=x_in, w=w, z=z_in, m=m), e


@case(dict(n=7, c=6), live=[dict(n=5, c=5000)])
def reduce_divisors(d, n, c):
    """
    ## over = count, over = extent, ddof.
    dim n
    dim c
    input x[n, c]
    weight w[n, c]
    mask m[n, c]
    output a[n] = mean[c](x, weight = w, where = m)
    output a_count[n] = mean[c](x, weight = w, where = m, over = count)
    output a_extent[n] = mean[c](x, weight = w, where = m, over = extent)
    output b_count[n] = mean[c](x, where = m, over = count)
    output b_extent[n] = mean[c](x, where = m, over = extent)
    output c_count[n] = mean[c](x, weight = 2 * w, over = count, where = x > -100)
    output e_count[n] = mean[c](x, weight = w, where = m, over = count, empty = -1)
    output e_extent[n] = mean[c](x, weight = w, where = m, over = extent, empty = -1)
    output all_extent = mean[n, c](x, weight = w, where = m, over = extent)
    output var0[n] = var[c](x, where = m)
    output var1[n] = var[c](x, where = m, ddof = 1)
    output var1_empty[n] = var[c](x, where = m, ddof = 1, empty = -1)
    output std1[n] = std[c](x, where = m, ddof = 1, empty = 0.5)
    output varw[n] = var[c](x, weight = w, where = m, ddof = 1, empty = -2)
    output stdw[n] = std[c](x, weight = 3 * w, where = m, ddof = 1, empty = -3)
    output var_explicit[n] = var[c](x, where = m, ddof = 0)
    """
    x, w, m = d.normal(n, c), d.uniform(n, c), d.mask(n, c)
    m[0], m[1] = True, False
    m[2] = np.arange(c) == 2
    w[3], m[3] = 0, True
    w[4] = 1
    m[4] = np.arange(c) < 3
    x = np.where(m, x, -1e30)
    x = f32(x)
    # over = count of kept elements without weight is 0 / k; empty is taken where the divisor is 0
    e = dict(a=rows("mean", x, weight=w, where=m),
             a_count=rows("mean", x, weight=w, where=m, over="count"),
             a_extent=rows("mean", x, weight=w, where=m, over="extent"),
             b_count=rows("mean", x, where=m, over="count"),
             b_extent=rows("mean", x, where=m, over="extent"),
             c_count=rows("mean", x, weight=2 * w, where=x > -100, over="count"),
             e_count=rows("mean", x, weight=w, where=m, over="count", empty=-1),
             e_extent=rows("mean", x, weight=w, where=m, over="extent", empty=-1),
             all_extent=reduced("mean", x.ravel(), weight=w.ravel(), where=m.ravel(), over="extent"),
             var0=rows("var", x, where=m), var1=rows("var", x, where=m, ddof=1),
             var1_empty=rows("var", x, where=m, ddof=1, empty=-1), std1=rows("std", x, where=m, ddof=1, empty=0.5),
             varw=rows("var", x, where=m, weight=w, ddof=1, empty=-2),
             stdw=rows("std", x, where=m, weight=3 * w, ddof=1, empty=-3), var_explicit=rows("var", x, where=m))
    return dict(x=x, w=w, m=m), e


@case(dict(c=5), live=[dict(c=1)])
def reduce_nothing(d, c):
    """
    ## Along an axis of extent 0.
    dim n
    dim c
    input x[n, c]
    weight w[n, c]
    input z[n, c]
    input label[n]: index(c)
    output o_sum[c] = sum[n](x)
    output o_mean[c] = mean[n](x)
    output o_prod[c] = prod[n](x)
    output o_min[c] = min[n](x)
    output o_max[c] = max[n](x)
    output o_norm[c] = norm[n](x)
    output o_var[c] = var[n](x)
    output o_std[c] = std[n](x)
    output o_logsumexp[c] = logsumexp[n](x)
    output o_any[c] = any[n](x > 0)
    output o_all[c] = all[n](x > 0)
    output o_count[c] = count[n](where = x > 0)
    output w_sum[c] = sum[n](x, weight = w)
    output w_mean[c] = mean[n](x, weight = w)
    output w_count[c] = count[n](weight = w)
    output w_logsumexp[c] = logsumexp[n](x, weight = w)
    output z_mean[c] = mean[n](x, logweight = z)
    output z_sum[c] = sum[n](x, logweight = z)
    output z_logsumexp[c] = logsumexp[n](x, logweight = z)
    output e_mean[c] = mean[n](x, empty = 1)
    output e_sum[c] = sum[n](x, empty = 2)
    output e_max[c] = max[n](x, empty = 3)
    output e_arg[c]: i64 = argmax[n](x, empty = 4)
    output e_any[c] = any[n](x > 0, empty = true)
    output e_prod[c] = prod[n](x, empty = 5)
    output e_norm[c] = norm[n](x, empty = 6)
    output e_extent[c] = mean[n](x, over = extent, empty = 7)
    output grouped[c] = sum[n](x[c = label], where = label == c)
    output grouped_mean[c] = mean[n](x[c = label], where = label == c, empty = 8)
    output none[n, c] = softmax[c](x)
    output also_none[n, c] = softmax[n](x)
    output size = extent(n)
    output whole = sum[n, c](x)
    output rows_none[n] = sum[c](x)
    """
    x = np.zeros((0, c))
    full = lambda value: np.full(c, value)
    e = dict(o_sum=0.0, o_mean=np.nan, o_prod=1.0, o_min=np.inf, o_max=-np.inf, o_norm=0.0, o_var=np.nan, o_std=np.nan,
             o_logsumexp=-np.inf, o_any=False, o_all=True, o_count=0, w_sum=0.0, w_mean=np.nan, w_count=0.0,
             w_logsumexp=-np.inf, z_mean=np.nan, z_sum=0.0, z_logsumexp=-np.inf, e_mean=1.0, e_sum=2.0, e_max=3.0, e_arg=4,
             e_any=True, e_prod=5.0, e_norm=6.0, e_extent=7.0, grouped=0.0, grouped_mean=8.0)
    # the page: the weighted forms of nothing are NaN, unless they are sums
    e = {k: full(v) for k, v in e.items()}
    e.update(none=x, also_none=x, size=np.int64(0), whole=0.0, rows_none=np.zeros(0))
    return dict(x=x, w=x, z=x, label=np.zeros(0, dtype=np.int64)), e


@case(dict(n=8))
def reduce_ties(d, n):
    """
    ## The first of equals; NaN wins.
    dim n
    dim k = 6
    input x[k, n]
    output least[k] = min[n](x)
    output greatest[k] = max[n](x)
    output least_at[k]: i64 = argmin[n](x)
    output greatest_at[k]: i64 = argmax[n](x)
    output two_max[k, n] = max(x, 1)
    output two_min[k, n] = min(1, x)
    output clamped[k, n] = clamp(x, -1, 1)
    output three[k, n] = max(x, -x, 0.5)
    output signs[k, n] = sign(x)
    output masked[k]: i64 = argmax[n](x, where = n > 2, empty = -1)
    output none[k]: i64 = argmin[n](x, where = n > 100, empty = 5)
    """
    x = np.zeros((6, n))
    x[0] = [1, 3, 3, 1, 2, 3, 1, 0.5]
    x[1] = 4
    x[2, 3] = x[2, 5] = np.nan
    x[3] = np.inf
    x[4] = -np.inf
    x[5] = [-0.0, 0.0, -0.0, 1, 1, np.inf, np.nan, -np.inf]
    nan = np.isnan(x)
    e = {name: rows(op, x) for name, op in
         dict(least="min", greatest="max", least_at="argmin", greatest_at="argmax").items()}
    e["least_at"], e["greatest_at"] = e["least_at"].astype(np.int64), e["greatest_at"].astype(np.int64)
    with np.errstate(all="ignore"):
        e.update(two_max=np.maximum(x, 1), two_min=np.minimum(x, 1), clamped=np.clip(x, -1, 1),
                 three=np.maximum(np.abs(x), 0.5), signs=np.where(nan, np.nan, np.sign(x)))
    e["masked"] = np.array([reduced("argmax", row, where=np.arange(n) > 2) for row in x], dtype=np.int64)
    e["none"] = np.full(6, 5)
    return dict(x=x), e


@case(dict(n=7, c=5), live=[dict(n=129, c=65)])
def reduce_nested(d, n, c):
    """
    ## An inner reduction binds an axis that an outer one binds too; options bring axes.
    dim n
    dim c
    dim m like n
    input x[n, c]
    weight w[n]
    mask ok[c]
    input p[m]
    output share[n] = sum[c](x / sum[c](abs(x)))
    output centred = sum[n](w * (sum[c](x) - mean[n](sum[c](x)))^2)
    output standard[n, c] = (x - mean[n](x)) / std[n](x)
    output twice = sum[n](x[c = 0] * sum[n](x[c = 1]))
    output brought[c] = mean[n](w)  + 0 * sum[c](x[n = 0])
    output option_axis[c] = sum[n](w, weight = abs(x))
    output where_axis[n, c] = sum[m](p, where = m <= n and ok)
    output outer = max[n](min[c](x)) - min[c](max[n](x))
    output best[n] = x[c = argmax[c](x)] - max[c](x)
    output deep = sum[n](sum[c](x * sum[n](x * sum[c](x))))
    output over_two = mean[n, c](x - mean[c](x), weight = w)
    """
    x, w, ok, p = d.normal(n, c), d.uniform(n, low=0.1), d.mask(c), d.normal(n)
    s = x.sum(axis=1)
    where_axis = np.zeros((n, c))
    for i, j in indices(n, c):
        where_axis[i, j] = p[:i + 1].sum() if ok[j] else 0
    inner = x * s[:, None]
    deep = sum(x[i, j] * inner[:, j].sum() for i, j in indices(n, c))
    away = x - x.mean(axis=1, keepdims=True)
    e = dict(share=s / np.abs(x).sum(axis=1), centred=(w * (s - s.mean()) ** 2).sum(), standard=(x - x.mean(0)) / x.std(0),
             twice=x[:, 0].sum() * x[:, 1].sum(), brought=np.full(c, w.mean()),
             option_axis=(w[:, None] * np.abs(x)).sum(0), where_axis=where_axis,
             outer=x.min(1).max() - x.max(0).min(), best=np.zeros(n), deep=deep,
             over_two=(away * w[:, None]).sum() / (c * w.sum()))
    return dict(x=x, w=w, ok=ok, p=p), e


@case(dict(n=5000), live=[dict(n=100003), dict(n=1000003)])
def reduce_long(d, n):
    """
    ## Long sums stay accurate; integers of 32 bits do not overflow, and neither do sums of small ones.
    dim n
    dim long = 300001
    dim few = 3
    dim many = 70
    real f64
    const scale = 1e-3
    let wave[n]: f32 = f32(sin(f64(n) * 0.1) + 1)
    output total: f32 = sum[n](f64(wave))
    output average = mean[n](wave)
    output whole = sum[n](i32(2000000000))
    output of_index = sum[n](n)
    output least = argmin[n](abs(f64(n) - 3333.25))
    output spread = var[n](f64(n) * scale)
    output small = sum[long](if mod(long, 3) == 0 then 1 else 16384)
    output small_rows[few] = sum[long](if mod(long, 3) == few then 1 else -16384)
    output small_columns[many] = sum[long](if mod(long, 70) == many then 1 else 16384)
    """
    wave = f32(np.sin(np.arange(n) * 0.1) + 1)
    i = np.arange(n) * 1e-3
    long = np.arange(300001)
    small = lambda hit, otherwise: np.where(hit, 1, otherwise).sum()
    return {}, dict(total=wave.sum(), average=wave.mean(), whole=np.int64(2000000000 * n), of_index=np.int64(n * (n - 1) // 2), least=np.int64(3333),
                    spread=i.var(), small=small(long % 3 == 0, 16384),
                    small_rows=np.array([small(long % 3 == few, -16384) for few in range(3)]),
                    small_columns=np.array([small(long % 70 == many, 16384) for many in range(70)])), dict(n=n)


@case(dict(n=60, g=7, k=3), live=[dict(n=30000, g=1000, k=5), dict(n=10, g=500, k=1)])
def grouped_records(d, n, g, k):
    """
    ## Several sums of each group, and what reads them: at their own index, gathered, as running sums, as a factor.
    dim n
    dim g
    dim k
    dim g2 like g
    input x[n]
    weight w[n]
    mask keep[n]
    input group[n]: index(g)
    input other[n]: index(g)
    input m[g, k]
    let centre[g] = mean[n](x, weight = w, where = group == g, empty = 0)
    let kept[g] = sum[n](x * x, where = group == g and keep)
    let weights[g] = sum[n](w, where = group == g)
    let by_other[g] = sum[n](w * x, where = other == g)
    let seen_by_other[g] = sum[n](w, where = other == g)
    output average[g] = centre
    output square[g] = kept
    output upto[g] = sum[g2](weights[g = g2], where = g2 <= g)
    output kept_upto[g] = sum[g2](kept[g = g2], where = g2 <= g)
    output from_here[g] = sum[g2](kept[g = g2], where = g2 >= g)
    output mixed[k] = sum[g](m * kept)
    output back[n] = x - centre[g = group]
    output across[n] = by_other[g = group] - weights[g = other] + seen_by_other[g = other]
    output d_x[n] = grad(sum[g](kept * weights), x)
    output largest[g] = max[n](x, where = group == g, empty = 0)
    output size[g]: i64 = count[n](where = group == g)
    """
    x, w, keep = d.normal(n), np.abs(d.normal(n)) + 0.1, d.normal(n) > 0
    group, other, m = d.integers(0, g, n), d.integers(0, g, n), d.normal(g, k)

    def total(index, values):
        return np.bincount(index, values, g)
    weights, kept, size = total(group, w), total(group, x * x * keep), np.bincount(group, minlength=g)
    centre = total(group, w * x) / np.where(size > 0, weights, 1)
    largest = np.full(g, -np.inf)
    np.maximum.at(largest, group, x)
    e = dict(average=centre, square=kept, upto=np.cumsum(weights), kept_upto=np.cumsum(kept),
             from_here=np.cumsum(kept[::-1])[::-1], mixed=m.T @ kept, back=x - centre[group],
             across=total(other, w * x)[group] - weights[other] + total(other, w)[other],
             d_x=2 * x * keep * weights[group], largest=np.where(size > 0, largest, 0), size=size)
    return dict(x=x, w=w, keep=keep, group=group, other=other, m=m), e, {}

"""Numbers: types, conversions, operators, functions of one element, choosing."""
import math

import numpy as np
from harness import case, f32


@case(dict(n=9), live=[dict(n=2000)])
def integers(d, n):
    """
    ## Integers: div and mod round down, powers stay whole, sums are i64, division is real.
    dim n
    input a[n]: i32
    input b[n]: i64
    input small[n]: i32
    output added[n] = a + b
    output same_size[n] = a + small
    output times[n] = small * small - small
    output floored[n] = div(b, 7)
    output floored_neg[n] = div(b, -7)
    output rest[n] = mod(b, 7)
    output rest_neg[n] = mod(b, -7)
    output rest_32[n] = mod(small, 3)
    output ratio[n] = small / 4
    output of_literals = 7 / 2
    output square[n] = small^2
    output cube[n] = small^3
    output zeroth[n] = small^0
    output total = sum[n](a)
    output product = prod[n](clamp(small, -1, 1) + 2)
    output average = mean[n](small)
    output spread = var[n](small)
    output least = min[n](small)
    output place[n] = n
    output arithmetic[n] = 3 * n - extent(n)
    output real_power[n] = 2.0^small
    output negated[n] = -b
    output magnitude[n] = abs(small)
    output signs[n] = sign(b)
    output largest[n] = max(a, small)
    output mixed[n] = small * 0.5
    output chain[n] = -2 <= small < 3
    output chain_down[n] = 4 > small >= -1
    output equal[n] = small == mod(b, 5)
    output stored[n]: i32 = a
    output as_index[n] = if mod(n, 2) == 0 then n else -n
    output weighed = mean[n](small, weight = n)
    """
    a = d.integers(-2**31, 2**31, n).astype(np.int32)
    b, small = d.integers(-50, 50, n), d.integers(-6, 7, n).astype(np.int32)
    a[:3] = [2**31 - 1, -2**31, 0]
    small[:4] = [-6, -1, 0, 6]
    b[:6] = [-7, -1, 0, 7, -8, 8]
    a = np.maximum(a, -2**30)
    a = np.minimum(a, 2**30).astype(np.int32)
    i, s = np.arange(n), small.astype(np.int64)
    e = dict(added=a + b, same_size=(a + small).astype(np.int32), times=(small * small - small).astype(np.int32),
             floored=np.floor_divide(b, 7), floored_neg=np.floor_divide(b, -7), rest=np.mod(b, 7), rest_neg=np.mod(b, -7),
             rest_32=np.mod(small, 3).astype(np.int32), ratio=s / 4, of_literals=3.5, square=small**2, cube=small**3,
             zeroth=small**0, total=np.int64(a.astype(np.int64).sum()), average=s.mean(), spread=s.var(),
             least=small.min(), place=i, arithmetic=3 * i - n, real_power=2.0**s, negated=-b, magnitude=np.abs(small),
             signs=np.sign(b), largest=np.maximum(a, small), mixed=s * 0.5, chain=(-2 <= s) & (s < 3),
             chain_down=(4 > s) & (s >= -1), equal=s == np.mod(b, 5), stored=a, as_index=np.where(i % 2 == 0, i, -i),
             weighed=(s * i).sum() / i.sum())
    if n < 30:
        e["product"] = np.prod(np.clip(s, -1, 1) + 2)
    return dict(a=a, b=b, small=small), e


@case(dict(n=9), live=[dict(n=5000)])
def floats(d, n):
    """
    ## f32 and f64 side by side: f64 wins, a literal takes the other side's type.
    dim n
    input x[n]: f32
    input y[n]: f64
    input k[n]: i32
    output x_out[n]: f32 = x
    output wide[n]: f64 = x
    output both[n] = x + y
    output literal[n]: f64 = x * 0.5
    output third[n] = y / 3
    output narrow[n]: f32 = y / 3
    output k_out[n]: f64 = k
    output with_int[n] = y * k
    output converted[n] = f64(x) / 3
    output round_trip[n] = f64(f32(y))
    output total = sum[n](y)
    output spread = std[n](y)
    output exact[n] = f64(k) / 7
    output to_int[n] = i32(x * 10)
    output to_wide[n] = i64(floor(y * 10))
    output to_bool[n] = bool(k)
    output of_mask[n] = f64(k > 0) + i64(k < 3)
    output root[n] = sqrt(abs(y))
    output power[n] = abs(y)^1.5
    output tiny[n] = y * 1e-300
    """
    x, y, k = d.normal(n), d.r.normal(size=n), d.integers(-4, 5, n)
    e = dict(x_out=x, wide=x, both=x + y, literal=x * 0.5, third=y / 3, narrow=(y / 3).astype(np.float32), k_out=k * 1.0,
             with_int=y * k, converted=x / 3, round_trip=f32(y), total=y.sum(), spread=y.std(), exact=k / 7,
             to_int=(x.astype(np.float32) * np.float32(10)).astype(np.int32), to_wide=np.floor(y * 10).astype(np.int64),
             to_bool=k != 0, of_mask=(k > 0) * 1.0 + (k < 3), root=np.sqrt(np.abs(y)), power=np.abs(y)**1.5, tiny=y * 1e-300)
    return dict(x=x.astype(np.float32), y=y, k=k.astype(np.int32)), e


def bfloat(x):
    bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


@case(dict(n=11, c=3), live=[dict(n=1000, c=5)])
def halves(d, n, c):
    """
    ## f16 and bf16 are for storage: read as f32, computed in f32, rounded once when stored.
    real f32
    dim n
    dim c
    input a[n, c]: f16
    input b[n, c]: bf16
    weight w[n]: f16
    input idx[n]: index(c)
    output a_out[n, c]: f16 = a
    output b_out[n, c]: bf16 = b
    output wide[n, c]: f32 = a * b
    output narrow[n, c]: f16 = a * b
    output brain[n, c]: bf16 = a * b
    output average[c]: f32 = mean[n](a, weight = w)
    output long_sum: f32 = sum[n, c](b)
    output picked[n]: f32 = a[n, idx]
    output big[n]: f16 = 1000 * exp(a[c = 0] * a[c = 0] * 0.5 + 3)
    output tiny[n]: f16 = a[c = 0] * 1e-7
    output ties[n]: f16 = 2048 + n
    output largest[c]: f16 = max[n](a)
    output brain_ties[n]: bf16 = 256 + n
    """
    a, b = d.normal(n, c).astype(np.float16), bfloat(d.normal(n, c))
    a[0, 0], a[1, 0], a[2, 0] = 4, -4, 6e-8
    w, idx = d.uniform(n, low=0.1).astype(np.float16), d.integers(0, c, n)
    a4, w8 = a.astype(np.float32), w.astype(np.float64)
    ab = a4 * b
    with np.errstate(all="ignore"):
        half = lambda v: np.asarray(v, np.float32).astype(np.float16)
        e = dict(a_out=a, b_out=b, wide=ab, narrow=half(ab), brain=bfloat(ab),
                 average=(a.astype(np.float64) * w8[:, None]).sum(0) / w8.sum(), long_sum=b.astype(np.float64).sum(),
                 picked=a4[np.arange(n), idx], big=half(1000 * np.exp(a4[:, 0]**2 * np.float32(0.5) + 3)),
                 tiny=half(a4[:, 0] * np.float32(1e-7)), ties=half(2048 + np.arange(n)), largest=a.max(0),
                 brain_ties=bfloat(256 + np.arange(n)))
    return dict(a=a, b=b, w=w, idx=idx), e


@case(dict(n=8), live=[dict(n=3000)])
def masks(d, n):
    """
    ## Masks: and, or, not and their order, comparisons, the three ways out of a product.
    dim n
    input x[n]
    input y[n]
    mask p[n]
    mask q[n]
    mask early[n] = n < 3
    input switch: bool
    output a[n] = p and q
    output b[n] = p or q
    output c[n] = not p and q
    output d[n] = not (p and q)
    output e[n] = p or q and early
    output f[n] = p == q
    output g[n] = p != q
    output h[n] = x < y
    output i[n] = not x < y
    output j[n] = x < y and y < 1 or p
    output k[n] = x<-0.5
    output l[n] = f32(p) * x
    output m[n] = if p then x else 0
    output o = sum[n](x, where = p)
    output r = sum[n](i32(p))
    output s[n] = switch and p
    output t = any[n](p) and not all[n](q)
    output u[n] = if switch then x else y
    output v[n] = (if x > y then p else q)
    output w[n] = true and p
    output z[n]: i64 = i64(early) + count[n](where = early)
    output nan_less[n] = y < x
    output nan_equal[n] = x == x
    output nan_differs[n] = x != x
    """
    x, y, p, q = d.normal(n), d.normal(n), d.mask(n), d.mask(n)
    x[2], y[5], x[3] = np.nan, np.nan, y[3]
    early = np.arange(n) < 3
    with np.errstate(all="ignore"):
        less = x < y
        xs = np.where(p, x, 0)
        p[2] = False
        e = dict(a=p & q, b=p | q, c=~p & q, d=~(p & q), e=p | (q & early), f=p == q, g=p != q, h=less, i=~less,
                 j=(less & (y < 1)) | p, k=x < -0.5, l=p * x, m=np.where(p, x, 0), o=x[p].sum(), r=np.int64(p.sum()), s=p,
                 t=bool(p.any() and not q.all()), u=x, v=np.where(x > y, p, q), w=p, z=early + np.int64(3), nan_less=y < x,
                 nan_equal=x == x, nan_differs=x != x)
    return dict(x=x, y=y, p=p, q=q), e, dict(switch="true")


def digamma(x):
    if x <= 0:
        return digamma(1 - x) - math.pi / math.tan(math.pi * x)
    shift = 0.0
    while x < 40:
        shift -= 1 / x
        x += 1
    y = 1 / (x * x)
    return shift + math.log(x) - 0.5 / x - y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y / 240)))


@case(dict(n=23), live=[dict(n=1000)])
def elementwise(d, n):
    """
    ## The functions of one element, at the edges too.
    dim n
    input x[n]
    input edge[m]
    dim m
    let p = abs(x) + 0.015625
    output o_exp[n] = exp(x)
    output o_log[n] = log(p)
    output o_log1p[n] = log1p(p - 1)
    output o_expm1[n] = expm1(x)
    output o_sqrt[n] = sqrt(p)
    output o_rsqrt[n] = rsqrt(p)
    output o_abs[n] = abs(x)
    output o_sign[n] = sign(x)
    output o_floor[n] = floor(x)
    output o_ceil[n] = ceil(x)
    output o_round[n] = round(2 * x)
    output o_tanh[n] = tanh(x)
    output o_sigmoid[n] = sigmoid(x)
    output o_relu[n] = relu(x)
    output o_gelu[n] = gelu(x)
    output o_softplus[n] = softplus(x)
    output o_erf[n] = erf(x)
    output o_lgamma[n] = lgamma(p)
    output o_digamma[n] = digamma(p)
    output o_sin[n] = sin(x)
    output o_cos[n] = cos(x)
    output o_clamp[n] = clamp(x, -1, 0.5)
    output o_min[n] = min(x, 0.25, -x)
    output o_power[n] = p^0.75
    output o_minus_power[n] = p^-2
    output o_self[n] = p^x
    output e_exp[m] = exp(edge)
    output e_log[m] = log(edge)
    output e_sqrt[m] = sqrt(edge)
    output e_tanh[m] = tanh(edge)
    output e_sigmoid[m] = sigmoid(edge)
    output e_softplus[m] = softplus(edge)
    output e_relu[m] = relu(edge)
    output e_erf[m] = erf(edge)
    output e_abs[m] = abs(edge)
    output e_nan[m] = isnan(edge)
    output e_inf[m] = isinf(edge)
    output e_finite[m] = isfinite(edge)
    output e_expm1[m] = expm1(edge)
    output e_square[m] = edge^2
    output e_zeroth[m] = edge^0
    """
    x = f32(d.r.normal(size=n) * 4)
    x[:4] = [0, 0.25, -0.25, 1.25]
    edge = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 80.0, -80.0, 1e-6, 0.5])
    p = np.abs(x) + 0.015625
    each = lambda f, a: np.array([f(float(v)) for v in a])
    with np.errstate(all="ignore"):
        e = dict(o_exp=np.exp(x), o_log=np.log(p), o_log1p=np.log1p(p - 1), o_expm1=np.expm1(x), o_sqrt=np.sqrt(p),
                 o_rsqrt=1 / np.sqrt(p), o_abs=np.abs(x), o_sign=np.sign(x), o_floor=np.floor(x), o_ceil=np.ceil(x),
                 o_round=np.rint(2 * x), o_tanh=np.tanh(x), o_sigmoid=1 / (1 + np.exp(-x)), o_relu=np.maximum(x, 0),
                 o_gelu=each(lambda v: v * 0.5 * math.erfc(-v / math.sqrt(2)), x), o_softplus=np.logaddexp(0, x),
                 o_erf=each(math.erf, x), o_lgamma=each(math.lgamma, p), o_digamma=each(digamma, p), o_sin=np.sin(x),
                 o_cos=np.cos(x), o_clamp=np.clip(x, -1, 0.5), o_min=np.minimum(-np.abs(x), 0.25), o_power=p**0.75,
                 o_minus_power=p**-2, o_self=p**x, e_exp=np.exp(edge), e_log=np.log(edge), e_sqrt=np.sqrt(edge),
                 e_tanh=np.tanh(edge), e_sigmoid=1 / (1 + np.exp(-edge)), e_softplus=np.logaddexp(0, edge),
                 e_relu=np.maximum(edge, 0), e_erf=each(math.erf, edge), e_abs=np.abs(edge), e_nan=np.isnan(edge),
                 e_inf=np.isinf(edge), e_finite=np.isfinite(edge), e_expm1=np.expm1(edge), e_square=edge**2,
                 e_zeroth=np.ones(11))
    return dict(x=x, edge=edge), e


@case(dict(n=9), live=[dict(n=4000)])
def choosing(d, n):
    """
    ## The branch that is not taken does not exist.
    dim n
    dim c = 4
    input x[n]
    input bad[n]
    input table[c]
    input on: bool
    output safe_log[n] = if x > 0 then log(x) else 0
    output safe_root[n] = if x >= 0 then sqrt(x) else -sqrt(-x)
    output safe_ratio[n] = if x == 0 then 0 else 1 / x
    output no_nan[n] = if isnan(bad) then x else bad
    output in_sum = sum[n](if isnan(bad) or isinf(bad) then 0 else bad)
    output sum_inside[n] = if x > 0 then sum[c](table * x) else 0
    output kinds[n] = if x < -1 then -1.0 else (if x > 1 then 1 else x)
    output ladder[n] = if x < -1 then 10 else if x < 0 then 20 else if x < 1 then 30 else 40
    output operand[n] = 2 * (if x > 0 then x else -x) + 1
    output guard[n] = if 0 <= n and n < extent(c) then table[c = i64(n)] else -9
    output in_weight = mean[n](if bad == bad then x else 0, weight = if x > 0 then x else 0)
    output in_where = mean[n](bad, where = if x > 0 then not isnan(bad) and not isinf(bad) else false, empty = 3)
    output whole[n] = if on then x else bad
    output off[n] = if not on then bad else x
    output axes[n, c] = if n > c then x else table
    output nothing[n] = if extent(n) == 0 then x / 0.0 else x
    output masked_mean[n] = if x > 0 then mean[n](x, where = x > 0) else mean[n](x, where = x <= 0)
    """
    x, table = d.normal(n), d.normal(4)
    x[0] = 0
    bad = np.where(d.mask(n), d.normal(n), np.array([np.nan, np.inf, -np.inf])[d.integers(0, 3, n)])
    bad[1] = np.nan
    finite = np.isfinite(bad)
    with np.errstate(all="ignore"):
        w = np.where(x > 0, x, 0)
        where = (x > 0) & finite
        e = dict(safe_log=np.where(x > 0, np.log(np.where(x > 0, x, 1)), 0), safe_root=np.sign(x) * np.sqrt(np.abs(x)),
                 safe_ratio=np.where(x == 0, 0, 1 / np.where(x == 0, 1, x)), no_nan=np.where(np.isnan(bad), x, bad),
                 in_sum=bad[finite].sum(), sum_inside=np.where(x > 0, table.sum() * x, 0), kinds=np.clip(x, -1, 1),
                 ladder=np.select([x < -1, x < 0, x < 1], [10.0, 20, 30], 40), operand=2 * np.abs(x) + 1,
                 guard=np.array([table[i] if i < 4 else -9 for i in range(n)]),
                 in_weight=(np.where(bad == bad, x, 0) * w).sum() / w.sum(), in_where=bad[where].mean() if where.any() else 3.0,
                 whole=x, off=x, axes=np.where(np.arange(n)[:, None] > np.arange(4)[None], x[:, None], table[None]),
                 nothing=x, masked_mean=np.where(x > 0, x[x > 0].mean(), x[x <= 0].mean()))
    return dict(x=x, bad=bad, table=table), e, dict(on="true")


@case(dict(n=5))
def precedence(d, n):
    """
    ## Which operator binds first, and how lines go on.
    dim n; dim c = 2   # two declarations on one line
    input x[n]         ## documentation behind
    output a[n] = -x^2
    output b[n] = 2^3^0.5 * x
    output c1[n] = x - 1 - 2
    output d[n] = 8 / x / 2
    output e[n] = -x * -x
    output f[n] = 2 + 3 * x^2 / 4 - -1
    output g[n] = x +
        1 < 2 or
        x > 100
        and x < 0
    output h[n] = (x
        + 1)
    output i[n] =
        if x > 0
        then x *
            2
        else -x
    output j[n] = x^-1^2
    output k[n] = (-x)^2
    output l[n] = min(
        x,
        1,   # a comment inside

        0.5)
    output m[n] = .5 * x + 1e-3 - 2.5E2
    output o[n] = not x > 1 and not x < 0
    output p[n] = x * -2^2
    output inf_out = -inf
    output q[n] = inf - x
    output weight[n] = later
    let later = x * loss
    let loss = 3
    output axis_plus[n] = n + c2 - c2
    let c2 = extent(c)
    """
    x = d.uniform(n, low=0.25, high=3)
    e = dict(a=-x**2, b=2**(3**0.5) * x, c1=x - 3, d=4 / x, e=x * x, f=2 + 0.75 * x**2 + 1, g=(x + 1 < 2) | ((x > 100) & (x < 0)),
             h=x + 1, i=2 * x, j=1 / x, k=x * x, l=np.minimum(x, 0.5), m=0.5 * x + 1e-3 - 250, o=~(x > 1) & ~(x < 0), p=-4 * x,
             inf_out=-np.inf, q=np.full(n, np.inf), weight=3 * x, axis_plus=np.arange(n))
    return dict(x=x), e

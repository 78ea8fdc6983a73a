"""The fifteen programs that every release compiles."""
import numpy as np
from harness import bce_with_logits, case, softmax



@case(dict(n=7), dict(n=1), live=[dict(n=5000), dict(n=100003)])
def fifteen_000_1(d, n):
    """
    ## Weighted average.
    dim n
    input values[n]
    weight weights[n]
    output avg = mean[n](values, weight = weights)
    """
    v, w = d.normal(n), d.uniform(n)
    return dict(values=v, weights=w), dict(avg=(v * w).sum() / w.sum())


@case(dict(n=7, m=5), dict(n=3, m=1), live=[dict(n=5000, m=3), dict(n=3, m=5001)])
def fifteen_000_2(d, n, m):
    """
    ## A weight a row: it cancels, except where it is 0.
    dim n
    dim m
    input values[n, m]
    weight weights[n]
    output avg[n] = mean[m](values, weight = weights)
    output plain[n] = mean[m](values)
    """
    v, w = d.normal(n, m), d.uniform(n, low=0.5)
    w[n // 2] = 0
    plain = v.mean(axis=1)
    avg = plain.copy()
    avg[n // 2] = np.nan
    return dict(values=v, weights=w), dict(avg=avg, plain=plain)


@case(dict(b=3, x=5, c=7), dict(b=1, x=1, c=2), live=[dict(b=7, x=701, c=9), dict(b=2, x=3, c=5000)])
def fifteen_000_3(d, b, x, c):
    """
    ## Softmax weights, in both spellings.
    dim b
    dim x
    dim c
    input values[b, x, c]
    input logits[b, x, c]
    output avg[b, x] = mean[c](values, logweight = logits)
    output same[b, x] = sum[c](values * softmax[c](logits))
    """
    v, z = d.normal(b, x, c), d.normal(b, x, c, scale=3)
    z[0, 0, 1] = 500
    avg = (v * softmax(z, 2)).sum(axis=2)
    return dict(values=v, logits=z), dict(avg=avg, same=avg)


@case(dict(n=7, c=5), live=[dict(n=5000, c=3), dict(n=71, c=71)])
def fifteen_001(d, n, c):
    """
    ## A mix by a scalar, by a weight a channel, by a weight an instance.
    dim n
    dim c
    input a[n, c]
    input b[n, c]
    param w = 0.5
    param w_channel[c] = 0.5
    input w_row[n]
    loss L1 = mean[n, c]((w * a + (1 - w) * b - 1)^2)
    loss L2 = mean[n, c]((w_channel * a + (1 - w_channel) * b - 1)^2)
    loss L3 = mean[n, c]((w_row * a + (1 - w_row) * b - 1)^2)
    """
    a, b, wc, wr = d.normal(n, c), d.normal(n, c), d.uniform(c), d.uniform(n)
    mixed = lambda w: ((w * a + (1 - w) * b - 1) ** 2).mean()
    return (dict(a=a, b=b, w_channel=wc, w_row=wr),
            dict(L1=mixed(0.3125), L2=mixed(wc[None, :]), L3=mixed(wr[:, None])), dict(w=0.3125))


@case(dict(n=7, f=5), live=[dict(n=5000, f=13), dict(n=2, f=5000)])
def fifteen_002_1(d, n, f):
    """
    ## Sample weights in a binary cross entropy, three divisors.
    dim n
    dim f
    input x[n, f]
    input target[n]
    weight sample_weight[n]
    param w[f] = 0
    param b = 0
    loss L = mean[n](bce_with_logits(sum[f](x * w) + b, target) * sample_weight)
    loss by_weight = mean[n](bce_with_logits(sum[f](x * w) + b, target), weight = sample_weight)
    loss total = sum[n](bce_with_logits(sum[f](x * w) + b, target), weight = sample_weight)
    """
    x, t, s, w = d.normal(n, f), d.mask(n).astype(float), d.uniform(n, high=2), d.normal(f, scale=0.5)
    x[0] *= 256
    term = bce_with_logits(x @ w + 0.25, t)
    return (dict(x=x, target=t, sample_weight=s, w=w),
            dict(L=(term * s).mean(), by_weight=(term * s).sum() / s.sum(), total=(term * s).sum()), dict(b=0.25))


@case(dict(n=7, f=5, c=3), live=[dict(n=5000, f=7, c=11), dict(n=3, f=2, c=1000)])
def fifteen_002_2(d, n, f, c):
    """
    ## Class weights in a cross entropy.
    dim n
    dim f
    dim c
    input x[n, f]
    input target[n]: index(c)
    weight class_weight[c]
    param w[f, c] = 0
    param b[c] = 0
    let z = sum[f](x * w) + b
    loss L = mean[n](cross_entropy[c](z, target), weight = class_weight[target])
    loss plain = mean[n](cross_entropy[c](z, target))
    output term[n] = cross_entropy[c](z, target)
    output by_hand[n] = logsumexp[c](z) - z[c = target]
    output also[n] = -log_softmax[c](z)[c = target]
    """
    x, t, cw = d.normal(n, f), d.integers(0, c, n), d.uniform(c, low=0.2, high=3)
    w, b = d.normal(f, c), d.normal(c)
    z = x @ w + b
    p = np.log(softmax(z, 1))
    term = np.array([-p[i, t[i]] for i in range(n)])
    k = np.array([cw[t[i]] for i in range(n)])
    return (dict(x=x, target=t, class_weight=cw, w=w, b=b),
            dict(L=(term * k).sum() / k.sum(), plain=term.mean(), term=term, by_hand=term, also=term))


@case(dict(n=7, f=5, h=3, o=2), live=[dict(n=501, f=11, h=17, o=5)])
def fifteen_002_3(d, n, f, h, o):
    """
    ## A weight on each feature of a hidden layer.
    dim n
    dim f
    dim h
    dim o
    input x[n, f]
    input target[n, o]
    param w1[f, h] = 0
    param b1[h] = 0
    param fw[h] = 1
    param w2[h, o] = 0
    param b2[o] = 0
    let hidden[n, h] = relu((sum[f](x * w1) + b1) * fw)
    let y[n, o] = sum[h](hidden * w2) + b2
    loss L = mean[n, o](mse(y, target))
    loss by_hand = mean[n, o]((y - target)^2)
    output y_out[n, o] = y
    fn mse(a, b) = (a - b)^2
    """
    x, t = d.normal(n, f), d.normal(n, o)
    w1, b1, fw, w2, b2 = d.normal(f, h), d.normal(h), d.normal(h), d.normal(h, o), d.normal(o)
    y = np.maximum((x @ w1 + b1) * fw, 0) @ w2 + b2
    L = ((y - t) ** 2).mean()
    return dict(x=x, target=t, w1=w1, b1=b1, fw=fw, w2=w2, b2=b2), dict(L=L, by_hand=L, y_out=y)


@case(dict(k=2, d=7), dict(k=5, d=3), live=[dict(k=3, d=5000), dict(k=4, d=4), dict(k=1, d=2), dict(k=1000, d=3)])
def fifteen_003(draw, k, d):
    """
    ## Mixed by a simplex, with a bias, for any number of parts.
    dim k
    dim d
    input x[k, d]
    input target[d]
    param pre[k] = 0
    param b[d] = 0
    let mixed[d] = sum[k](softmax[k](pre) * x)
    let moved[d] = sum[k](softmax[k](pre) * x) + b
    loss L = mean[d]((mixed - target)^2)
    loss L_moved = mean[d]((moved - target)^2)
    output mixed_out[d] = mixed
    output same[d] = mean[k](x, logweight = pre)
    """
    x, t, pre, b = draw.normal(k, d), draw.normal(d), draw.normal(k, scale=2), draw.normal(d)
    mixed = softmax(pre, 0) @ x
    return (dict(x=x, target=t, pre=pre, b=b),
            dict(L=((mixed - t) ** 2).mean(), L_moved=((mixed + b - t) ** 2).mean(), mixed_out=mixed, same=mixed))


@case(dict(b=3, t=7, f=5, k=4), live=[dict(b=5, t=501, f=9, k=33)])
def fifteen_004(d, b, t, f, k):
    """
    ## Rows that are picked by index: with multiplicity, and as a set.
    dim b
    dim t
    dim f
    dim k
    input data[b, t, f]
    input idx[b, k]: index(t)
    output with_multiplicity[b, f] = mean[k](data[b, idx, f])
    output as_set[b, f] = mean[t](data, where = any[k](idx == t))
    let onehot[b, t] = if any[k](idx == t) then 1 else 0
    output by_onehot[b, f] = sum[t](onehot * data) / sum[t](onehot)
    output onehot_out[b, t] = onehot
    output bag[b, f] = sum[k](data[b, idx, f])
    """
    x, i = d.normal(b, t, f), d.integers(0, t, b, k)
    i[0] = t - 1
    i[1, :2] = 2
    multiple, distinct, onehot = np.zeros((b, f)), np.zeros((b, f)), np.zeros((b, t))
    for r in range(b):
        multiple[r] = sum(x[r, j] for j in i[r]) / k
        distinct[r] = sum(x[r, j] for j in set(i[r].tolist())) / len(set(i[r].tolist()))
        onehot[r, i[r]] = 1
    return (dict(data=x, idx=i), dict(with_multiplicity=multiple, as_set=distinct, by_onehot=distinct,
                                      onehot_out=onehot, bag=multiple * k))

"""Whole models, as a user would write them."""
import numpy as np
from harness import case, indices, softmax
from reductions import reduced


@case(dict(n=9, k=3, f=2), live=[dict(n=800, k=7, f=5)])
def mixture(d, n, k, f):
    """
    ## A mixture of Gaussians: likelihood, responsibilities, one step of EM.
    dim n
    dim k
    dim f
    input x[n, f]
    param mean_of[k, f] = 0
    param log_std[k, f] = 0
    param weight_logit[k] = 0
    const log_two_pi = 1.8378770664093453
    let part = -0.5 * sum[f](((x - mean_of) / exp(log_std))^2 + 2 * log_std + log_two_pi)
    let joint[n, k] = part + log_softmax[k](weight_logit)
    let own = softmax[k](joint)
    loss nll = -mean[n](logsumexp[k](joint))
    output responsibility[n, k] = own
    output new_mean[k, f] = mean[n](x, weight = own)
    output new_var[k, f] = var[n](x, weight = own)
    output new_share[k] = mean[n](own)
    output hard[n]: i64 = argmax[k](joint)
    output hard_count[k] = count[n](where = argmax[k](joint) == k)
    output hard_mean[k, f] = mean[n](x, where = hard == k, empty = 0)
    """
    x, mu, ls, z = d.normal(n, f), d.normal(k, f), d.normal(k, f, scale=0.25), d.normal(k)
    joint = np.zeros((n, k))
    p = softmax(z, 0)
    for i, j in indices(n, k):
        joint[i, j] = np.log(p[j]) + sum(-0.5 * ((x[i, q] - mu[j, q]) / np.exp(ls[j, q]))**2 - ls[j, q] - 0.5 * np.log(2 * np.pi)
                                         for q in range(f))
    r = softmax(joint, 1)
    nll = -np.mean([reduced("logsumexp", row) for row in joint])
    new_mean = np.einsum("nk,nf->kf", r, x) / r.sum(0)[:, None]
    new_var = np.stack([(r[:, j, None] * (x - new_mean[j])**2).sum(0) / r[:, j].sum() for j in range(k)])
    hard = joint.argmax(1)
    e = dict(nll=nll, responsibility=r, new_mean=new_mean, new_var=new_var, new_share=r.mean(0), hard=hard,
             hard_count=np.bincount(hard, minlength=k),
             hard_mean=np.stack([x[hard == j].mean(0) if (hard == j).any() else np.zeros(f) for j in range(k)]))
    return dict(x=x, mean_of=mu, log_std=ls, weight_logit=z), e


@case(dict(n=7, e=15, f=3), live=[dict(n=500, e=4000, f=8)])
def graph_layers(d, n, e, f):
    """
    ## Messages along the edges of a graph: sums, degrees, attention over neighbours.
    dim n
    dim e
    dim f
    dim g like f
    input h[n, f]
    input source[e]: index(n)
    input target[e]: index(n)
    weight strength[e]
    param w[f, g] = 0
    param att[g] = 0
    let hw[n, g] = sum[f](h * w)
    let degree[n] = count[e](where = target == n)
    let score[e] = sum[g](att * tanh(hw[source, g] + hw[target, g]))
    output o_degree[n] = degree
    output total[n, f] = sum[e](h[source, f], where = target == n)
    output average[n, f] = mean[e](h[source, f], where = target == n, weight = strength, empty = 0)
    output highest[n, f] = max[e](h[source, f], where = target == n, empty = -1)
    output normal_sum[n, g] = relu(sum[e](hw[source, g] / sqrt((degree[source] + 1) * (degree[target] + 1)), where = target == n))
    output attended[n, g] = mean[e](hw[source, g], logweight = score, where = target == n, empty = 0)
    output alpha[e] = exp(score - (logsumexp[e](score, where = target == n))[n = target])
    output back[n, f] = sum[e](h[target, f], where = source == n)
    output edges_energy = sum[e, f](strength * (h[source, f] - h[target, f])^2)
    """
    h, s, t, q = d.normal(n, f), d.integers(0, n, e), d.integers(0, n, e), d.uniform(e, low=0.1)
    t[t == n - 1] = 0
    w, att = d.normal(f, f), d.normal(f)
    hw = h @ w
    degree = np.bincount(t, minlength=n)
    score = np.array([(att * np.tanh(hw[s[i]] + hw[t[i]])).sum() for i in range(e)])
    z = lambda: np.zeros((n, f))
    total, average, highest, normal, attended, back, alpha = z(), z(), z() - 1, z(), z(), z(), np.zeros(e)
    for j in range(n):
        on = np.flatnonzero(t == j)
        if on.size:
            total[j] = h[s[on]].sum(0)
            average[j] = (q[on, None] * h[s[on]]).sum(0) / q[on].sum()
            highest[j] = h[s[on]].max(0)
            alpha[on] = softmax(score[on], 0)
            attended[j] = alpha[on] @ hw[s[on]]
            normal[j] = sum(hw[s[i]] / np.sqrt((degree[s[i]] + 1.0) * (degree[j] + 1)) for i in on)
        back[j] = h[t[s == j]].sum(0)
    out = dict(o_degree=degree, total=total, average=average, highest=highest, normal_sum=np.maximum(normal, 0), attended=attended,
               alpha=alpha, back=back, edges_energy=(q[:, None] * (h[s] - h[t])**2).sum())
    return dict(h=h, source=s, target=t, strength=q, w=w, att=att), out


@case(dict(n=9, f=3), live=[dict(n=600, f=6)])
def survival(d, n, f):
    """
    ## Cox's partial likelihood with ties, and the index of concordance.
    dim n
    dim m like n
    dim f
    input x[n, f]
    input time[n]
    mask event[n]
    param beta[f] = 0
    let risk[n] = sum[f](x * beta)
    let at_risk = logsumexp[m](risk[n = m], where = time[n = m] >= time)
    loss L = -mean[n](risk - at_risk, where = event, empty = 0)
    let comparable = event and time < time[n = m]
    output concordance = mean[n, m](if risk > risk[n = m] then 1 else if risk == risk[n = m] then 0.5 else 0, where = comparable, empty = 0.5)
    output pairs = count[n, m](where = comparable)
    output number_at_risk[n] = count[m](where = time[n = m] >= time)
    output hazard[n] = sum[m](1 / number_at_risk[n = m], where = event[n = m] and time[n = m] <= time)
    """
    x, beta, event = d.normal(n, f), d.normal(f), d.mask(n)
    time = d.integers(1, n, n) * 0.5
    risk = x @ beta
    terms, good, pairs = [], 0, 0
    number = np.array([(time >= time[i]).sum() for i in range(n)])
    for i in range(n):
        if event[i]:
            terms.append(risk[i] - reduced("logsumexp", risk[time >= time[i]]))
            for j in range(n):
                if time[i] < time[j]:
                    pairs += 1
                    good += 1.0 if risk[i] > risk[j] else 0.0
    hazard = np.array([sum(1 / number[j] for j in range(n) if event[j] and time[j] <= time[i]) for i in range(n)])
    return (dict(x=x, time=time, event=event, beta=beta),
            dict(L=-np.mean(terms) if terms else 0.0, concordance=good / pairs if pairs else 0.5, pairs=np.int64(pairs), number_at_risk=number, hazard=hazard))


@case(dict(q=4, n=6, f=3), live=[dict(q=40, n=60, f=16)])
def ranking_losses(d, q, n, f):
    """
    ## Pairwise and listwise ranking, contrastive pairs, triplets.
    dim q
    dim n
    dim m like n
    dim p like q
    dim f
    input score[q, n]
    input gain[q, n]: i32
    mask real[q, n]
    input a[q, f]
    input b[q, f]
    let length_a = norm[f](a)
    let cosine[q, p] = sum[f](a * b[q = p]) / (length_a * (norm[f](b))[q = p])
    let nce = 0.5 * (logsumexp[p](10 * cosine) - 10 * cosine[p = q]) + 0.5 * (logsumexp[p](10 * cosine[q = p, p = q]) - 10 * cosine[p = q])
    loss contrastive = mean[q](nce)
    loss pairwise = mean[q, n, m](softplus(-(score - score[n = m])),
        where = real and real[n = m] and gain > gain[n = m], empty = 0)
    loss listwise = mean[q](-sum[n](softmax[n](1.0 * gain, where = real) * log_softmax[n](score, where = real), where = real),
        where = any[n](real), empty = 0)
    let place = count[m](where = real[n = m] and (score[n = m] > score or score[n = m] == score and m < n))
    output places[q, n] = if real then place else -1
    output dcg[q] = sum[n]((2.0^gain - 1) / log(place + 2), where = real)
    output triplet = mean[q](relu(1 + norm[f](a - b) - norm[f](a - b[q = mod(q + 1, extent(q))])))
    output hit[q] = argmax[p](cosine) == q
    """
    score, gain, real, a, b = d.normal(q, n), d.integers(0, 4, q, n), d.mask(q, n, share=0.8), d.normal(q, f), d.normal(q, f)
    real[1] = False
    score_in = np.where(real, score, np.nan)
    cos = (a @ b.T) / (np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)[None])
    lse = lambda z: np.array([reduced("logsumexp", row) for row in z])
    nce = 0.5 * (lse(10 * cos) - 10 * np.diag(cos)) + 0.5 * (lse(10 * cos.T) - 10 * np.diag(cos))
    pairs, lists, dcg, places = [], [], np.zeros(q), np.full((q, n), -1)
    for i in range(q):
        on = np.flatnonzero(real[i])
        for j in on:
            pairs += [np.logaddexp(0, -(score[i, j] - score[i, k])) for k in on if gain[i, j] > gain[i, k]]
        if on.size:
            lists.append(-(softmax(gain[i, on] * 1.0, 0) * np.log(softmax(score[i, on], 0))).sum())
            order = on[np.argsort(-score[i, on], kind="stable")]
            places[i, order] = np.arange(on.size)
            dcg[i] = sum((2.0**gain[i, j] - 1) / np.log(r + 2) for r, j in enumerate(order))
    other = np.roll(b, -1, axis=0)
    triplet = np.maximum(0, 1 + np.linalg.norm(a - b, axis=1) - np.linalg.norm(a - other, axis=1)).mean()
    return (dict(score=score_in, gain=gain.astype(np.int32), real=real, a=a, b=b),
            dict(contrastive=nce.mean(), pairwise=np.mean(pairs) if pairs else 0.0, listwise=np.mean(lists), places=places, dcg=dcg,
                 triplet=triplet, hit=cos.argmax(1) == np.arange(q)))


@case(dict(n=9, f=4, k=3), live=[dict(n=1500, f=9, k=7)])
def statistics_by_hand(d, n, f, k):
    """
    ## Covariances, correlations, weighted quantiles, confusion, calibration, histograms, distances.
    dim n
    dim m like n
    dim f
    dim g like f
    dim k
    dim k2 like k
    dim bins = 5
    input x[n, f]
    weight w[n]
    input z[n, k]
    input label[n]: index(k)
    let c = x - mean[n](x)
    let guess = argmax[k](z)
    let sure = max[k](softmax[k](z))
    let bin = clamp(i64(floor(sure * extent(bins))), 0, extent(bins) - 1)
    output cov[f, g] = sum[n](c * c[f = g]) / (extent(n) - 1)
    output corr[f, g] = mean[n](c * c[f = g]) / (std[n](x) * (std[n](x))[f = g])
    output wmean[f] = mean[n](x, weight = w)
    output wstd[f] = std[n](x, weight = w)
    output confusion[k, k2] = count[n](where = label == k and guess == k2)
    output accuracy = mean[n](if guess == label then 1 else 0)
    output recall[k] = mean[n](if guess == k then 1 else 0, where = label == k, empty = 0)
    output bin_accuracy[bins] = mean[n](if guess == label then 1 else 0, where = bin == bins, empty = 0)
    output ece = sum[bins](count[n](where = bin == bins) / extent(n) * abs(
        mean[n](if guess == label then 1 else 0, where = bin == bins, empty = 0) - mean[n](sure, where = bin == bins, empty = 0)))
    output histogram[bins] = count[n](where = bins <= x[f = 0] and x[f = 0] < bins + 1)
    output nearest[n] = argmin[m](sum[f]((x - x[n = m])^2), where = m != n, empty = -1)
    output median[f] = min[n](x, where = 2 * count[m](where = x[n = m] <= x) >= extent(n), empty = 0)
    output energy = mean[n, m](sqrt(sum[f]((x - x[n = m])^2)))
    output kernel[n] = mean[m](exp(-0.5 * sum[f]((x - x[n = m])^2)), weight = w[n = m])
    output skew[f] = mean[n]((c / std[n](x))^3)
    """
    x, w, z, label = d.normal(n, f), d.uniform(n, low=0.1), d.normal(n, k), d.integers(0, k, n)
    guess, p = z.argmax(1), softmax(z, 1).max(1)
    bins = np.clip(np.floor(p * 5).astype(int), 0, 4)
    right = (guess == label) * 1.0
    part = lambda v, m: v[m].mean() if m.any() else 0.0
    wm = (w[:, None] * x).sum(0) / w.sum()
    apart = ((x[:, None] - x[None])**2).sum(-1)
    away = apart + np.diag(np.full(n, np.inf))
    confusion = np.zeros((k, k), int)
    np.add.at(confusion, (label, guess), 1)
    e = dict(cov=np.atleast_2d(np.cov(x.T)), corr=np.atleast_2d(np.corrcoef(x.T)), wmean=wm,
             wstd=np.sqrt((w[:, None] * (x - wm)**2).sum(0) / w.sum()), confusion=confusion, accuracy=right.mean(),
             recall=np.array([part(right, label == j) for j in range(k)]),
             bin_accuracy=np.array([part(right, bins == j) for j in range(5)]),
             ece=sum((bins == j).mean() * abs(part(right, bins == j) - part(p, bins == j)) for j in range(5)),
             histogram=np.array([((j <= x[:, 0]) & (x[:, 0] < j + 1)).sum() for j in range(5)]), nearest=away.argmin(1),
             median=np.sort(x, axis=0)[(n - 1) // 2], energy=np.sqrt(apart).mean(),
             kernel=(np.exp(-0.5 * apart) * w[None]).sum(1) / w.sum(), skew=(((x - x.mean(0)) / x.std(0))**3).mean(0))
    return dict(x=x, w=w, z=z, label=label), e


@case(dict(n=6, c=4, f=3), live=[dict(n=700, c=21, f=9)])
def losses_by_hand(d, n, c, f):
    """
    ## Losses in the user's own formulas.
    dim n
    dim c
    dim f
    input y[n, f]
    input t[n, f]
    input z[n, c]
    input label[n]: index(c, none = -1)
    input soft_target[n, c]
    weight class_weight[c]
    weight sample[n]
    fn huber_term(a, b, delta = 1) = if abs(a - b) <= delta then 0.5 * (a - b)^2 else delta * (abs(a - b) - 0.5 * delta)
    fn pinball(a, b, tau) = max(tau * (b - a), (tau - 1) * (b - a))
    let logp = log_softmax[c](z)
    let ce = -logp[c = label else 0]
    loss huber_mean = mean[n, f](huber_term(y, t, delta = 0.5))
    loss quantile = mean[n, f](pinball(y, t, 0.9), weight = sample)
    loss smooth = mean[n](-0.9 * logp[c = label] - 0.1 * mean[c](logp), where = has(label), empty = 0)
    loss focal = mean[n]((1 - exp(-ce))^2 * ce, where = has(label), weight = class_weight[label], empty = 0)
    loss focal_count = mean[n]((1 - exp(-ce))^2 * ce, where = has(label), weight = class_weight[label], over = count, empty = 0)
    loss kl = mean[n](sum[c](soft_target * (log(soft_target) - logp), where = soft_target > 0))
    loss hinge = mean[n](sum[c](relu(1 + z - z[c = label]), where = c != label), where = has(label))
    loss dice = 1 - mean[c](2 * sum[n](softmax[c](z) * soft_target) / (sum[n](softmax[c](z)) + sum[n](soft_target)))
    loss cosine = 1 - mean[n](sum[f](y * t) / (norm[f](y) * norm[f](t)))
    loss poisson = mean[n, f](exp(y) - t * y)
    loss total = huber_mean + 0.5 * focal + stop(dice)
    """
    y, t, z, label = d.normal(n, f), d.normal(n, f), d.normal(n, c), d.integers(0, c, n)
    label[2] = -1
    cw, sample = d.uniform(c, low=0.1), d.uniform(n, low=0.1)
    soft = np.maximum(d.normal(n, c), 0)
    soft[:, 1] += 0.125
    on = np.flatnonzero(label >= 0)
    logp = np.log(softmax(z, 1))
    ce = np.array([-logp[i, label[i]] for i in on])
    fw = cw[label[on]]
    focal = (1 - np.exp(-ce))**2 * ce
    a = np.abs(y - t)
    huber = np.where(a <= 0.5, 0.5 * a**2, 0.5 * (a - 0.25)).mean()
    pin = np.maximum(0.9 * (t - y), -0.1 * (t - y))
    p = softmax(z, 1)
    dice = 1 - (2 * (p * soft).sum(0) / (p.sum(0) + soft.sum(0))).mean()
    with np.errstate(all="ignore"):
        kl = np.where(soft > 0, soft * (np.log(soft) - logp), 0).sum(1).mean()
    hinge = np.mean([sum(max(0, 1 + z[i, j] - z[i, label[i]]) for j in range(c) if j != label[i]) for i in on])
    wfocal = (fw * focal).sum() / fw.sum()
    e = dict(huber_mean=huber, quantile=(pin * sample[:, None]).sum() / (sample.sum() * f),
             smooth=np.mean([0.9 * ce[r] - 0.1 * logp[i].mean() for r, i in enumerate(on)]), focal=wfocal,
             focal_count=(fw * focal).mean(), kl=kl, hinge=hinge, dice=dice,
             cosine=1 - ((y * t).sum(1) / (np.linalg.norm(y, axis=1) * np.linalg.norm(t, axis=1))).mean(),
             poisson=(np.exp(y) - t * y).mean(), total=huber + 0.5 * wfocal + dice)
    return dict(y=y, t=t, z=z, label=label, soft_target=soft, class_weight=cw, sample=sample), e


@case(dict(b=3, k=5, v=8, f=4), live=[dict(b=50, k=40, v=3000, f=16)])
def embedding_bags(d, b, k, v, f):
    """
    ## Bags of embeddings with padding, per-sample weights, and a ragged batch by offsets.
    dim b
    dim k
    dim v
    dim f
    dim total
    dim edges = b + 1
    input token[b, k]: index(v, none = -1)
    weight w[b, k]
    param table[v, f] = 0
    input flat[total]: index(v)
    input offset[edges]: i64
    output sum_bag[b, f] = sum[k](table[token, f], where = has(token))
    output mean_bag[b, f] = mean[k](table[token, f], where = has(token), empty = 0)
    output max_bag[b, f] = max[k](table[token, f], where = has(token), empty = 0)
    output weighted_bag[b, f] = sum[k](table[token, f], where = has(token), weight = w)
    output used[v] = any[b, k](token == v)
    output frequency[v] = count[b, k](where = token == v)
    output ragged[b, f] = sum[total](table[flat, f],
        where = offset[edges = b + 0] <= total and total < offset[edges = b + 1])
    output position[b, f] = sum[k](table[token, f] * (if mod(f, 2) == 0 then sin(k / 10.0^(f / extent(f))) else cos(k)), where = has(token))
    """
    token, w, table = d.integers(-1, v, b, k), d.uniform(b, k), d.normal(v, f)
    token[1] = -1
    total = 3 * b
    flat = d.integers(0, v, total)
    offset = np.concatenate([[0], np.sort(d.integers(0, total + 1, b - 1)), [total]]).astype(np.int64)
    z = lambda: np.zeros((b, f))
    s, m, top, ws, pos, ragged = z(), z(), z(), z(), z(), z()
    for i in range(b):
        on = [j for j in range(k) if token[i, j] >= 0]
        if on:
            rows = table[token[i, on]]
            s[i], m[i], top[i], ws[i] = rows.sum(0), rows.mean(0), rows.max(0), (w[i, on][:, None] * rows).sum(0)
            for g in range(f):
                pos[i, g] = sum(table[token[i, j], g] * (np.sin(j / 10.0**(g / f)) if g % 2 == 0 else float(np.cos(j))) for j in on)
        ragged[i] = table[flat[offset[i]:offset[i + 1]]].sum(0)
    frequency = np.array([(token == j).sum() for j in range(v)])
    return (dict(token=token, w=w, table=table, flat=flat, offset=offset),
            dict(sum_bag=s, mean_bag=m, max_bag=top, weighted_bag=ws, used=frequency > 0, frequency=frequency, ragged=ragged, position=pos))

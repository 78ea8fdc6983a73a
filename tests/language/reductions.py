"""Every reduction with every option over a list of elements, from the definitions, element by element."""
import math

NAN, INF = math.nan, math.inf


def product(values):
    result = 1
    for v in values:
        result *= v
    return result


def reduced(op, values, where=None, weight=None, logweight=None, empty=None, over=None, ddof=0):
    """op is a name; values, where, weight and logweight are lists of one length. Elements outside where do not exist."""
    values = [float(v) for v in values]
    extent = len(values)
    places = [i for i in range(extent) if where is None or where[i]]
    if logweight is not None:
        places = [i for i in places if logweight[i] != -INF]
    v = [values[i] for i in places]
    weighted = weight is not None or logweight is not None

    def otherwise(without):
        return without if empty is None else empty

    if not weighted and op in ("sum", "prod", "min", "max", "any", "all", "count", "logsumexp", "norm", "argmin", "argmax"):
        if not v:
            return otherwise({"sum": 0.0, "prod": 1.0, "min": INF, "max": -INF, "any": False, "all": True, "count": 0,
                              "logsumexp": -INF, "norm": 0.0, "argmin": None, "argmax": None}[op])
        if op == "sum":
            return math.fsum(v)
        if op == "prod":
            return product(v)
        if op in ("min", "max", "argmin", "argmax"):
            best = 0
            for i in range(1, len(v)):
                if math.isnan(v[best]):
                    break
                if math.isnan(v[i]) or (v[i] < v[best] if op.endswith("min") else v[i] > v[best]):
                    best = i
            return places[best] if op.startswith("arg") else v[best]
        if op == "any":
            return any(v)
        if op == "all":
            return all(v)
        if op == "count":
            return len(v)
        if op == "norm":
            return math.sqrt(math.fsum(x * x for x in v))
        top = max(v)
        return top if math.isinf(top) else top + math.log(math.fsum(math.exp(x - top) for x in v))

    # exp(logweight) at a common scale, which cancels where there is a divisor
    top = max((logweight[i] for i in places), default=0.0) if logweight is not None else 0.0
    if op == "logsumexp":
        terms = [values[i] + (0 if logweight is None else logweight[i]) for i in places]
        kept = [(t, 1.0 if weight is None else weight[i]) for t, i in zip(terms, places)]
        if math.fsum(w for _, w in kept) == 0:
            return otherwise(-INF)
        highest = max(t for t, w in kept if w > 0)
        return highest + math.log(math.fsum(w * math.exp(t - highest) for t, w in kept if w > 0))
    w = [(1.0 if weight is None else weight[i]) * (1.0 if logweight is None else math.exp(logweight[i] - top))
         for i in places]
    W = math.fsum(w)
    scale = math.exp(top) if abs(top) < 700 else (INF if top > 0 else 0.0)
    if op in ("sum", "norm", "count"):
        if W == 0:
            return otherwise(0.0)
        if op == "count":
            return W * scale
        if op == "sum":
            return math.fsum(a * b for a, b in zip(w, v)) * scale
        return math.sqrt(math.fsum(a * b * b for a, b in zip(w, v)) * scale)
    if op == "mean":
        total = math.fsum(a * b for a, b in zip(w, v))
        if over is None:
            return total / W if W else otherwise(NAN)
        divisor = len(v) if over == "count" else extent
        return total * scale / divisor if divisor else otherwise(NAN)
    centre = math.fsum(a * b for a, b in zip(w, v)) / W if W else NAN
    if W == 0 or (ddof and W * scale <= 1):
        return otherwise(NAN)
    var = math.fsum(a * (b - centre) ** 2 for a, b in zip(w, v)) / (W - ddof / scale if ddof else W)
    return var if op == "var" else math.sqrt(var)

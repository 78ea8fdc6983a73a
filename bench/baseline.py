"""Compares the shares of the limit that rows reach with those of bench/baseline.json, so that a regression shows.

Shares are ratios within one run, and each kind of processor has its own: how far one may fall is in the file."""

import json
import os

import board
from report import NUMBERS, Measured, processor

PATH = "bench/baseline.json"
TOLERANCE = 0.4  # of the share, where the file says nothing else


def shares(rows, results):
    found = {}
    for row in rows:
        for threads in NUMBERS:
            path = f"{results}/{board.slug(row)}.{threads}.json"
            if not os.path.exists(path):
                continue
            with open(path) as file:
                measured = Measured(row, json.load(file))
            limit, share = measured.limit
            if limit:
                found[f"{row.key} @{threads}"] = share
    return found


def compare(rows, results, accept):
    """Prints what fell and what rose; the exit status."""
    stored, here = {"tolerance": TOLERANCE, "shares": {}}, processor()
    if os.path.exists(PATH):
        with open(PATH) as file:
            stored = json.load(file)
    known = stored["shares"].setdefault(here, {})
    if not known:
        print(f"{PATH} has nothing of {here}, only of {', '.join(sorted(set(stored['shares']) - {here})) or 'no processor'}: "
              "nothing can have fallen; --accept writes down what it reaches now")
    found = shares(rows, results)
    fell = 0
    for key, share in found.items():
        before = known.get(key)
        least = before * (1 - stored["tolerance"]) if before is not None else 0
        word = "new" if before is None else "FELL" if share < least else "rose" if share * (1 - TOLERANCE) > before else "ok"
        fell += word == "FELL"
        print(f"{word:5} {key}: {share:.3f} of the limit" + (f", {before:.3f} before" if before is not None else ""))
    if accept:
        known.update({key: round(share, 4) for key, share in found.items()})
        with open(PATH, "w") as file:
            json.dump(stored, file, indent=1)
            file.write("\n")
        return 0
    print(f"{len(found) - fell} passed, {fell} failed")
    return 1 if fell else 0

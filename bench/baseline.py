"""Compares the shares of the limit that rows reach with those of bench/baseline.json, so that a regression shows.

Shares are ratios within one run; how far one may fall is in the file, for rows differ in how steady they are."""

import json
import os

import board
from report import NUMBERS, Measured

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
    stored = {"tolerance": TOLERANCE, "shares": {}}
    if os.path.exists(PATH):
        with open(PATH) as file:
            stored = json.load(file)
    found = shares(rows, results)
    fell = 0
    for key, share in found.items():
        before = stored["shares"].get(key)
        least = before * (1 - stored["tolerance"]) if before is not None else 0
        word = "new" if before is None else "FELL" if share < least else "rose" if share * (1 - TOLERANCE) > before else "ok"
        fell += word == "FELL"
        print(f"{word:5} {key}: {share:.3f} of the limit" + (f", {before:.3f} before" if before is not None else ""))
    if accept:
        stored["shares"].update({key: round(share, 4) for key, share in found.items()})
        with open(PATH, "w") as file:
            json.dump(stored, file, indent=1)
            file.write("\n")
        return 0
    print(f"{len(found) - fell} passed, {fell} failed")
    return 1 if fell else 0

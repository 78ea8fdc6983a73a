"""The board: every row, in order."""

import re

from rows import dense, means, softmax, attention, graphs, training, adbench, series, models


def every():
    found = []
    for module in (means, softmax, attention, dense, training, graphs, adbench, series, models):
        found.extend(module.rows())
    return sorted(found, key=lambda row: row.letter)


def rows(wanted=()):
    """The rows whose letter, title or both are named; all if none is."""
    found = every()
    if wanted:
        found = [row for row in found if row.letter in wanted or row.key in wanted]
    return found


def slug(row):
    return re.sub(r"[^a-z0-9]+", "-", row.key.lower()).strip("-")

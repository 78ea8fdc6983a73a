"""Writes docs/benchmarks.md and docs/benchmarks.svg from what measure.py left in build/bench/results."""

import json
import math
import os
import platform
import re
import statistics
import subprocess

import board
import ours
from timing import ratio

RESULTS = "build/bench/results"
COMPILE = "build/bench/compile.json"
NOTES = "bench/notes.json"
LIMITS = ("limit: bytes", "limit: operations")
BUSY = 1.15  # where a call takes so many times its processor time, others used the machine
ROUNDING = {"f32": 2.0**-24, "f64": 2.0**-53}  # that of one number: errors are the same where they differ by less
NUMBERS = {1: "one thread", 2: "two threads"}
OTHERS = "u"  # rows beside the board: no target speaks of them


class Measured:
    """One row on one number of threads."""

    def __init__(self, row, report):
        self.row, self.report, self.threads = row, report, report["threads"]
        self.entries = report["contestants"]
        self.seconds = self.series("seconds")
        self.busy = self.factor()
        if self.threads == 1 and self.busy > BUSY:
            self.seconds = self.series("cpu")
        self.ours = self.seconds.get("ours")
        self.peers = {}
        if self.ours:
            self.peers = {name: ratio(values, self.ours) for name, values in self.seconds.items()
                          if name != "ours" and name not in LIMITS}
        self.best = min(self.peers, key=self.peers.get) if self.peers else None

    def series(self, clock):
        return {name: entry[clock] for name, entry in self.entries.items() if entry.get(clock)}

    def factor(self):
        """How many times longer than processor time it took, on one thread: more than 1 where others used the processor."""
        wall, cpu = self.series("seconds").get("ours"), self.series("cpu").get("ours")
        return ratio(wall, cpu) if self.threads == 1 and wall and cpu else 1.0

    @property
    def gain(self):
        """How many times the fastest peer takes our time."""
        return self.peers[self.best] if self.best else None

    def share(self, limit):
        return ratio(self.seconds[limit], self.ours) if self.ours and limit in self.seconds else None

    @property
    def limit(self):
        """The limit that is nearer, and which part of it is reached."""
        shares = {name: self.share(name) for name in LIMITS if self.share(name) is not None}
        return max(shares.items(), key=lambda item: item[1]) if shares else (None, None)

    def milliseconds(self, name):
        return 1e3 * statistics.median(self.seconds[name])

    def error(self, name):
        return self.entries.get(name, {}).get("error")

    @property
    def best_error(self):
        errors = [entry["error"] for name, entry in self.entries.items() if name != "ours" and entry.get("error") is not None]
        return min(errors) if errors else None


def load():
    """All that was measured: {row key: {threads: Measured}}, in the order of the board."""
    found = {}
    for row in board.every():
        for threads in NUMBERS:
            path = f"{RESULTS}/{board.slug(row)}.{threads}.json"
            if os.path.exists(path):
                with open(path) as file:
                    found.setdefault(row.key, {})[threads] = Measured(row, json.load(file))
    return found


def target_of(row):
    """The share of the limit that a row should reach, and of which limit; None where it has no such target."""
    if row.letter in "gh" or (row.letter == "i" and min(row.sizes.values()) >= 512):
        return "limit: operations", 0.6
    if row.reads + row.writes and not row.operations and row.letter not in "nop" + OTHERS:
        return "limit: bytes", 0.9
    return None, None


def missed(measured):
    """Which targets a row misses."""
    said = []
    least = 1000 if measured.row.letter == "k" else 1
    if measured.gain is not None and measured.gain < least:
        said.append(f"{number(measured.gain)} of {'1000' if least > 1 else 'the fastest peer'}")
    limit, share = target_of(measured.row)
    if limit and measured.share(limit) is not None and measured.share(limit) < share:
        said.append(f"{measured.share(limit):.2f} of the limit, not {share}")
    if measured.best_error is not None and measured.error("ours") > measured.best_error + ROUNDING[measured.row.real]:
        said.append(f"error {measured.error('ours'):.1e}, best peer {measured.best_error:.1e}")
    return said


def number(value, digits=3):
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def geometric_mean(values):
    values = list(values)
    return statistics.geometric_mean(values) if values else None


def of_board(found):
    return {key: by_threads for key, by_threads in found.items() if key[0] != OTHERS}


def beside_board(found):
    return {key: by_threads for key, by_threads in found.items() if key[0] == OTHERS}


def table(found, threads):
    lines = ["| row | ours, ms | fastest peer | ms | ratio | of the limit | error, ours | best peer |",
             "|---|--:|---|--:|--:|--:|--:|--:|"]
    for key, by_threads in found.items():
        m = by_threads.get(threads)
        if not m:
            continue
        if not m.ours:
            lines.append(f"| ({m.row.letter}) {m.row.title} | {m.entries['ours'].get('problem', 'none')[:60]} | | | | | | |")
            continue
        limit, share = m.limit
        reached = f"{share:.2f} ({limit.split()[1]})" if limit else ""
        peer = [m.best, number(m.milliseconds(m.best)), f"**{number(m.gain)}**"] if m.best else ["", "", ""]
        errors = [f"{value:.1e}" if value is not None else "" for value in (m.error("ours"), m.best_error)]
        lines.append("| " + " | ".join([f"({m.row.letter}) {m.row.title}", number(m.milliseconds("ours")), *peer, reached,
                                        *errors]) + " |")
    return lines


def others_table(found):
    """Every contestant of every row, as a ratio to ours."""
    names = []
    for by_threads in found.values():
        for m in by_threads.values():
            names += [name for name in m.peers if name not in names]
    lines = ["| row | threads | " + " | ".join(names) + " |", "|---|--:|" + "--:|" * len(names)]
    for by_threads in found.values():
        for threads, m in sorted(by_threads.items()):
            if m.ours:
                cells = [number(m.peers.get(name)) for name in names]
                lines.append(f"| ({m.row.letter}) {m.row.title} | {threads} | " + " | ".join(cells) + " |")
    return lines


def compile_table(found):
    with open(COMPILE) as file:
        compiled = json.load(file)
    lines = ["| program | to C, ms | clang, s | torch.compile, s | jax.jit, s |", "|---|--:|--:|--:|--:|"]
    for program, seconds in compiled.items():
        peers = []  # the longest of the rows of the program
        for name in ("torch.compile", "jax.jit"):
            values = [m.entries[name]["compile"] for by_threads in found.values() for m in by_threads.values()
                      if m.row.program == program and m.entries.get(name, {}).get("compile") is not None]
            peers.append(number(max(values)) if values else "")
        lines.append(f"| {program} | {1e3 * seconds['emit']:.1f} | {seconds['cc']:.2f} | {peers[0]} | {peers[1]} |")
    return lines


def processor():
    """Its kind, and the level that is compiled for: what shares of the limit depend on."""
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    return f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, -march={ours.march()}"


def machine():
    compiler = subprocess.run(["clang", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    return f"{processor()}, {compiler}"


def reasons():
    if not os.path.exists(NOTES):
        return {}
    with open(NOTES) as file:
        return json.load(file)


def reason_of(letter):
    return reasons().get(letter, "")


def notes(found):
    """What is missed, row by row, with what is known of why."""
    known = reasons()
    lines, last = [], None
    for key, by_threads in found.items():
        said = {threads: missed(m) for threads, m in sorted(by_threads.items()) if m.ours and missed(m)}
        if said:
            text = "; ".join(f"{NUMBERS[threads]}: {', '.join(what)}" for threads, what in said.items())
            letter = next(iter(by_threads.values())).row.letter
            why = known.get(key, known.get(letter, ""))
            lines.append(f"- **({letter}) {key[2:]}.** {text}. {'As above.' if why and why == last else why}".rstrip())
            last = why
    return lines


def plot(found):
    """A bar for each row and number of threads, on a logarithmic scale."""
    rows = [(f"({m.row.letter}) {m.row.title}", threads, m.gain) for by_threads in found.values()
            for threads, m in sorted(by_threads.items()) if m.gain]
    left, width, step = 430, 420, 11
    low, high = 0.1, 10000.0
    def x(value):
        value = min(max(value, low), high)
        return left + width * (math.log10(value) - math.log10(low)) / (math.log10(high) - math.log10(low))
    height = 40 + step * len(rows)
    text = [f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{height}" viewBox="0 0 900 {height}" '
            'font-family="sans-serif" font-size="10">',
            f'<rect width="900" height="{height}" fill="white"/>']
    for mark in (0.1, 1, 10, 100, 1000, 10000):
        text.append(f'<line x1="{x(mark):.1f}" y1="20" x2="{x(mark):.1f}" y2="{height - 8}" '
                    f'stroke="{"black" if mark == 1 else "#cccccc"}"/>')
        text.append(f'<text x="{x(mark):.1f}" y="14" text-anchor="middle">{mark:g}</text>')
    for at, (title, threads, gain) in enumerate(rows):
        y = 26 + at * step
        colour = ("#4477aa" if threads == 1 else "#88bbdd") if gain >= 1 else ("#cc4444" if threads == 1 else "#ee9999")
        if at == 0 or rows[at - 1][0] != title:
            text.append(f'<text x="{left - 8}" y="{y + 8}" text-anchor="end">{title.replace("<", "&lt;")}</text>')
        first, last = sorted((x(1), x(gain)))
        text.append(f'<rect x="{first:.1f}" y="{y}" width="{max(last - first, 0.5):.1f}" height="{step - 2}" fill="{colour}">'
                    f'<title>{threads} thread(s): {gain:.3g}</title></rect>')
    text.append("</svg>")
    return "\n".join(text) + "\n"


def page(found):
    reports = [m.report for by_threads in found.values() for m in by_threads.values()]
    versions = sorted({version for report in reports for version in report.get("versions", [])})
    dates = sorted({report["date"] for report in reports})
    lines = ["# Benchmarks", "",
             "<!-- Written by `make bench`; change bench/report.py, not this page. -->", "",
             f"Measured on {machine()}; against {', '.join(versions)}"
             + f"; {' to '.join(sorted({dates[0], dates[-1]}))}.", ""]
    with open("bench/page.md") as file:
        lines += file.read().rstrip().split("\n") + [""]
    extra = [report["from_python"] for report in reports if "from_python" in report]
    if extra:
        lines += [f"A call of ours from Python, through `ctypes`, costs {1e6 * statistics.median(extra):.1f} microseconds more "
                  "than one in the loop in C: the median over the rows (k).", ""]
    busy = [m.busy for by_threads in found.values() for m in by_threads.values() if m.busy > BUSY]
    if busy:
        lines += [f"**The machine was busy with other things** while {len(busy)} rows were measured on one thread, which took "
                  f"up to {max(busy):.1f} times their processor time: these rows' figures are of processor time, and those on "
                  "two threads are less sure.", ""]
    lines += ["![How many times the fastest peer takes our time](benchmarks.svg)", ""]
    for threads, words in NUMBERS.items():
        gains = [by_threads[threads].gain for by_threads in of_board(found).values()
                 if threads in by_threads and by_threads[threads].gain]
        if not gains:
            continue
        big = [by_threads[threads].gain for by_threads in of_board(found).values()
               if threads in by_threads and by_threads[threads].gain and by_threads[threads].row.letter != "k"]
        lines += [f"## On {words}", "",
                  f"Geometric mean of the ratios to the fastest peer: **{geometric_mean(gains):.2f}**; without the tiny "
                  f"rows (k): **{geometric_mean(big) or 0:.2f}**. {sum(g >= 1 for g in gains)} of {len(gains)} rows are at "
                  "least as fast as the fastest peer.", "", *table(of_board(found), threads), ""]
    if beside_board(found):
        lines += ["## Other models", "", "Models beside the board, which show how far it carries. No target speaks of them, and no mean has them.", ""]
        for threads, words in NUMBERS.items():
            lines += [f"On {words}:", "", *table(beside_board(found), threads), ""]
        lines += [reason_of(OTHERS), ""]
    lines += ["## Targets that are missed", "",
              "Every row should be at least as fast as its fastest peer, a tiny one (k) a thousand times as fast; (g), (h), and (i) from 512 on, "
              "should reach 0.6 of the limit by operations; rows that only read, write and compute for each number, 0.9 of that by bytes: not "
              "(n), (o) and (p), which wait for indices, functions and the step before. No error should be larger than the best peer's.", "",
              *(notes(of_board(found)) or ["None."]), ""]
    lines += ["## All peers", "", "How many times our time each takes.", "", *others_table(found), ""]
    if os.path.exists(COMPILE):
        lines += ["## Compiling", "", "Of `.sy` to C, the best of several runs of the whole command; clang makes the object and both libraries of "
                  "it; both in processor time. Of PyTorch and JAX the seconds that the first call took, tracing included, and the "
                  "longest of the rows with that program.", "",
                  *compile_table(found), ""]
    return "\n".join(lines)


def write():
    found = load()
    if not found:
        return
    with open("docs/benchmarks.md", "w") as file:
        file.write(page(found))
    with open("docs/benchmarks.svg", "w") as file:
        file.write(plot(found))


if __name__ == "__main__":
    write()

"""Times several contestants in turn, so that what else the machine does hits all of them alike."""

import statistics
import time

BURST = 0.01   # seconds that a contestant runs at a stretch, at least
PAUSE = 0.004  # seconds between contestants, for threads of the one before to fall asleep
ROUNDS = 25    # at most
FEWEST = 3
SLOW = 2.0     # seconds: what takes longer is called once or twice only


class Contestant:
    """Something that computes a row. run(times) does so that many times, outputs() gives what came out, by name."""

    def __init__(self, name, run, outputs=None, prepare=None, compile_seconds=None):
        self.name = name
        self.run = run
        self.outputs = outputs or (lambda: {})
        self.prepare = prepare or (lambda: None)
        self.compile_seconds = compile_seconds


def looped(call):
    """run(times) of a function that is called from Python."""
    def run(times):
        for _ in range(times):
            call()
    return run


def once(contestant, times):
    """Seconds of a call by the clock on the wall, and of processor time."""
    contestant.prepare()
    start, before = time.perf_counter(), time.process_time()
    contestant.run(times)
    return (time.perf_counter() - start) / times, (time.process_time() - before) / times


def repetitions(contestant):
    """How many calls fill a burst, and what one took."""
    times, first = 1, once(contestant, 1)
    each = first[0]
    while times * each < BURST and times < 10**7:
        times = max(times + 1, min(10 * times, int(1.1 * BURST / max(each, 1e-9)) + 1))
        each = once(contestant, times)[0]
    return times, each, first


def interleave(contestants, budget):
    """What each call took, round by round: {name: [(seconds, processor seconds)]}. A contestant that is far behind sits out
    most rounds."""
    plan = {c.name: repetitions(c) for c in contestants}
    fastest = min(each for _, each, _ in plan.values())
    samples = {name: [first] if each > SLOW else [] for name, (_, each, first) in plan.items()}
    start = time.perf_counter()
    for turn in range(ROUNDS):
        for c in contestants:
            times, each, _ = plan[c.name]
            behind = each > 20 * fastest and each * times > 0.1
            if turn >= FEWEST and behind or turn >= 1 and each > SLOW or each > 5 * SLOW:
                continue
            time.sleep(PAUSE)
            if each < 0.05:
                once(c, 1)
            samples[c.name].append(once(c, times))
        if turn + 1 >= FEWEST and time.perf_counter() - start > budget:
            break
    return samples


def ratio(of, to):
    """How many times longer `of` took than `to`: the median over the rounds that both ran in."""
    return statistics.median(a / b for a, b in zip(of, to))

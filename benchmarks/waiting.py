"""What waiting costs: median lag × median status requests ÷ duration, for our schedule and fixed intervals.

Simulated: the schedule is a pure function. Durations spread by ±15 %; where experience counts, 20
past durations of the same spread are known; progress is linear and comes in whole percents.

python -m benchmarks.waiting
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.machine import heading
from vidgo_notebook.engine.schedule import Report, next_delay

DURATIONS = (0.5, 3.0, 8.0, 20.0, 60.0)
JOBS = 500
Delay = Callable[[float, Sequence[Report], Sequence[float]], float]


def product(delay: Delay, typical: float, *, past: bool, progress: bool) -> float:
    """Median lag (s) × median requests ÷ typical duration (s)."""
    chance = random.Random(typical)
    runs = [one_job(delay, typical, chance, past=past, progress=progress) for _ in range(JOBS)]
    return median(lag for lag, _ in runs) * median(requests for _, requests in runs) / typical


def one_job(delay: Delay, typical: float, chance: random.Random, *, past: bool, progress: bool) -> tuple[float, int]:
    """The lag in seconds and the number of requests of one job."""
    spread = lambda: typical * chance.uniform(0.85, 1.15)  # noqa: E731
    known = [spread() for _ in range(20)] if past else []
    end, age, requests, reports = spread(), 0.0, 0, list[Report]()
    while True:
        age += delay(age, reports, known)
        requests += 1
        if age >= end:
            return age - end, requests
        if progress:
            reports.append((age, float(int(100 * age / end))))


def fixed(interval: float) -> Delay:
    return lambda _age, _reports, _past: interval


def main() -> None:
    print(heading())
    print(f"{'':36}" + "".join(f"{f'T = {duration:g} s':>12}" for duration in DURATIONS))
    rows: dict[str, tuple[Delay, bool, bool]] = {
        **{f"fixed {interval:g} s": (fixed(interval), False, False) for interval in (0.1, 0.5, 1, 3, 5)},
        "ours, knowing nothing": (next_delay, False, False),
        "ours, 20 past durations": (next_delay, True, False),
        "ours, 20 past durations and progress": (next_delay, True, True),
        "ours, progress alone": (next_delay, False, True),
    }
    for name, (delay, past, progress) in rows.items():
        values = [product(delay, duration, past=past, progress=progress) for duration in DURATIONS]
        print(f"{name:36}" + "".join(f"{value:12.2f}" for value in values))


if __name__ == "__main__":
    main()

"""What waiting costs: median lag × median status requests ÷ duration, for our schedule and fixed intervals.

Simulated: the schedule is a pure function. Durations spread by ±15 %; where experience counts, 20
past durations of the same spread are known; progress is linear and comes in whole percents. A sample
is repeated in real time: 20 jobs by the whole engine, their lag as the journal has it.

python -m benchmarks.waiting
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.machine import heading
from benchmarks.row import Row
from benchmarks.service import environment, served, tasks_of
from tests.fixtures.orders import new_request
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import kind_of, order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.engine.polling_schedule import ProgressReport, next_delay
from vidgo_notebook.store.journal.journal import Entry, Journal

DURATIONS = (0.5, 3.0, 8.0, 20.0, 60.0)
SAMPLED = (0.5, 3.0, 8.0)
JOBS, REAL_JOBS, PAST = 500, 20, 20
SPREAD = 0.15
Delay = Callable[[float, Sequence[ProgressReport], Sequence[float]], float]


def product(delay: Delay, typical: float, *, past: bool, progress: bool) -> float:
    """Median lag (s) × median requests ÷ typical duration (s)."""
    chance = random.Random(typical)
    runs = [one_job(delay, typical, chance, past=past, progress=progress) for _ in range(JOBS)]
    return median(lag for lag, _ in runs) * median(requests for _, requests in runs) / typical


def one_job(delay: Delay, typical: float, chance: random.Random, *, past: bool, progress: bool) -> tuple[float, int]:
    """The lag in seconds and the number of requests of one job."""
    spread = lambda: typical * chance.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: E731
    known = [spread() for _ in range(PAST)] if past else []
    end, age, requests, reports = spread(), 0.0, 0, list[ProgressReport]()
    while True:
        age += delay(age, reports, known)
        requests += 1
        if age >= end:
            return age - end, requests
        if progress:
            reports.append((age, float(int(100 * age / end))))


def fixed(interval: float) -> Delay:
    return lambda _age, _reports, _past: interval


def in_real_time(typical: float, *, past: bool, progress: bool) -> float:
    """The same by the engine, with journal and store, against a server that knows when each task was finished."""
    with tempfile.TemporaryDirectory() as home, served(typical, spread=SPREAD, progress=progress) as base_url:
        os.environ.update(environment(base_url, Path(home)))
        session = Session(Vidgo(), attended=lambda: False, ask=lambda _: False)
        requests = [new_request(session, f"{number}", quality="low") for number in range(REAL_JOBS)]
        if past:
            journal, kind = session.journal, kind_of(requests[0], session.target.provider)
            journal.commit(partial(_remember, journal, kind, typical))
        jobs = order_jobs(session, requests, PurchaseChoices(yes=True))
        for job in jobs:
            job.result()
        entries, tasks = [session.journal.entry(job.id) for job in jobs], tasks_of(base_url)
        session.close()
    seen = [(entry.rendered_at or 0.0, *tasks[entry.record.task_id or ""]) for entry in entries if entry]
    return median(known - end for known, end, _ in seen) * median(asked for _, _, asked in seen) / typical


def _remember(journal: Journal, kind: str, typical: float) -> None:
    """Write jobs of the past into the journal, as long as such jobs take."""
    chance = random.Random(typical)
    for number in range(PAST):
        record = JobRecord(f"past{number}", f"{number:064}")
        entry = Entry(record, "", "", "", kind, "", "", "", "us", 0.0, 0.0)
        journal.claim(entry)
        sent, ended = replace(record, state=JobState.SUBMITTING), replace(record, state=JobState.FETCHING)
        journal.move(sent, "Submitting", "us", 0.0, before=JobState.PLANNED)
        took = typical * chance.uniform(1 - SPREAD, 1 + SPREAD)
        journal.move(ended, "Rendered", "us", took, before=JobState.SUBMITTING)
        journal.move(replace(ended, state=JobState.FINISHED), "Stored", "us", took, before=JobState.FETCHING)


def rows(*, short: bool) -> Iterator[Row]:
    """The schedule, simulated, where it is worst, beside a fixed interval; the goals are what it once reached."""
    del short  # it takes seconds
    fixed_interval = max(product(fixed(1), each, past=False, progress=False) for each in DURATIONS)
    known = {
        "nothing known": (False, False, 1.0),
        "20 past durations": (True, False, 0.26),
        "and progress": (True, True, 0.06),
    }
    for name, (past, progress, goal) in known.items():
        ours = max(product(next_delay, each, past=past, progress=progress) for each in DURATIONS)
        yield Row(
            f"lag × requests ÷ duration, {name}", ours, "", "asking once a second", fixed_interval, goal_times=goal
        )


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
        if delay is next_delay:
            measured = [in_real_time(duration, past=past, progress=progress) for duration in SAMPLED]
            print(f"{'  in real time':36}" + "".join(f"{value:12.2f}" for value in measured), flush=True)


if __name__ == "__main__":
    main()

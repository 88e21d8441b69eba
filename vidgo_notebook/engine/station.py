"""A worker's side of a batch: one engine for the whole process, whatever parts it is given."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import replace
from functools import partial

from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.engine import Account, Engine
from vidgo_notebook.engine.handles import Job
from vidgo_notebook.engine.owner import LEASE_SECONDS, new_owner
from vidgo_notebook.engine.pace import Pace
from vidgo_notebook.engine.parts import Desk, Outcome, Part, Report, Task, outcome_of, report_of
from vidgo_notebook.engine.purchase import Purchase
from vidgo_notebook.engine.purse import Purse
from vidgo_notebook.engine.turns import Leases, SharedTurns
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import learn_passwords
from vidgo_notebook.store.journal import Journal
from vidgo_notebook.store.results import ResultStore

_STATIONS_KEPT = 3

_TICK = 0.5
"""Seconds between two reports, and between two looks whether another worker was asked to slow down."""

Reporter = Callable[[Sequence[Report], Sequence[Outcome]], None]
"""Hears of the jobs that moved, and of those that ended."""


class Station:
    """Journal, store, engine and account of a worker process. Its methods may be called from any thread."""

    def __init__(self, desk: Desk, leases: Leases) -> None:
        self._desk = desk
        self._leases = leases
        self._purse = Purse()
        self._pace: Pace | None = None
        self._open = 0
        self._store = ResultStore(desk.store)
        self._journal = Journal(desk.journal)
        self._engine = Engine(self._journal, new_owner(), desk.timeout)
        self._account = Account(desk.open_vendor, self._purse, self._new_pace)

    def close(self) -> None:
        """End the work; what the service holds is let go, for others to carry on."""
        self._engine.stop()
        self._journal.close()

    def carry(self, part: Part, report: Reporter) -> list[Outcome]:
        """Carry the jobs of a part to their ends; what an earlier worker left of them is taken up."""
        self._open += 1
        try:
            return self._carry(part, report)
        finally:
            self._open -= 1

    @property
    def idle(self) -> bool:
        """Whether it carries no part now."""
        return self._open == 0

    def _carry(self, part: Part, report: Reporter) -> list[Outcome]:
        jobs = {task.entry.record.job_id: self._begin(part, task) for task in part.tasks}
        for job in jobs.values():
            job.companions = list(jobs.values())
        told = _Told(jobs)
        while not all(job.done() for job in jobs.values()):
            wait(jobs.values(), _TICK)
            report(*told.news())
            self._look_for_pauses()
        return [outcome_of(planned, job) for planned, job in jobs.items()]

    def _begin(self, part: Part, task: Task) -> Job:
        planned = task.entry
        job = Job(task.request, task.quote, planned.record, planned.provider)
        self._purse.reserve({job.id: task.quote}, None)
        if known := self._journal.entry(job.id):
            purchase = Purchase(job, known, self._store, part.allowance)
            self._engine.resume(purchase, self._account)
        else:
            until = time.time() + LEASE_SECONDS
            entry = replace(planned, owner=self._engine.owner, lease_until=until)
            self._engine.buy(Purchase(job, entry, self._store, part.allowance), self._account)
        return job

    def _new_pace(self, clock: Clock) -> Pace:
        self._pace = Pace(clock, turns=SharedTurns(self._leases), tell=self._tell_others)
        return self._pace

    def _tell_others(self, until: float) -> None:
        self._engine.write(lambda journal: journal.pause(self._desk.api, until))

    def _look_for_pauses(self) -> None:
        with suppress(StoreError):  # a journal that is away: the next look tells
            if self._pace:
                self._pace.pause_until(self._journal.paused_until(self._desk.api))


class _Told:
    """Which jobs have moved since they were last told of."""

    def __init__(self, jobs: dict[str, Job]) -> None:
        self._jobs = jobs
        self._moved: set[str] = set()
        self._ended: set[str] = set()
        for planned, job in jobs.items():
            job.watch(partial(self._note, planned))

    def news(self) -> tuple[list[Report], list[Outcome]]:
        """What has changed."""
        moved, self._moved = self._moved, set()
        reports = [report_of(planned, self._jobs[planned]) for planned in sorted(moved)]
        ended = [planned for planned, job in self._jobs.items() if job.done() and planned not in self._ended]
        self._ended.update(ended)
        return reports, [outcome_of(planned, self._jobs[planned]) for planned in ended]

    def _note(self, planned: str, _: Job) -> None:
        self._moved.add(planned)


class _Process:
    """One process, one station for each desk: the leases and the loop depend on it."""

    lock = threading.Lock()
    stations: dict[Desk, Station] = {}  # noqa: RUF012  it is the process's, not an object's


def station(desk: Desk, leases: Callable[[], Leases]) -> Station:
    """The station of this process for a desk. Raises StoreError if there can be no journal."""
    with _Process.lock:
        if desk not in _Process.stations:
            if not _Process.stations:
                atexit.register(close_all)
                # Addresses travel without their passwords: a worker has those of its own environment.
                learn_passwords(os.environ.get(name, "") for name in ("VIDGO_STORE", "VIDGO_JOURNAL"))
            if len(_Process.stations) >= _STATIONS_KEPT:
                _close_idle()
            _Process.stations[desk] = Station(desk, leases())
        return _Process.stations[desk]


def _close_idle() -> None:
    """Each holds connections, and whoever it worked for may be long gone."""
    for desk in [desk for desk, each in _Process.stations.items() if each.idle]:
        _Process.stations.pop(desk).close()


def close_all() -> None:
    """Close every station of this process."""
    with _Process.lock:
        closing, _Process.stations = list(_Process.stations.values()), {}
    for each in closing:
        each.close()

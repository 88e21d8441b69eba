"""A worker's side of a batch: one engine for the whole process, whatever parts it is given."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import replace
from functools import partial

from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.cluster.messages import Chunk, Outcome, Report, Task, WorkerConfig, outcome_of, report_of
from vidgo_notebook.engine.cluster.shared_limit import Leases, SharedLimiter
from vidgo_notebook.engine.engine import Account, Engine
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.lease import LEASE_SECONDS, new_owner
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import learn_passwords
from vidgo_notebook.store.journal.journal import Entry, Journal
from vidgo_notebook.store.results.result_store import ResultStore

_STATIONS_KEPT = 3

_PARTS_AT_A_TIME = 8
"""A part whose jobs are all at the service only waits; this many may, and no more are in flight should we be lost."""

_AT_THE_SERVICE = (JobState.NOT_STARTED, JobState.RUNNING)

_TICK = 0.5
"""Seconds between two reports, and between two looks whether another worker was asked to slow down."""

Reporter = Callable[[Sequence[Report], Sequence[Outcome]], None]
"""Hears of the jobs that moved, and of those that ended."""


class Worker:
    """Journal, store, engine and account of a worker process. Its methods may be called from any thread."""

    def __init__(self, desk: WorkerConfig, leases: Leases) -> None:
        self._desk = desk
        self._leases = leases
        self._budget = Budget()
        self._limiter: RateLimiter | None = None
        self._turns: SharedLimiter | None = None
        self._open: set[tuple[str, int]] = set()
        self._looked_at = 0.0
        self._store = ResultStore(desk.store)
        self._journal = Journal(desk.journal)
        self._engine = Engine(self._journal, new_owner(), desk.timeout)
        self._account = Account(desk.connect, self._budget, self._new_limiter)

    def close(self) -> None:
        """End the work; what the service holds is let go, for others to carry on."""
        self._engine.stop()
        if self._turns:
            self._turns.close()
        self._journal.close()

    def run_purchases(self, part: Chunk, report: Reporter, step_aside: Callable[[], None]) -> list[Outcome]:
        """Carry the jobs of a part to their ends; what an earlier worker left of them is taken up.

        ``step_aside`` is called once, when there is room here for another part beside this one.
        Raises StoreError, and sends nothing, if journal or store can't be used: parts that follow one whose
        pictures could not be stored must not buy more of them.
        """
        self._store.check_writable()
        open_part = (part.topic, part.number)
        self._open.add(open_part)
        try:
            return self._carry(part, report, step_aside)
        finally:
            self._open.discard(open_part)

    @property
    def idle(self) -> bool:
        """Whether it carries no part now."""
        return not self._open

    def _carry(self, part: Chunk, report: Reporter, step_aside: Callable[[], None]) -> list[Outcome]:
        known = self._journal.entries_of([task.entry.record.job_id for task in part.tasks])
        jobs = {task.entry.record.job_id: self._begin(part, task, known) for task in part.tasks}
        companions = list(jobs.values())
        for job in companions:
            job.companions = companions
        told, stepped_aside = _Told(jobs), False
        while not all(job.done() for job in jobs.values()):
            wait(jobs.values(), _TICK)
            report(*told.news())
            self._look_for_pauses()
            if not stepped_aside and self._has_room_beside(jobs.values()):
                stepped_aside = True
                step_aside()
        return [outcome_of(planned, job) for planned, job in jobs.items()]

    def _has_room_beside(self, jobs: Collection[Job]) -> bool:
        only_waiting = all(job.done() or job.record.state in _AT_THE_SERVICE for job in jobs)
        return only_waiting and len(self._open) < _PARTS_AT_A_TIME

    def _begin(self, part: Chunk, task: Task, known: Mapping[str, Entry]) -> Job:
        planned = task.entry
        job = Job(task.request, task.quote, planned.record, planned.provider)
        self._budget.reserve({job.id: task.quote}, None)
        if found := known.get(job.id):
            purchase = Purchase(job, found, self._store, part.allowance)
            self._engine.resume(purchase, self._account)
        else:
            until = time.time() + LEASE_SECONDS
            entry = replace(planned, owner=self._engine.owner, lease_until=until)
            self._engine.buy(Purchase(job, entry, self._store, part.allowance), self._account)
        return job

    def _new_limiter(self, clock: Clock) -> RateLimiter:
        self._turns = SharedLimiter(self._leases)
        self._limiter = RateLimiter(clock, turns=self._turns, tell=self._tell_others)
        return self._limiter

    def _tell_others(self, until: float) -> None:
        self._engine.write(lambda journal: journal.pause(self._desk.api, until))

    def _look_for_pauses(self) -> None:
        if time.monotonic() - self._looked_at < _TICK / 2:  # for another part
            return
        self._looked_at = time.monotonic()
        with suppress(StoreError):  # a journal that is away: the next look tells
            if self._limiter:
                self._limiter.pause_until(self._journal.paused_until(self._desk.api))


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
    stations: dict[WorkerConfig, Worker] = {}  # noqa: RUF012  it is the process's, not an object's


def station(desk: WorkerConfig, leases: Callable[[], Leases]) -> Worker:
    """The station of this process for a desk. Raises StoreError if there can be no journal."""
    with _Process.lock:
        if desk not in _Process.stations:
            if not _Process.stations:
                atexit.register(close_all)
                # Addresses travel without their passwords: a worker has those of its own environment.
                learn_passwords(os.environ.get(name, "") for name in ("VIDGO_STORE", "VIDGO_JOURNAL"))
            if len(_Process.stations) >= _STATIONS_KEPT:
                _close_idle()
            _Process.stations[desk] = Worker(desk, leases())
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

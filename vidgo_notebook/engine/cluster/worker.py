"""A worker's side of a batch: one engine for the whole process, which runs every chunk that the worker receives."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import replace

from vidgo_notebook.domain.catalogue import know
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.cluster.messages import Change, Chunk, Outcome, Task, WorkerConfig, change_of, outcome_of
from vidgo_notebook.engine.cluster.shared_limit import Leases, SharedPause, SharedSlots
from vidgo_notebook.engine.engine import Account, Engine
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.lease import new_owner
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.engine.request_slots import RequestKind
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import remember_passwords
from vidgo_notebook.store.journal.journal import Entry, Journal
from vidgo_notebook.store.results.result_store import ResultStore

_WORKERS_KEPT = 3

_CHUNKS_AT_A_TIME = 8
"""A chunk whose jobs are all at the service only waits. More than this many would put more jobs at risk with one
worker."""

_AT_THE_SERVICE = (JobState.NOT_STARTED, JobState.RUNNING)

_TICK = 0.5
"""Seconds between two reports, and between two checks whether another worker was rate limited."""

Reporter = Callable[[Sequence[Change], Sequence[Outcome]], None]
"""Receives the jobs that changed, and those that ended."""


class Worker:
    """Journal, store, engine and account of a worker process. Its methods may be called from any thread."""

    def __init__(self, config: WorkerConfig, leases: Callable[[RequestKind], Leases]) -> None:
        self._config = config
        self._leases = {kind: leases(kind) for kind in RequestKind}
        self._budget = Budget()
        self._limiter: RateLimiter | None = None
        self._slots: SharedSlots | None = None
        self._open: set[tuple[str, int]] = set()
        self._pause_checked = 0.0
        self._store = ResultStore(config.store)
        self._journal = Journal(config.journal)
        self._pause = SharedPause(self._journal, config.api)
        self._engine = Engine(self._journal, new_owner(), lambda: config.timeout)
        self._account = Account(config.connect, self._budget, self._new_limiter)

    def close(self) -> None:
        """End the work; other processes may take over what the service has accepted."""
        self._engine.stop()
        if self._slots:
            self._slots.close()
        self._journal.close()

    def run(self, chunk: Chunk, report: Reporter, secede: Callable[[], None]) -> list[Outcome]:
        """Run the jobs of a chunk to their ends; those that an earlier worker began are resumed.

        ``secede`` is called once, when another chunk may run here beside this one.
        Raises StoreError, and sends nothing, if journal or store can't be used: chunks that follow one whose
        pictures could not be stored must not buy more of them.
        """
        know(chunk.models)
        self._store.check_writable()
        key = (chunk.topic, chunk.number)
        self._open.add(key)
        try:
            known = self._journal.entries_of([task.entry.record.job_id for task in chunk.tasks])
            jobs = {task.entry.record.job_id: self._begin(chunk, task, known) for task in chunk.tasks}
            companions = list(jobs.values())
            for job in companions:
                moving.tracking(job).companions = companions
            changes, seceded = _Changes(jobs), False
            while not all(job.done() for job in companions):
                wait(companions, _TICK)
                report(*changes.collect())
                self._adopt_pause()
                only_waiting = all(job.done() or moving.state(job) in _AT_THE_SERVICE for job in companions)
                if not seceded and only_waiting and len(self._open) < _CHUNKS_AT_A_TIME:
                    seceded = True
                    secede()
            return [outcome_of(planned, job) for planned, job in jobs.items()]
        finally:
            self._open.discard(key)

    @property
    def idle(self) -> bool:
        """Whether it runs no chunk now."""
        return not self._open

    def _begin(self, chunk: Chunk, task: Task, known: Mapping[str, Entry]) -> Job:
        planned = task.entry
        job = Job(task.request, task.quote, planned.record, planned.provider)
        self._budget.reserve({job.id: task.quote}, None)
        if found := known.get(job.id):
            purchase = Purchase(job, found, self._store, chunk.allowance)
            self._engine.resume(purchase, self._account)
        else:
            entry = replace(planned, owner=self._engine.owner)
            self._engine.buy(Purchase(job, entry, self._store, chunk.allowance), self._account)
        return job

    def _new_limiter(self, clock: Clock) -> RateLimiter:
        def share_pause(seconds: float) -> None:
            self._engine.write(lambda _: self._pause.share(seconds))

        self._slots = SharedSlots(self._leases)
        self._limiter = RateLimiter(clock, slots=self._slots, on_pause=share_pause)
        return self._limiter

    def _adopt_pause(self) -> None:
        """Pause here too when another worker was rate limited; looked up once per tick, however many chunks run."""
        if time.monotonic() - self._pause_checked < _TICK / 2:
            return
        self._pause_checked = time.monotonic()
        with suppress(StoreError):  # the journal is unavailable: the next tick tries again
            if self._limiter and (seconds := self._pause.news()):
                self._limiter.pause_for(seconds)


class _Changes:
    """Which jobs changed and which ended since the last report."""

    def __init__(self, jobs: dict[str, Job]) -> None:
        self._jobs = jobs
        self._moved: set[Job] = set()
        self._ended: set[str] = set()
        for job in jobs.values():
            moving.watch(job, self._moved.add)

    def collect(self) -> tuple[list[Change], list[Outcome]]:
        """What has changed since the last call."""
        changes, outcomes = [], []
        for planned, job in self._jobs.items():
            if job in self._moved:
                self._moved.discard(job)  # first: what changes from here on is reported again
                changes.append(change_of(planned, job))
            if job.done() and planned not in self._ended:
                self._ended.add(planned)
                outcomes.append(outcome_of(planned, job))
        return changes, outcomes


class _Process:
    """One worker per configuration in a process: the leases and the loop depend on it."""

    lock = threading.Lock()
    workers: dict[WorkerConfig, Worker] = {}  # noqa: RUF012  it is the process's, not an object's


def worker_for(config: WorkerConfig, leases: Callable[[RequestKind], Leases]) -> Worker:
    """This process's worker for a configuration. Raises StoreError if its journal can't be opened."""
    with _Process.lock:
        workers = _Process.workers
        if config not in workers:
            if not workers:
                atexit.register(close_all)
                # Addresses travel without their passwords: a worker has those of its own environment.
                remember_passwords(os.environ.get(name, "") for name in ("VIDGO_STORE", "VIDGO_JOURNAL"))
            if len(workers) >= _WORKERS_KEPT:  # each keeps connections open, perhaps for a notebook that has ended
                for idle in [each for each, worker in workers.items() if worker.idle]:
                    workers.pop(idle).close()
            workers[config] = Worker(config, leases)
        return workers[config]


def close_all() -> None:
    """Close every worker of this process."""
    with _Process.lock:
        closing, _Process.workers = list(_Process.workers.values()), {}
    for each in closing:
        each.close()

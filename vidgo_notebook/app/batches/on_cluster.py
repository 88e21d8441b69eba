"""A cluster that carries a batch: settled here as a whole, carried there, shown here as it arrives."""

from __future__ import annotations

import contextvars
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.connect import connect
from vidgo_notebook.app.keys import KeyRing
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.cluster.dask import DaskExecutor, Secret
from vidgo_notebook.engine.cluster.messages import Chunk, Outcome, Report, Task, WorkerConfig, as_reported
from vidgo_notebook.engine.engine import Account
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.intent import Connection, Purchase
from vidgo_notebook.errors import AuthenticationError, VidgoError
from vidgo_notebook.store.journal.journal import Journal

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_MOST_IN_A_PART = 250  # jobs: all of a part are in flight at once, and what is lost with a worker is looked up again


class ClusterExecutor:
    """The workers of ``client`` as whoever carries this session's jobs. RequestError for what is no client."""

    def __init__(self, session: Session, client: Any, *, share_key: bool = False) -> None:
        self._session = session
        self._cluster = DaskExecutor(client)
        self._share_key = share_key
        self._workers = 1
        self._target: Target | None = None

    def check(self, target: Target) -> None:
        """Whether every worker can buy there and keep it here. Raises RequestError, StoreError; sends nothing."""
        self._target = target
        self._give_key()
        self._workers = self._cluster.check(self._desk(target))

    def prepare(self, purchases: Sequence[Purchase], account: Account) -> Callable[[], None]:
        """Write the approved prices into the journal; what then carries the jobs. Raises StoreError.

        Pictures made from files of this machine are carried here: only here can they be uploaded.
        """
        assert self._target
        far = [each for each in purchases if _may_travel(each)]
        near = [each for each in purchases if not _may_travel(each)]
        batch = uuid.uuid4().hex
        paid = self._target.api != IN_KERNEL
        if paid:  # an emulator's jobs cost nothing, and begin anew when its process ends
            prices = [(each.job.fingerprint, each.job.quote.total) for each in far]
            journal = self._session.journal
            journal.commit(lambda: journal.allow(batch, prices))
        sent = _Sent(self._session, batch if paid else "", {each.job.id: each.job for each in far}, account.budget)
        parts = list(self._parts(far, batch if paid else "", f"vidgo-{batch}"))
        return partial(self._carry, parts, sent, near, account)

    def _carry(self, parts: Sequence[Chunk], sent: _Sent, near: Sequence[Purchase], account: Account) -> None:
        self._session.run_purchases(near, account)
        self._cluster.run_purchases(parts, sent.hear, sent.end, self._mended)

    def _parts(self, purchases: Sequence[Purchase], allowance: str, topic: str) -> Iterator[Chunk]:
        assert self._target
        size = max(1, min(_MOST_IN_A_PART, ceil(len(purchases) / self._workers)))
        for number, start in enumerate(range(0, len(purchases), size)):
            tasks = [Task(each.job.request, each.job.quote, each.entry) for each in purchases[start : start + size]]
            yield Chunk(number, allowance, topic, self._desk(self._target), tuple(tasks))

    def _desk(self, target: Target) -> WorkerConfig:
        session = self._session
        timeout = session.settings.timeout
        return WorkerConfig(
            session.settings.journal, session.store.address, target.api, timeout, WorkerConnector(target)
        )

    def _give_key(self) -> None:
        if self._share_key and self._target and self._target.mode == "live":
            self._cluster.share(take_key, Secret(self._session.keys.key().reveal()))

    def _mended(self, error: VidgoError) -> bool:
        """A worker that started anew does not have the key it was given."""
        if not (self._share_key and isinstance(error, AuthenticationError)):
            return False
        try:
            self._give_key()
        except VidgoError:
            return False
        return True


def _may_travel(purchase: Purchase) -> bool:
    return all(reference.kind == "url" for reference in purchase.job.request.references)


class _Sent:
    """The jobs of one batch that are out with the workers, by the names they were planned under."""

    def __init__(self, session: Session, allowance: str, jobs: dict[str, Job], budget: Budget) -> None:
        self._session = session
        self._allowance = allowance
        self._jobs = jobs
        self._budget = budget
        self._ending = False
        # A thread of our own, begun in a fresh context: what a job's watchers display must not go to the cell
        # in which Dask's client was made.
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="vidgo-team")
        contextvars.Context().run(self._aside.submit, bool)
        for job in jobs.values():
            job.add_done_callback(self._withdraw_if_stopped)

    def hear(self, reports: Sequence[Report], outcomes: Sequence[Outcome]) -> None:
        """Some jobs moved, some ended."""
        self._aside.submit(self._hear, reports, outcomes)

    def end(self, part: Chunk, error: VidgoError) -> None:
        """A part ended before its time: its jobs end with it."""
        self._aside.submit(self._end, part, error)

    def _hear(self, reports: Sequence[Report], outcomes: Sequence[Outcome]) -> None:
        for report in reports:
            self._move(self._jobs[report[0]], report)
        for outcome in outcomes:
            self._conclude(outcome)

    def _move(self, job: Job, report: Report) -> None:
        record = as_reported(job.record, report)
        if job.done() or record.state.ended:  # how it ended comes with its outcome
            return
        if not record.state.unsent and not job.running():
            job.set_running_or_notify_cancel()  # it can't be stopped any more
            job.began = time.time()
        job.mirror(record)

    def _conclude(self, outcome: Outcome) -> None:
        job = self._jobs[outcome.planned]
        self._settle(outcome)  # also of one that was stopped here too late
        if outcome.ends_all and not self._ending:
            self._stop_the_rest(outcome.ends_all)
        if job.done():
            return
        job.notes += outcome.notes
        job.mirror(outcome.record)
        if outcome.result:
            job.finish(Result(outcome.result, None, self._session.store))
        else:
            error = outcome.error
            if error and hasattr(error, "job"):
                error.job = job
            job.fail(error or VidgoError(f"Job {job.id} brought no picture."))

    def _settle(self, outcome: Outcome) -> None:
        """What the purse set aside is spent, kept for a bill that may come, or free again."""
        record = outcome.record
        ours = record.job_id == outcome.planned  # and not one that it joined, which somebody else pays for
        billed = outcome.result or (ours and record.state is JobState.FETCHING)
        if billed and record.charge != Decimal(0):
            self._budget.pay(outcome.planned)
        elif outcome.result or not record.state.may_yet_be_billed:
            self._budget.release(outcome.planned)

    def _end(self, part: Chunk, error: VidgoError) -> None:
        for task in part.tasks:
            job = self._jobs[task.entry.record.job_id]
            if not job.done():
                job.fail(error)
                self._withdraw(job)

    def _stop_the_rest(self, why: VidgoError) -> None:
        """Nothing more of the batch is sent; what a worker has sent, though we do not know it yet, goes on."""
        self._ending = True
        unsent = [job for job in self._jobs.values() if job.record.state.unsent and not job.done()]
        withdrawn: list[Job] = []

        def withdraw(journal: Journal) -> None:
            withdrawn[:] = [job for job in unsent if journal.withdraw(self._allowance, job.fingerprint)]

        def stop(written: Future[None]) -> None:
            self._ending = written.exception() is None  # else the next one that ends so tries again
            for job in withdrawn if self._ending else ():
                self._budget.release(job.id)
                job.stopped_by = why
                job.stop()

        self._session.engine.write(withdraw).add_done_callback(lambda written: self._aside.submit(stop, written))

    def _withdraw_if_stopped(self, job: Any) -> None:
        if job.cancelled():
            self._withdraw(job)

    def _withdraw(self, job: Job) -> None:
        """It has ended here: no worker may send it any more, and unless one has, it will cost nothing."""
        batch, wanted, name = self._allowance, job.fingerprint, job.id
        if not batch:
            self._budget.release(name)
            return

        def withdraw(journal: Journal) -> None:
            if journal.withdraw(batch, wanted):
                self._budget.release(name)

        self._session.engine.write(withdraw)


# On a worker

_KEYS = KeyRing()


def take_key(secret: Secret) -> None:
    """Use this key from now on in this process."""
    _KEYS.type_in(secret.value)


@dataclass(frozen=True)
class WorkerConnector:
    """Connects a worker to where the notebook's requests go."""

    target: Target

    def __call__(self) -> Connection:
        """Connect. Raises AuthenticationError where a key is needed and there is none."""
        return connect(self.target, _KEYS.key() if self.target.mode == "live" else None)

    def check(self) -> None:
        """Raise AuthenticationError if a key is needed and there is none."""
        if self.target.mode == "live" and not _KEYS.source:
            raise AuthenticationError(
                "it has no API key",
                hint="Set VIDGO_API_KEY where the workers start; over TLS, share_key=True sends them yours.",
            )

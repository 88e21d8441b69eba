"""A batch on a Dask cluster: approved here as a whole, run by the workers, shown here as it arrives."""

from __future__ import annotations

import contextvars
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.connect import connect
from vidgo_notebook.app.keys import KeyRing
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.catalogue import own_models
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.cluster.dask import DaskExecutor, Secret
from vidgo_notebook.engine.cluster.messages import Change, Chunk, Outcome, Task, WorkerConfig, changed
from vidgo_notebook.engine.engine import Account
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import is_free
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.intent import Connection, Purchase
from vidgo_notebook.errors import AuthenticationError, VidgoError
from vidgo_notebook.store.journal.journal import Journal

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_CHUNK_SIZE = 250  # jobs: all of a chunk are in flight at once, and those lost with a worker are looked up again


class ClusterExecutor:
    """Runs a session's jobs on the workers of ``client``. RequestError if that is not a Dask client."""

    def __init__(self, session: Session, client: Any, *, share_key: bool = False) -> None:
        self._session = session
        self._cluster = DaskExecutor(client)
        self._share_key = share_key
        self._workers = 1
        self._target: Target | None = None

    def check(self, target: Target) -> None:
        """Raise RequestError or StoreError if a worker can't buy from ``target`` or write to this store; sends
        nothing."""
        self._target = target
        self._give_key()
        self._workers = self._cluster.check(self._config(target))

    def prepare(self, purchases: Sequence[Purchase], account: Account) -> Callable[[], None]:
        """Write the approved prices into the journal; the function returned runs the jobs. Raises StoreError.

        Edits of this machine's files run here: only this process can upload them.
        """
        assert self._target
        remote = [each for each in purchases if _runs_anywhere(each)]
        batch = uuid.uuid4().hex
        allowance = ""
        if self._target.api != IN_KERNEL:  # an emulator's jobs cost nothing, and begin anew when its process ends
            allowance, journal = batch, self._session.journal
            prices = [(each.job.fingerprint, each.job.quote.total) for each in remote]
            journal.commit(lambda: journal.allow(allowance, prices))
        sent = _SentJobs(self._session, allowance, {each.job.id: each.job for each in remote}, account.budget)
        size = max(1, min(_CHUNK_SIZE, ceil(len(remote) / self._workers)))
        tasks = [Task(each.job.request, each.job.quote, each.entry) for each in remote]
        config = self._config(self._target)
        chunks = [
            Chunk(number, allowance, f"vidgo-{batch}", config, tuple(tasks[start : start + size]), own_models())
            for number, start in enumerate(range(0, len(tasks), size))
        ]

        def run() -> None:
            self._session.run_purchases([each for each in purchases if not _runs_anywhere(each)], account)
            self._cluster.run(chunks, sent.update, sent.end, self._gave_key_again)

        return run

    def _config(self, target: Target) -> WorkerConfig:
        settings, store = self._session.settings, self._session.store
        return WorkerConfig(
            settings.journal,
            store.address,
            target.api,
            settings.timeout,
            WorkerConnector(target),
            settings.cluster_concurrency,
        )

    def _give_key(self) -> None:
        if self._share_key and self._target and self._target.mode == "live":
            self._cluster.share(take_key, Secret(self._session.keys.key().reveal()))

    def _gave_key_again(self, error: VidgoError) -> bool:
        """Whether a chunk that ended so can be sent again: a worker that was restarted has lost the key."""
        if not (self._share_key and isinstance(error, AuthenticationError)):
            return False
        try:
            self._give_key()
        except VidgoError:
            return False
        return True


def _runs_anywhere(purchase: Purchase) -> bool:
    return all(reference.kind == "url" for reference in purchase.job.request.references)


class _SentJobs:
    """The jobs of one batch that the workers run, by the ids they were planned under."""

    def __init__(self, session: Session, allowance: str, jobs: dict[str, Job], budget: Budget) -> None:
        self._session = session
        self._store = session.store  # that of the workers, whatever is set later
        self._allowance = allowance
        self._jobs = jobs
        self._budget = budget
        session.on_workers.update(jobs)
        self._ending = False
        # A thread of its own, started in a fresh context: what a job's callbacks display must not appear in the
        # cell in which Dask's client was made.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vidgo-cluster")
        contextvars.Context().run(self._thread.submit, bool)
        for job in jobs.values():
            job.add_done_callback(self._withdraw_if_stopped)

    def update(self, changes: Sequence[Change], outcomes: Sequence[Outcome]) -> None:
        """Show that some jobs moved, and that some ended."""
        self._thread.submit(self._update, changes, outcomes)

    def end(self, chunk: Chunk, error: VidgoError) -> None:
        """End the jobs of a chunk that ended before they did."""
        self._thread.submit(self._end, chunk, error)

    def _update(self, changes: Sequence[Change], outcomes: Sequence[Outcome]) -> None:
        for change in changes:
            if job := self._jobs.get(change[0]):
                self._move(job, change)
        for outcome in outcomes:
            if outcome.planned in self._jobs and self._is_about_its_job(outcome):
                self._finish(outcome)

    def _is_about_its_job(self, outcome: Outcome) -> bool:
        """A picture of another request is not taken for this job's, from whichever worker."""
        wanted, found = self._jobs[outcome.planned].fingerprint, outcome.result
        return outcome.record.fingerprint == wanted and (found is None or found.fingerprint == wanted)

    def _move(self, job: Job, change: Change) -> None:
        record = changed(moving.record(job), change)
        if record.state.ended:  # how it ended comes with its outcome
            return
        if self._is_billed(job, change[0], record):
            self._budget.spend(change[0])
        if not record.state.unsent and record.job_id == change[0]:
            self._reopen_if_stopped(job)
        if job.done():
            return
        if not record.state.unsent and not job.running():
            moving.begin_sending(job)  # it can't be stopped any more
            moving.sent_at(job, time.time())
        moving.mirror(job, record)

    def _finish(self, outcome: Outcome) -> None:
        job, record = self._jobs[outcome.planned], outcome.record
        self._session.on_workers.discard(outcome.planned)
        # The budget counts a job that was stopped here too late as well.
        if self._is_billed(job, outcome.planned, record, made=bool(outcome.result)):
            self._budget.spend(outcome.planned)
            self._reopen_if_stopped(job)
        elif outcome.result or not record.state.may_yet_be_billed:
            self._budget.release(outcome.planned)
        if outcome.ends_all and not self._ending:
            self._stop_the_rest(outcome.ends_all)
        if job.done():
            return
        job.notes += outcome.notes
        moving.mirror(job, record)
        if outcome.result:
            moving.finish(job, Result(outcome.result, None, self._store))
        else:
            error = outcome.error
            if error and hasattr(error, "job"):
                error.job = job
            moving.fail(job, error or VidgoError(f"Job {job.id} produced no image."))

    def _is_billed(self, job: Job, planned: str, record: JobRecord, *, made: bool = False) -> bool:
        """Whether the picture is made, though its file may still be missing, and this batch pays for it: a job that
        it joined is paid for by the process that bought it."""
        own = record.job_id == planned and record.state is JobState.FETCHING
        return (made or own) and (record.charge != Decimal(0) or is_free(job))

    def _reopen_if_stopped(self, job: Job) -> None:
        """It was stopped here after a worker had sent it, which is known only now: it goes on, and is billed."""
        if job.cancelled() and self._allowance:
            moving.reopen(job)

    def _end(self, chunk: Chunk, error: VidgoError) -> None:
        for task in chunk.tasks:
            job = self._jobs[task.entry.record.job_id]
            self._session.on_workers.discard(job.id)
            if not job.done():
                moving.fail(job, error)
                self._withdraw(job)

    def _stop_the_rest(self, why: VidgoError) -> None:
        """Stop every job that no worker has sent; one that was sent, although no report says so yet, goes on."""
        self._ending = True
        unsent = [job for job in self._jobs.values() if moving.state(job).unsent and not job.done()]
        withdrawn: list[Job] = []

        def withdraw(journal: Journal) -> None:
            withdrawn[:] = [job for job in unsent if journal.withdraw(self._allowance, job.fingerprint)]

        def stop(written: Future[None]) -> None:
            self._ending = written.exception() is None  # otherwise the next such outcome tries again
            for job in withdrawn if self._ending else ():
                self._budget.release(job.id)
                moving.stop(job, why)

        self._session.engine.write(withdraw).add_done_callback(lambda written: self._thread.submit(stop, written))

    def _withdraw_if_stopped(self, job: Any) -> None:
        if job.cancelled():
            self._withdraw(job)

    def _withdraw(self, job: Job) -> None:
        """Forbid the workers to send a job that has ended here; unless one has sent it, it costs nothing."""
        wanted, job_id = job.fingerprint, job.id

        def never_sent() -> None:
            self._budget.release(job_id)
            self._session.on_workers.discard(job_id)

        def withdraw(journal: Journal) -> None:
            if journal.withdraw(self._allowance, wanted):
                never_sent()

        if self._allowance:
            self._session.engine.write(withdraw)
        else:
            never_sent()


# On a worker

_KEYS = KeyRing()


def take_key(secret: Secret) -> None:
    """Use this key in this process from now on."""
    _KEYS.type_in(secret.value)


@dataclass(frozen=True)
class WorkerConnector:
    """Connects a worker to the notebook's target, with the key of its environment or the one it was given."""

    target: Target

    def __call__(self) -> Connection:
        """Connect. Raises AuthenticationError where a key is needed and none is present."""
        return connect(self.target, _KEYS.key() if self.target.mode == "live" else None)

    def check(self) -> None:
        """Raise AuthenticationError where a key is needed and none is present."""
        if self.target.mode == "live" and not _KEYS.source:
            raise AuthenticationError(
                "it has no API key",
                hint="Set VIDGO_API_KEY where the workers start; over TLS, share_key=True sends them yours.",
            )

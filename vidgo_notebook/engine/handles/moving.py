"""Moves and ends jobs: the engine's side of a Job, which is not on the handle that users hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from decimal import Decimal

from vidgo_notebook.domain.job_state import JobEvent, JobRecord, JobState, move
from vidgo_notebook.engine.clock import since_boot
from vidgo_notebook.engine.handles.job import Job, Tracking, Upload
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.log import logger

_NOTHING = Decimal(0)


def tracking(job: Job) -> Tracking:
    """What the engine knows of a job; the only access to it."""
    return job._tracking


def record(job: Job) -> JobRecord:
    """Where the job stands."""
    return tracking(job).record


def state(job: Job) -> JobState:
    """The job's state, with what it means; ``job.status`` is its name."""
    return tracking(job).record.state


def ended_well(job: Job) -> bool:
    """Whether the job has its picture."""
    return job.done() and not job.cancelled() and state(job) is JobState.FINISHED


# Its views


def watch(job: Job, watcher: Callable[[Job], None]) -> None:
    """Call ``watcher(job)`` now, at every change and at the end, from the engine's thread."""
    tracking(job).watchers.append(watcher)
    watcher(job)


def show_activity(job: Job, activity: str) -> None:
    """Show what the job waits for, until its next move."""
    tracking(job).activity = activity
    tracking(job).notify(job)


def show_upload(job: Job, number: int, total: int, size: int) -> None:
    """Show that the ``number``-th of ``total`` images is uploaded, of ``size`` bytes, until ``uploads_ended``."""
    known = tracking(job)
    began = known.upload.since if known.upload else since_boot()
    known.upload = Upload(number, total, size, began)
    known.notify(job)


def uploads_ended(job: Job) -> None:
    """No image of the job is uploaded now."""
    tracking(job).upload = None


# Its moves


def apply(job: Job, event: JobEvent) -> None:
    """Move the job."""
    mirror(job, move(record(job), event))


def mirror(job: Job, now: JobRecord) -> None:
    """Adopt a record, and notify the watchers."""
    known = tracking(job)
    if now.state is not known.record.state:
        logger.info("job %s (%s, %s): %s", job.id, job.request.model, job.provider, now.state.value)
    known.activity = "" if now.state is not known.record.state else known.activity
    known.record = now
    known.notify(job)


def stand_for(job: Job, other: Job) -> None:
    """Make ``job`` another handle on ``other``: the same states, and the same end. Only ``other`` has the cost."""
    _follow(job, other, lambda now: now if now.charge is None else replace(now, charge=_NOTHING))


def reopen(job: Job) -> None:
    """``job`` had ended without a picture, and is under way all the same."""
    tracking(job).reopen(job)


def continue_as(job: Job, other: Job) -> None:
    """``job`` had ended without a picture, and was settled by ``other``: it continues as ``other`` does."""
    tracking(job).reopen(job)
    _follow(job, other, lambda now: now)


def end_again(job: Job, now: JobRecord, error: VidgoError) -> None:
    """``job`` had ended without a picture, and was settled without one."""
    tracking(job).reopen(job)
    mirror(job, now)
    fail(job, error)


def keep_end(job: Job) -> None:
    """Do not look elsewhere for another end of ``job``: the end that it has next is the one its user must see."""
    tracking(job).look_again = None


def when_settled(job: Job, call: Callable[[Job], None]) -> None:
    """Call ``call(job)`` when a job that has ended is resolved and under way again."""
    tracking(job).when_settled.append(call)


def complete(jobs: Iterable[Job]) -> None:
    """Do what follows the end of some jobs, such as saving their files, or wait until that is done."""
    for job in jobs:
        for work in list(tracking(job).afterwards):
            work()


def _follow(job: Job, other: Job, adapted: Callable[[JobRecord], JobRecord]) -> None:
    """The moves and the end of ``other`` are those of ``job``, also once ``other`` is settled."""

    def end(_: Future[Result]) -> None:
        job.notes += other.notes
        if other.cancelled():
            tracking(job).cancel(job)
        elif (error := other.exception()) is not None:
            fail(job, error)
            when_settled(other, lambda _: again())
        else:
            finish(job, other.result())

    def again() -> None:
        tracking(job).reopen(job)
        _follow(job, other, adapted)

    watch(other, lambda other: mirror(job, adapted(record(other))))
    other.add_done_callback(end)


def sent_at(job: Job, moment: float | None) -> None:
    """The job was sent at ``moment``, in seconds since the epoch; None if it was not sent yet.

    The clock is read here once: a clock that is set later does not change how long the job takes so far.
    """
    known = tracking(job)
    if moment != known.began:
        known.began = moment
        known.since = None if moment is None else since_boot() - max(0.0, time.time() - moment)


def begin_sending(job: Job) -> bool:
    """From now on the job can't be cancelled; False if it was."""
    return tracking(job).start(job)


def stop_companions(job: Job, why: VidgoError) -> None:
    """Stop the unsent jobs ordered with this one: they would fail for the same reason."""
    for other in tracking(job).companions:
        if other is not job and state(other).unsent and not other.done():
            stop(other, why)


def stop(job: Job, why: VidgoError) -> None:
    """Stop the job if it was not sent, for the error of another job."""
    tracking(job).stopped_by = why
    job.stop()


def finish(job: Job, result: Result) -> None:
    """End with a result."""
    if not job.done():
        Future.set_result(job, result)


def fail(job: Job, error: BaseException) -> None:
    """End with the error that ``result`` will raise."""
    if not job.done():
        Future.set_exception(job, error)

"""How far a batch is, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Sequence

from vidgo_notebook.engine.clock import since_boot
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import costs_of, format_of
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job, Tracking
from vidgo_notebook.render.progress import Progress, UploadProgress

_TELLING = 10.0  # percent of a job that must be done before the time for the rest follows from them
_ENOUGH = 3  # pictures that must be bought before the time for the rest is estimated from them


def progress_of(batch: Batch, now: float | None = None) -> Progress:
    """How far a batch is; ``now`` is in seconds by ``since_boot``."""
    now = since_boot() if now is None else now
    left = [job for job in batch if not job.done()]
    percents = [_percent(moving.tracking(job), now) for job in left]
    upload = _uploading(left, now)
    if len(batch) == len(left) == 1:  # the card of the only picture has its price
        only = moving.tracking(left[0])
        return Progress(
            percent=percents[0],
            upload=upload,
            state=only.record.state.value,
            activity=only.activity,
            elapsed=_elapsed(only, now),
            expected=_expected(only, now),
        )
    ended = [job for job in batch if job.done()]
    failed = sum(job.exception() is not None for job in ended)
    bought = sum(moving.tracking(job).since is not None and moving.ended_well(job) for job in ended)
    return Progress(
        percent=(100.0 * len(ended) + sum(percents)) / len(batch) if batch else 100.0,
        upload=upload,
        total=len(batch),
        done=len(ended) - failed,
        running=sum(not moving.state(job).unsent for job in left),
        failed=failed,
        sums=costs_of(batch).sums,
        credit_format=format_of(batch),
        seconds_left=_seconds_left(left, bought, now - batch._began, now),
    )


def _uploading(left: Sequence[Job], now: float) -> UploadProgress | None:
    """The upload that began first among those that are under way."""
    uploads = [upload for job in left if (upload := moving.tracking(job).upload)]
    first = min(uploads, key=lambda each: each.since, default=None)
    if first is None:
        return None
    return UploadProgress(first.number, first.total, first.size, max(0.0, now - first.since))


def _elapsed(job: Tracking, now: float) -> float | None:
    return None if job.since is None else max(0.0, now - job.since)


def _percent(job: Tracking, now: float) -> float:
    """Reported progress, else the share of the expected time; below 100 until the picture is there."""
    elapsed = _elapsed(job, now)
    by_time = 100 * elapsed / job.expected if elapsed and job.expected else 0.0
    return min(97.0, max(job.record.progress or by_time, 2.0))


def _expected(job: Tracking, now: float) -> float | None:
    """How long the job takes in all: by the progress that the service reports, else by how long others took."""
    elapsed, share = _elapsed(job, now), job.record.progress or 0.0
    return 100 * elapsed / share if elapsed and share >= _TELLING else job.expected


def _seconds_left(left: Sequence[Job], bought: int, elapsed: float, now: float) -> float | None:
    """Until the slowest job is expected to end, and for those that are late or not sent yet by the time per picture so
    far; None while nothing is known."""
    expected = [(job.since, _expected(job, now)) for job in map(moving.tracking, left)]
    known = [since + seconds - now for since, seconds in expected if since and seconds and since + seconds > now]
    if bought >= _ENOUGH and len(known) < len(left):
        known.append(elapsed / bought * (len(left) - len(known)))
    return max(known, default=None)

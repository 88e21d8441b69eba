"""How a batch stands at a moment, counted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal

from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.failures import failure_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.render.progress import Tally

_ENOUGH = 3  # pictures that must have come before their pace says anything


def tally_of(batch: Batch, now: float | None = None) -> Tally:
    """The batch counted; ``now`` is in seconds since the epoch."""
    now = time.time() if now is None else now
    ended = [job for job in batch if job.done()]
    left = [job for job in batch if not job.done()]
    failed = sum(failure_of(job) is not None for job in ended)
    bought = sum(bool(job.charge) for job in ended)
    return Tally(
        total=len(batch),
        done=len(ended) - failed,
        running=sum(not job.record.state.unsent for job in left),
        failed=failed,
        charged=sum((job.charge or Decimal(0) for job in batch), Decimal(0)),
        seconds_left=_seconds_left(left, bought, now - batch.began, now),
    )


def _seconds_left(left: Sequence[Job], bought: int, elapsed: float, now: float) -> float | None:
    """By the pace so far, and not before the slowest one under way is expected; None while nothing is known."""
    known = [max(0.0, job.began + job.expected - now) for job in left if job.began and job.expected]
    unsent = sum(job.record.state in (JobState.PLANNED, JobState.WAITING) for job in left)
    if bought >= _ENOUGH:
        known.append(elapsed / bought * unsent)
    return max(known, default=None)

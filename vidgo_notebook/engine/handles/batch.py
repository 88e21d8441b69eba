"""What a user holds of many jobs: a Batch, in the order they were asked for, and how it stands, counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, overload

from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.pricing import credits_text
from vidgo_notebook.domain.sweep import Axis, Combination, in_words
from vidgo_notebook.engine.handles.failures import failure_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import JobError, JobTimeoutError, Problem, RequestError
from vidgo_notebook.render.progress import Tally

if TYPE_CHECKING:
    from PIL import Image

_NAMED = 10  # failures that are told one by one; the rest is counted


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A combination that no request can be made of, and why; ``place`` numbers all combinations from 0."""

    place: int
    row: Combination
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, repr=False)
class BatchCosts:
    """Credits of a batch. ``quoted`` is what its pictures are worth, ``charged`` what they cost this time (as
    quoted), ``missing`` what those that are not there would cost; prices nobody published are only counted."""

    pictures: int
    finished: int
    quoted: Decimal
    charged: Decimal
    missing: Decimal
    unpublished: int

    @property
    def saved(self) -> Decimal:
        """What was there already, or is the same picture twice, and was not paid for."""
        return self.quoted - self.charged - self.missing

    def __repr__(self) -> str:
        parts = [f"{self.finished} of {self.pictures} pictures", f"{credits_text(self.charged)} charged (as quoted)"]
        if self.saved:
            parts.append(f"{credits_text(self.saved)} saved")
        if self.missing:
            parts.append(f"{credits_text(self.missing)} for what is missing")
        if self.unpublished:
            parts.append(f"{self.unpublished} without a published price")
        return ", ".join(parts)


class Batch(Sequence[Job]):
    """Several jobs, in the order they were asked for; ``job.row`` says what each was asked with.

    ``axes`` is what varies (nothing for a table), ``left_out`` the combinations that can't be asked for,
    ``name`` what it can be continued by. ``again`` orders the jobs of some places anew, ``shown`` shows
    progress while somebody waits.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        axes: Sequence[Axis] = (),
        left_out: Sequence[LeftOut] = (),
        name: str = "",
        again: Callable[[Sequence[Job]], Sequence[Job]] | None = None,
        shown: Callable[[Batch], AbstractContextManager[None]] | None = None,
    ) -> None:
        self._jobs = list(jobs)
        self.axes = tuple(axes)
        self.left_out = tuple(left_out)
        self.name = name
        self.notes: list[str] = []
        self._again = again
        self._shown = shown
        self.began = time.time()

    @overload
    def __getitem__(self, index: int) -> Job: ...
    @overload
    def __getitem__(self, index: slice) -> Batch: ...
    def __getitem__(self, index: int | slice) -> Job | Batch:
        if isinstance(index, slice):
            return Batch(self._jobs[index], again=self._again, shown=self._shown)
        return self._jobs[index]

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    # Waiting

    def done(self) -> bool:
        """Whether every job has ended, well or not."""
        return all(job.done() for job in self._jobs)

    def wait(self, timeout: float | None = None) -> Batch:
        """Wait until every job has ended, for at most ``timeout`` seconds in all. Raises JobTimeoutError."""
        with self._shown(self) if self._shown else nullcontext():
            for _ in self.as_completed(timeout):
                pass
        return self

    def as_completed(self, timeout: float | None = None) -> Iterator[Job]:
        """The jobs as they end, each once; ``job.row`` says which it is.

        Raises JobTimeoutError when ``timeout`` seconds have not been enough for all.
        """
        jobs, ended = list(dict.fromkeys(self._jobs)), SimpleQueue[Job]()
        until = None if timeout is None else time.monotonic() + timeout
        for job in jobs:  # not concurrent.futures.as_completed: it does not hear of a job that was stopped
            job.add_done_callback(ended.put)  # type: ignore[arg-type]  # a Job is the Future that it gets
        for _ in jobs:
            try:
                yield ended.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
            except Empty:
                raise self._still_going(timeout) from None

    def _still_going(self, timeout: float | None) -> JobTimeoutError:
        left = [job for job in self._jobs if not job.done()]
        return JobTimeoutError(
            f"{len(left):,} of {len(self):,} jobs are still under way after {timeout:g} s.",
            job=left[0] if left else None,
            cost="Only the waiting ended: the jobs go on and nothing is lost.",
            hint="%vidgo wait waits on.",
        )

    def results(self) -> list[Result]:
        """All results, in order, waiting for them; raises what ended the first job that has none."""
        return [job.result() for job in self.wait()]

    def stop(self) -> Batch:
        """Send nothing more. What is under way ends as it would; to continue, run the cell again."""
        for job in self._jobs:
            job.stop()
        return self

    # What became of it

    def failed(self) -> list[Job]:
        """The jobs that have ended without a picture, those that were stopped among them."""
        return [job for job in self._jobs if job.done() and failure_of(job)]

    def retry_failed(self) -> Batch:
        """Ask again for what has failed, at its price; the new jobs take the places of the old.

        An uncertain job is left alone (%vidgo resolve settles it), and so is what can't be asked for.
        """
        places = [place for place, job in enumerate(self._jobs) if job.done() and _may_be_asked_again(job)]
        if places and self._again:
            for place, job in zip(places, self._again([self._jobs[place] for place in places]), strict=True):
                self._jobs[place] = job
        return self

    def costs(self) -> BatchCosts:
        """What the batch is worth, what it cost this time, and what is missing, in credits."""
        nothing = Decimal(0)
        prices = [(job, job.quote.total or nothing) for job in self._jobs]
        return BatchCosts(
            pictures=len(self),
            finished=sum(_is_there(job) for job in self._jobs),
            quoted=sum((price for _, price in prices), nothing),
            charged=sum((job.charge or nothing for job in self._jobs), nothing),
            missing=sum((price for job, price in prices if not (_is_there(job) or job.charge)), nothing),
            unpublished=sum(job.quote.total is None for job in self._jobs),
        )

    def to_rows(self) -> list[dict[str, Any]]:
        """One plain dict for each picture: what varied, every parameter, price, state, times, digest, path."""
        from vidgo_notebook.engine.handles.table import row_of

        return [row_of(number, job) for number, job in enumerate(self._jobs)]

    def to_frame(self) -> Any:
        """``to_rows`` as a pandas DataFrame; amounts are floats. VidgoError, saying what to install, without pandas."""
        from vidgo_notebook.engine.handles.table import frame_of

        return frame_of(self.to_rows())

    def sheet(self) -> Image.Image:
        """The contact sheet as it is now: one picture, what varies at its edges, the price under each."""
        from vidgo_notebook.engine.handles.contact_sheet import sheet_of

        return sheet_of(self)

    def check(self) -> None:
        """Raise one error that names what failed, once all have ended; nothing if nothing did."""
        failed = self.failed()
        if not failed:
            return
        if len(self) == 1:
            raise _failure(failed[0])
        raise JobError(
            "\n".join(self.failures()),
            job=failed[0],
            cost=f"So far: {self.costs()}.",
            hint="Run it again: only what is missing is bought.",
        )

    def failures(self) -> list[str]:
        """What failed and why, in a few lines; nothing if nothing did."""
        failed = self.failed()
        if not failed:
            return []
        missing = self.costs().missing
        price = [f"What is missing would cost {credits_text(missing)}; what is there stays."] if missing else []
        return [f"{len(failed):,} of {len(self):,} pictures did not come:", *self._reasons(failed), *price]

    def _reasons(self, failed: Sequence[Job]) -> list[str]:
        """Alike ones together: a thousand jobs that were stopped are one line."""
        groups: dict[str, list[Job]] = {}
        for job in failed:
            stopped = job.cancelled()
            groups.setdefault("stopped" if stopped else f"{id(job)}", []).append(job)
        lines = []
        for jobs in groups.values():
            error = _failure(jobs[0])
            where = self.where(jobs[0]) if len(jobs) == 1 else f"{len(jobs):,} of them"
            message = getattr(error, "message", str(error)).replace("\n", " ").replace(f"({where}) ", "")
            lines.append(f"  {where}: {message if len(jobs) == 1 else _why_stopped(jobs[0])}")
        return [*lines[:_NAMED], *([f"  and {len(lines) - _NAMED} more"] if len(lines) > _NAMED else [])]

    def where(self, job: Job) -> str:
        """A job's place in words: what varies there, or its number."""
        if self.axes and job.row:
            return in_words(job.row)
        return f"row {1 + next(place for place, each in enumerate(self._jobs) if each is job)}"

    def __repr__(self) -> str:
        states: dict[str, int] = {}
        for job in self._jobs:
            states[job.status] = states.get(job.status, 0) + 1
        named = f" {self.name}" if self.name else ""
        return f"<Batch{named} of {len(self)} jobs: {', '.join(f'{n} {state}' for state, n in states.items())}>"


def _failure(job: Job) -> BaseException:
    error = failure_of(job)
    assert error is not None
    return error


def _why_stopped(job: Job) -> str:
    return f"stopped before they were sent. {job.stopped_by.message if job.stopped_by else ''}".rstrip()


def _is_there(job: Job) -> bool:
    return job.done() and failure_of(job) is None


def _may_be_asked_again(job: Job) -> bool:
    error = failure_of(job)
    return error is not None and job.record.state is not JobState.UNCERTAIN and not isinstance(error, RequestError)


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

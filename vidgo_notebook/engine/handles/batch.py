"""Several jobs as one Batch, in the order of their requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Literal, overload

from vidgo_notebook.domain.arguments import seconds_of
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.public_call import public
from vidgo_notebook.domain.readable_signature import readable_class
from vidgo_notebook.domain.sweep import Axis, Combination, in_words
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.engine.clock import since_boot
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import BatchCosts, costs_of, format_of, is_free
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.handles.shown import Shown, found_elsewhere
from vidgo_notebook.errors import JobError, JobTimeoutError, Problem, RequestError
from vidgo_notebook.visible_text import visible

if TYPE_CHECKING:
    import polars
    import pyarrow
    from pandas import DataFrame
    from PIL import Image

_NAMED = 10  # failures that are listed one by one; the rest is counted


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A combination without a valid request, and why; ``place`` numbers all combinations from 0."""

    place: int
    row: Combination
    problems: tuple[Problem, ...]


@readable_class
class Batch(Sequence[Job], Shown):
    """Several jobs, in the order of their requests; ``job.row`` has the values that each was made with.

    Attributes
    ----------
    axes : tuple of Axis
        What varies; empty for a table.
    left_out : tuple of LeftOut
        The combinations without a valid request.
    name : str
        What ``vidgo.batch`` and ``%vidgo continue`` take; empty without a name.
    notes : list of str
        What is odd about the whole.

    Examples
    --------
    >>> batch = vidgo.sweep(prompt="A red bicycle", size=["1:1", "16:9"])
    >>> for job in batch.as_completed():
    ...     assert job.result().image
    >>> batch.wait().costs()
    2 of 2 pictures, 0 credits charged, of 4 quoted
    >>> [row["size"] for row in batch.to_rows()]
    ['1:1', '16:9']
    """

    if not TYPE_CHECKING:  # a type checker would take every name for one that is here

        def __getattr__(self, name):
            raise found_elsewhere(self, name, {"batch[0]": Job, "batch[0].result()": Result})

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        axes: Sequence[Axis] = (),
        left_out: Sequence[LeftOut] = (),
        name: str = "",
        again: Callable[[Sequence[Job]], Sequence[Job]] | None = None,
        settle: Callable[[Sequence[Job], str, bool], object] | None = None,
        shown: Callable[[Batch], AbstractContextManager[None]] | None = None,
    ) -> None:
        """``again`` orders some jobs again, ``settle`` settles uncertain ones, ``shown`` shows progress during
        ``wait``."""
        self._jobs = list(jobs)
        self.axes = tuple(axes)
        self.left_out = tuple(left_out)
        self.name = name
        self.notes: list[str] = []
        self._again = again
        self._settle = settle
        self._shown = shown
        self._began = since_boot()

    @overload
    def __getitem__(self, index: int) -> Job: ...
    @overload
    def __getitem__(self, index: slice) -> Batch: ...
    def __getitem__(self, index: int | slice) -> Job | Batch:
        if isinstance(index, slice):
            return Batch(self._jobs[index], again=self._again, settle=self._settle, shown=self._shown)
        return self._jobs[index]

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    # Waiting

    def done(self) -> bool:
        """Whether every job has ended, with or without a picture."""
        return all(job.done() for job in self._jobs)

    @public
    def wait(self, timeout: float | None = None) -> Batch:
        """Wait until every job has ended, with or without a picture; returns the batch.

        Parameters
        ----------
        timeout : float, optional
            The most seconds to wait for all of them. Raises JobTimeoutError when they are over.
        """
        with self._shown(self) if self._shown else nullcontext():
            for _ in self.as_completed(timeout):
                pass
        return self

    @public
    def as_completed(self, timeout: float | None = None) -> Iterator[Job]:
        """The jobs as they end, each once; ``job.row`` has the values that it was made with.

        Parameters
        ----------
        timeout : float, optional
            The most seconds to wait for all of them. Raises JobTimeoutError when they are over.
        """
        seconds = seconds_of(timeout)
        return self._as_completed(seconds, None if seconds is None else time.monotonic() + seconds)

    def _as_completed(self, seconds: float | None, until: float | None) -> Iterator[Job]:
        jobs, ended = list(dict.fromkeys(self._jobs)), SimpleQueue[Job]()
        for job in jobs:  # not concurrent.futures.as_completed: it misses jobs that were stopped
            job.add_done_callback(ended.put)  # type: ignore[arg-type]  # a Job is the Future that it gets
        for _ in jobs:
            try:
                job = ended.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
                moving.tracking(job).awaited = True
                yield job
            except Empty:
                left = [job for job in self._jobs if not job.done()]
                raise JobTimeoutError(
                    f"{len(left):,} of {len(self):,} jobs are still under way after {seconds:g} s.",
                    job=left[0] if left else None,
                    cost="Only the waiting ended: the jobs continue and nothing is lost.",
                    hint="%vidgo wait waits for them.",
                ) from None

    def results(self) -> list[Result]:
        """All results, in order, waiting for them; raises the error of the first job without one."""
        return [job.result() for job in self.wait()]

    def stop(self) -> Batch:
        """Send nothing more. What the service has accepted continues; to buy the rest, run the cell again."""
        for job in self._jobs:
            job.stop()
        return self

    # What became of it

    def failed(self) -> list[Job]:
        """The jobs that have ended without a picture, including those that were stopped."""
        return [job for job in self._jobs if job.done() and job.exception()]

    def retry_failed(self) -> Batch:
        """Order what has failed again, at its price; the new jobs replace the old ones.

        Except uncertain jobs, for which there is ``resolve``, and invalid requests.
        """
        places = [
            place
            for place, job in enumerate(self._jobs)
            if job.done()
            and (error := job.exception())
            and not isinstance(error, RequestError)
            and moving.state(job) is not JobState.UNCERTAIN
        ]
        if places and self._again:
            for place, job in zip(places, self._again([self._jobs[place] for place in places]), strict=True):
                self._jobs[place] = job
        return self

    @public
    def resolve(self, how: Literal["resubmit", "forget"], *, yes: bool = False) -> Batch:
        """Settle the jobs whose outcome is unknown, as ``vidgo.resolve`` does; the handles on them follow.

        Parameters
        ----------
        how : {"resubmit", "forget"}
            Buy them again, at a price that is approved first; or no longer look for them.
        yes : bool, default False
            Answer the question about the price, unless ``confirm_above`` was set outside.

        Returns
        -------
        Batch
            The batch itself; its jobs keep their places.

        Raises
        ------
        RequestError
            If no job of the batch is uncertain.
        BudgetError, AuthenticationError, StoreError
            Before anything is sent.

        Examples
        --------
        >>> batch = vidgo.sweep(prompt="A red bicycle", size=["1:1", "16:9"]).wait()
        >>> if any(job.status == "uncertain" for job in batch):
        ...     batch.resolve("resubmit").wait()
        """
        uncertain = [job for job in self._jobs if job.status == JobState.UNCERTAIN]
        if not uncertain:
            raise RequestError([Problem("batch", "no job of it is uncertain: there is nothing to settle.")])
        if not self._settle:
            raise RequestError([Problem("batch", "it was put together by hand.", "vidgo.resolve(batch, how)")])
        self._settle(uncertain, how, yes)
        return self

    def costs(self) -> BatchCosts:
        """The price of the batch, what of it is at stake or was charged this time, and what is missing, in credits."""
        return costs_of(self._jobs)

    def to_rows(self) -> list[dict[str, object]]:
        """One dict of plain values per picture: what varied, all parameters, price, state, times, digest, path.

        While jobs are under way their rows have ``final`` False: ``batch.wait().to_rows()`` waits for them.
        """
        from vidgo_notebook.engine.handles.table import rows_of

        return rows_of(self._jobs)

    @overload
    def to_frame(self, *, backend: Literal["pandas"] = "pandas") -> DataFrame: ...
    @overload
    def to_frame(self, *, backend: Literal["polars"]) -> polars.DataFrame: ...
    @public
    def to_frame(self, *, backend: Literal["pandas", "polars"] = "pandas") -> DataFrame | polars.DataFrame:
        """``to_rows`` as a frame: amounts are floats in credits, times are times in UTC.

        While jobs are under way, ``final`` is False in their rows, and the columns of a pandas frame are labelled
        with their number.

        Parameters
        ----------
        backend : {"pandas", "polars"}
            Whose frame it is.

        Raises
        ------
        RequestError
            If there is no such backend.
        VidgoError
            If it is not installed.

        Examples
        --------
        >>> batch = vidgo.sweep(prompt="A red bicycle", size=["1:1", "16:9"]).wait()
        >>> str(batch.to_frame()["finished"].dt.tz)
        'UTC'
        """
        from vidgo_notebook.engine.handles.table import batch_frame

        return batch_frame(self._jobs, backend)

    def to_arrow(self) -> pyarrow.Table:
        """``to_rows`` as an Arrow table, with times in UTC. Raises VidgoError without pyarrow."""
        from vidgo_notebook.engine.handles.table import batch_arrow

        return batch_arrow(self._jobs)

    @public
    def sheet(self, page: int | None = None) -> Image.Image:
        """The contact sheet as it is now: one image, what varies at its edges, the price under each picture.

        Parameters
        ----------
        page : int, optional
            One of the pages of 24 pictures that a notebook shows, from 1; all pictures on one sheet by default.

        Raises
        ------
        RequestError
            If there is no such page.
        StoreError
            If a picture can't be read.
        """
        from vidgo_notebook.engine.handles.contact_sheet import sheet_of

        for job in filter(moving.ended_well, self._jobs):
            job.result().looked_at("a sheet with")
        return sheet_of(self, page=page)

    def check(self) -> None:
        """Raise one error that lists what failed, once all have ended; nothing if nothing did."""
        failed = self.failed()
        if not failed:
            return
        if len(self) == 1:
            error = failed[0].exception()
            assert error is not None
            raise error
        raise JobError(
            "\n".join(self.failures()),
            job=failed[0],
            cost=f"So far: {self.costs()}.",
            hint="Run it again: only what is missing is bought.",
        )

    def failures(self) -> list[str]:
        """What failed and why, in a few lines; [] if nothing did."""
        failed = self.failed()
        if not failed:
            return []
        missing = self.costs().not_bought
        cost = missing.text(format_of(self._jobs))
        price = [f"Running the cell again buys what is missing, for {cost}; the others are kept."] if missing else []
        return [f"{len(failed):,} of {len(self):,} images failed:", *self._reasons(failed), *price]

    def _reasons(self, failed: Sequence[Job]) -> list[str]:
        """A line for each; one for all that were stopped."""
        stopped, lines = [job for job in failed if job.status == "cancelled"], []
        for job in failed:
            if not (job.status == "cancelled" and len(stopped) > 1):
                error, where = job.exception(), self.where(job)
                message = getattr(error, "message", str(error)).replace("\n", " ").replace(f"({where}) ", "")
                lines.append(f"  {where}: {message}")
            elif job is stopped[0]:
                why = cause.message if (cause := moving.tracking(job).stopped_by) else ""
                lines.append(f"  {len(stopped):,} of them: stopped before they were sent. {why}".rstrip())
        return [*lines[:_NAMED], *([f"  and {len(lines) - _NAMED} more"] if len(lines) > _NAMED else [])]

    @public
    def where(self, job: Job) -> str:
        """A job's place in words: what varies, or its number. RequestError for what is not a job of the batch."""
        if isinstance(job, Job):
            if self.axes and job.row:
                return in_words(job.row)
            if not job.row:
                return f"take {job.request.take}"
            for number, each in enumerate(self._jobs, 1):
                if each is job:
                    return f"row {number}"
        raise RequestError([Problem("job", "is not a job of this batch.", "batch[0]")])

    def __repr__(self) -> str:
        states: dict[str, int] = {}
        for job in self._jobs:
            states[job.status] = states.get(job.status, 0) + 1
        named = f" {self.name}" if self.name else ""
        said = ", ".join(f"{n} {state}" for state, n in states.items())
        free = bool(self) and all(map(is_free, self))
        cost = "emulated, free" if free else self.costs().sums.text(format_of(self))
        return visible(f"<Batch{named} of {counted(len(self), 'job')}: {said}; {cost}>")

"""Waiting for jobs: where no person sees an output change, a cell waits for its jobs and fails with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from vidgo_notebook.app.process import existing_session
from vidgo_notebook.app.steps import Draw, Steps
from vidgo_notebook.errors import InterruptedWaitError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.engine.handles.batch import Batch
    from vidgo_notebook.engine.handles.job import Job
    from vidgo_notebook.errors import VidgoError
    from vidgo_notebook.ui.shell import Shell

_NAMED = 4


class View(Protocol):
    """Outputs that can be completed once their jobs have ended."""

    def done(self) -> bool:
        """Whether their jobs have ended."""

    def finish(self) -> None:
        """Complete them."""


def wait_for(jobs: Sequence[Job]) -> None:
    """Wait until all have ended; an interrupt ends the waiting and not the jobs."""
    try:
        for job in jobs:
            job.wait()
    except KeyboardInterrupt:
        left = [job for job in jobs if not job.done()]
        goes, them = ("it goes on", "it") if len(left) == 1 else ("they go on", "them")
        more = f" and {len(left) - _NAMED:,} more" if len(left) > _NAMED else ""
        names = ", ".join(job.id for job in left[:_NAMED]) + more
        raise InterruptedWaitError(
            f"Stopped waiting for {names}; {goes}." if left else "Stopped waiting; all jobs have ended.",
            job=left[0] if left else None,
            cost="Nothing is lost.",
            hint=f"%vidgo wait waits for {them}.",
        ) from None


def progress_in_notebook(shell: Shell) -> Callable[[Batch], AbstractContextManager[None]]:
    """A line with the progress of a batch while a cell waits for it; only for a person, since it varies.

    What it needs is imported when a cell waits: ``%load_ext`` loads this module.
    """

    @contextmanager
    def progress(batch: Batch) -> Iterator[None]:
        if batch.done() or not shell.live():
            yield
            return
        from vidgo_notebook.app.presence import repeating
        from vidgo_notebook.engine.handles.batch_progress import progress_of
        from vidgo_notebook.render.progress import progress_html
        from vidgo_notebook.ui.output.live import shown, update

        def line() -> tuple[dict[str, Any], dict[str, Any]]:
            return {"text/html": progress_html(progress_of(batch)), "text/plain": ""}, {}

        handle = shown(line())
        try:
            with repeating(lambda: update(handle, line())):
                yield
        finally:
            update(handle, ({"text/plain": ""}, {}))

    return progress


def steps_in_notebook(shell: Shell) -> Steps:
    """Lines for long work in the cell that runs it, for a person; they leave nothing behind."""

    def open_line() -> Draw | None:
        if not shell.live():
            return None
        from vidgo_notebook.render.progress import working_html
        from vidgo_notebook.ui.output.live import shown, update

        handle = shown(({"text/plain": ""}, {}))

        def draw(text: str, percent: float | None) -> None:
            html = {"text/html": working_html(text, percent)} if text else {}
            update(handle, ({**html, "text/plain": ""}, {}))

        return draw

    return Steps(open_line)


class CellWait:
    """Jobs that a cell must not end without, and views that a later ``%vidgo wait`` finishes."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._left_alone: set[str] = set()
        self._before: set[str] = set()
        self._shown: set[str] = set()
        self._failures_shown: set[str] = set()
        self._views: list[View] = []
        self._error: VidgoError | None = None

    def leave_alone(self, jobs: Sequence[Job]) -> None:
        """``--no-wait``: no cell waits for these."""
        self._left_alone.update(job.id for job in jobs)

    def note_shown(self, jobs: Sequence[Job]) -> None:
        """The running cell shows these itself."""
        self._shown.update(job.id for job in jobs)

    def before_cell(self, _: Any) -> None:
        """IPython's ``pre_run_cell``: what is begun from now on, the cell begins."""
        session = existing_session()
        self._before, self._shown = set(session.jobs) if session else set(), set()

    def _show_others(self, session: Session) -> None:
        """A line for the jobs that the cell has begun and does not show."""
        others = [job for job in session.under_way() if job.id not in self._before | self._shown | self._left_alone]
        if others:
            from vidgo_notebook.ui.output.under_way import show_under_way  # late: most cells show their jobs

            show_under_way(others, in_notebook=self._shell.in_notebook)

    def finish_later(self, views: Sequence[View]) -> None:
        """Outputs to complete inside the cell that waits for them: between cells an update is lost."""
        self._views.extend(views)

    def finish(self) -> None:
        """Complete the outputs whose jobs have ended."""
        for view in [view for view in self._views if view.done()]:
            self._views.remove(view)
            view.finish()

    def fail(self, error: VidgoError) -> None:
        """Show an error where raising it would only log it, as in ``%config``; the cell fails with it at its end."""
        self._error = self._error or error
        self._show(error)

    def _show(self, error: BaseException) -> None:
        self._shell.ipython.showtraceback((type(error), error, error.__traceback__))

    def after_cell(self, result: Any) -> None:
        """IPython's ``post_run_cell``: wait for jobs that Python code of the cell started.

        Raising here would only print; ``error_in_exec`` is what nbclient and similar tools read.
        """
        refused, self._error = self._error, None
        result.error_in_exec = result.error_in_exec or refused
        session = existing_session()
        if session is None:
            return
        if self._shell.live():
            self._show_others(session)
        if self._shell.live() or not self._shell.in_notebook:
            return
        jobs = [job for job in list(session.jobs.values()) if job.id not in self._left_alone]
        try:
            wait_for(jobs)
        except InterruptedWaitError as interrupted:
            result.error_in_exec = result.error_in_exec or interrupted
            self._show(interrupted)
            return
        for job in jobs:
            error = None if job.cancelled() else job.exception()  # what was stopped did not fail
            if error is not None and result.error_in_exec is None and job.id not in self._failures_shown:
                result.error_in_exec = error
                self._show(error)
            if error is not None:
                self._failures_shown.add(job.id)

"""Outputs that are kept up to date from a background thread while jobs are under way, and how they end."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from IPython.display import DisplayHandle, display

from vidgo_notebook.app.presence import page_context
from vidgo_notebook.engine.engine import threads_can_start
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.ui.output.bundles import Bundle, error_bundle
from vidgo_notebook.ui.output.captured import in_output_widget
from vidgo_notebook.visible_text import encodable

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class WidgetHandle:
    """An output inside an Output widget, which can be updated there: a further Output widget that holds only it."""

    def __init__(self, data: dict[str, Any], metadata: dict[str, Any] | None) -> None:
        from ipywidgets import Output  # late: needed only inside an Output widget, and then it is loaded

        self._output = Output()
        self.update(data, metadata=metadata)
        view = {"version_major": 2, "version_minor": 0, "model_id": self._output.model_id}
        display({WIDGET_VIEW: view, "text/plain": data.get("text/plain", "")}, raw=True)

    def update(self, data: dict[str, Any], *, metadata: dict[str, Any] | None = None, raw: bool = True) -> None:
        """Replace what it shows, from any thread."""
        assert raw, "a bundle, not an object to format"
        self._output.outputs = ({"output_type": "display_data", "data": data, "metadata": metadata or {}},)


Handle = DisplayHandle | WidgetHandle
"""An output that can be updated."""
_SECONDS_BETWEEN_UPDATES = 0.5
_UPDATES_A_SECOND = 200  # of all outputs together; above 1,000 messages the server drops some
_DRAWN_AT_ONCE = 2  # pictures: it uses a second core, and no more memory than two large ones take


class Painter:
    """Updates outputs on threads of its own: one update at a time, and the progress of jobs twice a second. Stored
    pictures are drawn on further threads, two at a time.

    The threads start with an empty context, so that an update goes to the output it belongs to and not to the cell
    that happens to run.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._drawing: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._followers: list[Follower] = []
        self._ticking = False

    def paint(self, work: Callable[[], None]) -> None:
        """Do ``work`` soon; at once where there are no threads."""
        if not threads_can_start():
            _quietly(work)
            return
        with self._lock:
            self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="vidgo-display")
            self._pool.submit(_quietly, work)

    def draw(self, work: Callable[[], None]) -> None:
        """The same for ``work`` whose order does not matter: it may run beside other work of this kind."""
        if not threads_can_start():
            _quietly(work)
            return
        with self._lock:
            self._drawing = self._drawing or ThreadPoolExecutor(_DRAWN_AT_ONCE, thread_name_prefix="vidgo-drawing")
            self._drawing.submit(_quietly, work)

    def follow(self, follower: Follower) -> None:
        """Let ``follower`` show progress now and then, as long as it has jobs."""
        with self._lock:
            if follower not in self._followers:
                self._followers.append(follower)
            if not self._ticking:
                self._ticking = True
                run = contextvars.Context().run
                threading.Thread(target=run, args=(self._tick,), name="vidgo-progress", daemon=True).start()

    def stop(self) -> None:
        """Paint what is still to be painted, and end the threads: no progress bar may stay for a job that ended."""
        with self._lock:
            pools = [pool for pool in (self._pool, self._drawing) if pool]
            self._pool = self._drawing = None
            self._followers.clear()
        for pool in pools:
            pool.shutdown()

    def _tick(self) -> None:
        wait = threading.Event().wait
        while True:
            wait(max(_SECONDS_BETWEEN_UPDATES, len(self._followers) / _UPDATES_A_SECOND))
            with self._lock:
                self._followers = followers = [each for each in self._followers if each.jobs]
                if not followers:
                    self._ticking = False
                    return
            for follower in followers:
                follower.show_soon()


painter = Painter()


class Follower:
    """Follows jobs until they end: ``show()`` is called now and then while there are any, ``ended(job)`` once for each.

    Both are called on the painter's thread, whose context belongs to no cell, for the page that the follower was made
    for.
    """

    def __init__(self, show: Callable[[], None], ended: Callable[[Job], None]) -> None:
        self._show = show
        self._ended = ended
        self._page = page_context()
        self._jobs: list[Job] = []
        self._lock = threading.Lock()
        self._asked = False

    @property
    def jobs(self) -> list[Job]:
        """The jobs that are followed now."""
        with self._lock:
            return list(self._jobs)

    def follow(self, jobs: Sequence[Job]) -> None:
        """Follow these too; each handle once."""
        with self._lock:
            known = set(map(id, self._jobs))
            new = [job for job in dict.fromkeys(jobs) if id(job) not in known]
            self._jobs += new
        if new:
            painter.follow(self)
        for job in new:
            job.add_done_callback(self._end_soon)  # type: ignore[arg-type]  # a Job is the Future that it gets

    def stop(self) -> list[Job]:
        """Stop following; returns the jobs that are still under way."""
        with self._lock:
            left, self._jobs = self._jobs, []
        self.show_soon()
        return left

    def show_soon(self) -> None:
        """Show progress as soon as the painter is free: once, however often it is asked for until then."""
        if not self._asked:
            self._asked = True
            painter.paint(self._show_now)

    def _show_now(self) -> None:
        self._asked = False
        with self._page():
            self._show()

    def _end_soon(self, job: Job) -> None:
        painter.paint(partial(self._end, job))

    def _end(self, job: Job) -> None:
        if job not in self.jobs:
            return
        end = moving.record(job)
        if job.done():
            with suppress(Exception), self._page():  # a front end that went away must not keep the others from ending
                self._ended(job)
        with self._lock:  # a job that was settled meanwhile, and perhaps followed anew, has another end
            over = job.done() and moving.record(job) is end
            if over and job in self._jobs:
                self._jobs.remove(job)
        if not over:
            job.add_done_callback(self._end_soon)  # type: ignore[arg-type]  # as in follow
        elif not self.jobs:
            self._show_now()


class Content(Protocol):
    """What two outputs show of some jobs: a picture or a sheet, and its card."""

    @property
    def batch(self) -> Batch:
        """The jobs."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show but an error, which the cell raises."""

    @property
    def at_hand(self) -> bool:
        """Whether ``final()`` has nothing to draw; every job must have ended."""

    def waiting(self, *, live: bool) -> Bundle:
        """What stands in place of the picture meanwhile; with progress if it will be ``live``."""

    def final(self) -> Bundle:
        """The picture or sheet; every job must have ended. Raises VidgoError."""

    def card(self) -> Bundle:
        """The card, as things are now."""

    def heading(self) -> str:
        """The card as text, for a terminal."""

    def outcome(self) -> list[str]:
        """Lines about how things stand, for a terminal."""


class View:
    """Two outputs in the current cell: the picture or sheet (first a progress bar), and the card."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self._picture: Handle | None = None
        self._card: Handle | None = None
        self._shown: dict[str, Bundle] = {}
        self._finished = threading.Lock()
        self._follower = Follower(self._show_progress, self._ended)

    def done(self) -> bool:
        """Whether every job has ended."""
        return self.content.batch.done()

    def show(self) -> None:
        """Display once, as it is now: final if all has ended, else a silent placeholder."""
        self._display(self.content.final() if self.done() else self.content.waiting(live=False))

    def follow(self) -> None:
        """Display, and keep up to date from the background until every job has ended. What still has to be drawn comes
        from there too, so that Run All draws pictures while it goes on."""
        if not self.done():
            self._display(self.content.waiting(live=True))
            self._follower.follow(self.content.batch)
        elif self.content.at_hand:
            self.show()
        else:
            self._display(self.content.waiting(live=False))
            painter.draw(self._finish_or_say_why)

    def finish(self) -> None:
        """Bring both outputs to their final state, once; every job must have ended."""
        if not self._finished.acquire(blocking=False):
            return
        self._follower.stop()
        moving.complete(self.content.batch)  # its notes belong on the card
        self._follow_what_is_settled()  # first: the next cell may settle what is shown here
        picture = self.content.final()
        update(self._picture, picture)
        if (card := self.content.card()) != self._shown["card"]:
            update(self._card, card)
        self._shown = {"picture": picture, "card": card}

    def _display(self, picture: Bundle) -> None:
        card = self.content.card()
        self._shown = {"picture": picture, "card": card}
        self._picture, self._card = shown(picture), shown(card)
        self._follow_what_is_settled()

    def _follow_what_is_settled(self) -> None:
        """A job that has ended without a picture may be settled later: then the outputs follow it again."""
        for job in self.content.batch:
            if job.done() and not moving.ended_well(job):
                moving.when_settled(job, self._settled)

    def _settled(self, job: Job) -> None:
        with suppress(RuntimeError):  # not finished before: it was shown once, after its end
            self._finished.release()
        self._follower.follow([job])

    def _ended(self, _: Job) -> None:
        if self.done():
            self._finish_or_say_why()

    def _finish_or_say_why(self) -> None:
        try:
            self.finish()
        except VidgoError as error:  # else the error is lost, and the progress bar stays
            update(self._picture, error_bundle(error))

    def _show_progress(self) -> None:
        if not self.done() and (picture := self.content.waiting(live=True)) != self._shown["picture"]:
            self._shown["picture"] = picture
            update(self._picture, picture)


def put(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
    """Put the final data on the page."""
    display(_as_text(data), metadata=metadata, raw=True)


def shown(bundle: Bundle) -> Handle | None:
    """Put a bundle on the page, or into the Output widget that the cell displays in, to be updated by its handle."""
    data, metadata = bundle
    if in_output_widget():
        return WidgetHandle(_as_text(data), metadata)
    handle: Any = display(_as_text(data), metadata=metadata, raw=True, display_id=True)
    return handle if isinstance(handle, DisplayHandle) else None


def update(handle: Handle | None, bundle: Bundle) -> None:
    """Replace what a handle shows."""
    if handle is not None:
        data, metadata = bundle
        handle.update(_as_text(data), metadata=metadata, raw=True)


def _as_text(data: dict[str, Any]) -> dict[str, Any]:
    """Plain text goes to terminals, to ``jupyter console`` among others; HTML is escaped where it is made."""
    return {kind: encodable(value, sys.stdout) if kind == "text/plain" else value for kind, value in data.items()}


def _quietly(paint: Callable[[], None]) -> None:
    """Without its errors: a front end that went away must not end the painter, and a traceback would appear in an
    unrelated cell."""
    with suppress(Exception):
        paint()

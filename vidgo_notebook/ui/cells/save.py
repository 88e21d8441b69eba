"""``--save``: a picture's file, or a sweep's contact sheet, also written where the user wants it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from vidgo_notebook.domain.cell_options import CellOptions
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import Problem, RequestError, StoreError
from vidgo_notebook.render.sheet import SHEET_FORMATS, sheet_file
from vidgo_notebook.store.results.local_files import write_new
from vidgo_notebook.ui.output.job_view import painter


def check_save(options: CellOptions, pictures: int) -> None:
    """RequestError if several pictures would be written to one file, or there is none to annotate."""
    if options.annotate and not options.save:
        raise RequestError([Problem("annotate", "is about the file that --save writes.", "--save PATH --annotate")])
    if options.sweep and is_sheet(options.save):
        return
    if options.save and pictures > 1 and not ("{n}" in options.save or _is_folder(options.save)):
        raise RequestError(
            [Problem("save", f"{pictures} pictures don't fit into one file.", "a folder/, or a name with {n}")]
        )


def _is_folder(path: str) -> bool:
    return path.endswith(("/", "\\")) or Path(path).expanduser().is_dir()


class Saving:
    """Writes a job's file to a place of the user's as soon as there is one.

    The engine's thread does so when the job ends; a cell that waited may be quicker, and must not end
    before the file is there. The first one writes it, the other waits.
    """

    def __init__(self, job: Job, target: str, annotate: bool) -> None:
        self._job = job
        self._target = target
        self._annotate = annotate
        self._lock = threading.Lock()
        self._over = False
        job.add_done_callback(lambda _: self.finish())

    def finish(self) -> None:
        """Save, unless that is done or there is nothing to save; what went wrong becomes a note."""
        job = self._job
        with self._lock:
            if self._over or job.cancelled() or job.exception() is not None:
                return
            self._over = True
            try:
                job.result().save(self._target, annotate=self._annotate)
            except StoreError as error:
                job.notes.append(str(error).replace("\n", " "))


def save_when_done(jobs: Sequence[Job], path: str, *, annotate: bool, numbered: bool = False) -> list[Saving]:
    """The path is made absolute now: a later chdir must not move it.

    ``{n}`` is the take, or with ``numbered`` the place among the jobs.
    """
    ending = "/" if _is_folder(path) else ""
    numbers = [place if numbered else job.request.take for place, job in enumerate(jobs, 1)]
    return [
        Saving(job, str(Path(path.replace("{n}", str(number))).expanduser().absolute()) + ending, annotate)
        for job, number in zip(jobs, numbers, strict=True)
    ]


def is_sheet(path: str | None) -> bool:
    """Whether ``--save`` of a sweep names a file for its contact sheet."""
    return path is not None and "{n}" not in path and Path(path).suffix.lower() in SHEET_FORMATS


class SheetSaving:
    """Writes a batch's contact sheet once every job has ended; what went wrong becomes a note."""

    def __init__(self, batch: Batch, target: str) -> None:
        self._batch = batch
        self._target = Path(target).expanduser().absolute()
        self._lock = threading.Lock()
        self._over = False
        for job in batch:
            job.add_done_callback(lambda _: self._perhaps())

    def _perhaps(self) -> None:
        if self._batch.done():
            painter.paint(self.finish)  # beside the engine's loop: drawing takes a while

    def finish(self) -> None:
        """Save, unless that is done; all jobs must have ended."""
        with self._lock:
            if self._over:
                return
            self._over = True
            try:
                write_new(self._target, sheet_file(self._batch.sheet(), self._target.suffix.lower()))
            except StoreError as error:
                self._batch.notes.append(str(error).replace("\n", " "))

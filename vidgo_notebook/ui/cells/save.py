"""``--save``: the files of pictures, or a sweep's contact sheet, also written where the user wants them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from vidgo_notebook.domain.cell_options import CellOptions
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.errors import Problem, RequestError, StoreError
from vidgo_notebook.render.sheet import SHEET_FORMATS, sheet_file
from vidgo_notebook.store.results.local_files import write_new
from vidgo_notebook.ui.output.live import painter


def check_save(options: CellOptions, pictures: int) -> None:
    """RequestError if several pictures would be written to one file, or there is none to annotate."""
    if options.annotate and not options.save:
        raise RequestError([Problem("annotate", "is about the file that --save writes.", "--save PATH --annotate")])
    if options.sweep and _is_sheet(options.save):
        return
    if options.save and pictures > 1 and not ("{n}" in options.save or _is_folder(options.save)):
        raise RequestError(
            [Problem("save", f"{pictures} pictures don't fit into one file.", "a folder/, or a name with {n}")]
        )


def save_when_done(batch: Batch, options: CellOptions, path: str) -> list[Saving]:
    """Save what a cell ordered.

    The path is made absolute now: a later chdir must not move it. ``{n}`` is the take, or the place in a sweep.
    """
    if options.sweep and _is_sheet(path):
        return [Saving(batch, batch.notes, partial(_write_sheet, batch, Path(path).expanduser().absolute()))]
    ending = "/" if _is_folder(path) else ""
    savings = []
    for place, job in enumerate(batch, 1):
        number = place if options.sweep else job.request.take
        target = str(Path(path.replace("{n}", str(number))).expanduser().absolute()) + ending
        write = partial(_write_picture, job, target, annotate=options.annotate)
        savings.append(Saving(Batch([job]), job.notes, write))
    return savings


class Saving:
    """Writes a file as soon as its jobs have ended; what went wrong becomes a note.

    The painter's thread does so, since copying and drawing take a while; a cell that waited may be quicker, and
    must not end before the file is there. The first one writes it, the other waits.
    """

    def __init__(self, batch: Batch, notes: list[str], write: Callable[[], object]) -> None:
        self._batch = batch
        self._notes = notes
        self._write = write
        self._lock = threading.Lock()
        self._over = False
        for job in batch:
            job.add_done_callback(lambda _: painter.paint(self.finish))

    def finish(self) -> None:
        """Save, unless that is done or a job has not ended."""
        with self._lock:
            if self._over or not self._batch.done():
                return
            self._over = True
            try:
                self._write()
            except StoreError as error:
                self._notes.append(str(error).replace("\n", " "))


def _write_picture(job: Job, target: str, *, annotate: bool) -> None:
    if ended_well(job):
        job.result().save(target, annotate=annotate)


def _write_sheet(batch: Batch, target: Path) -> None:
    write_new(target, sheet_file(batch.sheet(), target.suffix.lower()))


def _is_folder(path: str) -> bool:
    return path.endswith(("/", "\\")) or Path(path).expanduser().is_dir()


def _is_sheet(path: str | None) -> bool:
    """Whether ``--save`` of a sweep names a file for its contact sheet."""
    return path is not None and "{n}" not in path and Path(path).suffix.lower() in SHEET_FORMATS

"""``--save``: what an order saves, where, and when: as soon as a picture is there, also if it comes late.

What is wrong with the path is found before anything is bought. A job that outlives its kernel has its files to save in
the journal, and the session that continues it saves them.
"""

from __future__ import annotations

import json
import platform
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.image_formats import ENDINGS, SAVED_AS
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.contact_sheet import source_type_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.saving import SaveAs, why_no_name, with_ending, with_slash
from vidgo_notebook.errors import Problem, Problems, RequestError, VidgoError
from vidgo_notebook.render.annotation import marked
from vidgo_notebook.render.sheet import SHEET_FORMATS, sheet_file
from vidgo_notebook.store.address import working_folder
from vidgo_notebook.store.journal.journal import SavedFile
from vidgo_notebook.store.results.local_files import path_of
from vidgo_notebook.store.results.user_files import why_not_writable, write_new

_BRACED = re.compile(r"\{\w+\}")
_WAY = "--format {}"


@dataclass(frozen=True)
class SaveOption:
    """What ``--save``, ``--annotate``, ``--format`` and ``--as-served`` say; the path of a folder ends with a slash.
    ``folder`` is where a relative path begins: a later chdir must not move it."""

    path: str
    annotate: bool = False
    format: str = ""
    folder: Path = field(default_factory=working_folder)
    as_served: bool = False

    def problems(self, pictures: int, *, sweep: bool) -> Iterator[Problem]:
        """What is wrong with it for this number of pictures, as far as can be known before they are bought."""
        first = self.file(1)
        if self.is_sheet(sweep=sweep):
            if self.format or self.annotate:
                yield Problem("save", "a sheet is neither converted nor annotated.", "a folder/, or a name with {n}")
        elif pictures > 1 and not ("{n}" in self.path or self.path.endswith("/")):
            yield Problem("save", f"{pictures} pictures don't fit into one file.", "a folder/, or a name with {n}")
        elif why := why_no_name(self.path, self.format):
            yield Problem("save", f"{why}.", f"--save {self._as_format()}" if self.format else "")
        if unknown := next((each for each in _BRACED.findall(self.path) if each != "{n}"), ""):
            left = re.sub(f"{re.escape(unknown)}[_-]?", "", self.path)
            instead = left if "{n}" in left else self.path.replace(unknown, "{n}")
            yield Problem("save", f"only {{n}} is filled in, not {unknown}.", instead)
        if self.as_served and (self.annotate or self.format):
            other = "--annotate" if self.annotate else f"--format {self.format}"
            yield Problem("as-served", f"is not possible with {other}, which makes another file.", "one of them")
        if self.annotate and self.format == "tiff":
            yield Problem("annotate", "a TIFF carries no provenance.", "--format png")
        if why := why_not_writable(Path(first) / "x" if first.endswith("/") else Path(first)):
            yield Problem("save", f"{why}.")

    def is_sheet(self, *, sweep: bool) -> bool:
        """Whether it names a file for the contact sheet of a sweep."""
        return sweep and "{n}" not in self.path and Path(self.path).suffix.lower() in SHEET_FORMATS

    def _as_format(self) -> str:
        """The path with the ending of the format."""
        return str(Path(self.path).with_suffix(f".{self.format}"))

    def file(self, number: int) -> str:
        """The absolute path for a picture: ``{n}`` is its take, or its place in a sweep. Raises RequestError."""
        typed = self.path.replace("{n}", str(number))
        return with_slash(str(self.folder / path_of(typed, "save")), like=typed)

    def save_as(self, path: str) -> SaveAs:
        """How a picture is written to a path."""
        return SaveAs(path, self.annotate, self.format, _WAY, mark=not self.as_served)

    def check_new(self, numbers: Sequence[int], *, sweep: bool) -> None:
        """RequestError if a picture that would be bought can't be saved, since there is a file of that name, or of the
        one that it most likely gets: pictures are PNGs unless they are converted."""
        names = [Path(self.file(number)) for number in numbers]
        if not (self.is_sheet(sweep=sweep) or self.path.endswith("/")):
            kind = SAVED_AS[self.format or "png"]
            others = [each for each in names if each.suffix.lower() not in ENDINGS[kind.media_type]]
            names += [each.with_name(with_ending(each.name, kind.suffix)) for each in others]
        taken = next((file for file in names if file.is_file()), None)
        if taken:
            raise RequestError(
                [Problem("save", f"{self._typed(taken)} exists, and is never overwritten.", "another name")]
            )

    def said(self, target: Path, *, several: bool) -> str:
        """Where a picture, or one of several, was saved, in words that are the same on every machine."""
        where = self._typed(target)
        if several:
            own = self.path
            where = f"{own}*{target.suffix}" if own.endswith("/") else with_ending(own, target.suffix)
        folder = str(Path(where).parent)
        made = "" if folder == "." else f" ({folder} is created if it is missing)"
        return f"Saved as {where}{made}."

    def _typed(self, path: Path) -> str:
        with suppress(ValueError):
            return str(path.relative_to(self.folder))
        return str(path)


def save_option(options: Any, plan: Plan, found: Problems) -> SaveOption | None:
    """What the options of a cell or a command say of saving; what is wrong with them is added to ``found``."""
    if options.save is None:
        given = {
            "annotate": options.annotate and "--annotate",
            "format": options.format and f"--format {options.format}",
            "as-served": options.as_served and "--as-served",
        }
        found += [
            Problem(name, "is about the file that --save writes.", f"--save PATH {way}")
            for name, way in given.items()
            if way
        ]
        return None
    if "://" in options.save:
        what = f"{shown(options.save)} is a URL, and --save writes to this machine, not to a URL."
        found.append(Problem("save", what, "a path such as pictures/a.png"))
        return None
    path = with_slash(options.save)
    option = SaveOption(path, options.annotate, options.format or "", as_served=options.as_served)
    pictures = len(plan.valid or plan.places)
    found += found.of(lambda: list(option.problems(pictures, sweep=bool(plan.axes))), list[Problem]())
    return option


def save_when_done(session: Session, option: SaveOption, batch: Batch) -> None:
    """Save what was ordered, as soon as it is there; what is there already is saved now."""
    if option.is_sheet(sweep=bool(batch.axes)):
        _Saving(batch, batch.notes, partial(_write_sheet, session, option, batch))
        return
    several = len(batch) > 1
    for place, job in enumerate(batch, 1):
        file = option.save_as(option.file(place if batch.axes else job.request.take))
        if not (job.done() or job.request.waits):
            _write_down(session, job, option, file)
        _save_picture(session, job, file, partial(option.said, several=several), batch.notes if several else job.notes)


def save_rows(session: Session, paths: Sequence[str], batch: Batch) -> None:
    """Save the picture of each row of a table that has a path, as soon as it is there."""
    for path, job in zip(paths, batch, strict=True):
        if path:
            option = SaveOption(path)
            file = option.save_as(path)
            if not (job.done() or job.request.waits):
                _write_down(session, job, option, file)
            _save_picture(session, job, file, partial(option.said, several=False), job.notes)


def continue_saving(session: Session, job: Job, files: Sequence[SavedFile]) -> None:
    """Save the files of a job that another process ordered."""
    for file in files:
        option, save_as = json.loads(file.options)
        said = partial(SaveOption(**option | {"folder": Path(option["folder"])}).said, several=False)
        _save_picture(session, job, SaveAs(**save_as), said, job.notes)


def _save_picture(session: Session, job: Job, file: SaveAs, said: Callable[[Path], str], notes: list[str]) -> None:
    """Save a job's picture, once it is there; ``notes`` are those that say where it is."""

    def write() -> None:
        try:
            saved = job.result().saved_as(file)
        finally:
            with suppress(VidgoError):
                session.engine.write(lambda journal: journal.forget_save(job.fingerprint, file.path))
        _note(said(saved.path), notes)
        if saved.note:
            _note(saved.note, job.notes)

    _Saving([job], job.notes, write)


def _write_down(session: Session, job: Job, option: SaveOption, file: SaveAs) -> None:
    options = json.dumps([{**asdict(option), "folder": str(option.folder)}, asdict(file)])
    row = SavedFile(job.fingerprint, file.path, options, platform.node(), time.time())
    with suppress(VidgoError):
        session.engine.write(lambda journal: journal.add_save(row))


def _write_sheet(session: Session, option: SaveOption, batch: Batch) -> None:
    target = Path(option.file(1))
    if not session.rehearsal:
        drawn = sheet_file(batch.sheet(), target.suffix.lower())
    write_new(target, drawn if option.as_served else marked(drawn, source_type_of(batch)), drawn)
    _note(option.said(target, several=False), batch.notes)


def _note(text: str, notes: list[str]) -> None:
    if text not in notes:
        notes.append(text)


class _Saving:
    """Writes a file as soon as its jobs have ended, also if one is settled later; what went wrong becomes a note.

    A thread does so, since copying and drawing are slow. The code that shows the end of the jobs may be faster, and
    completes it then: the first of the two writes, the other waits.
    """

    def __init__(self, jobs: Sequence[Job], notes: list[str], write: Callable[[], None]) -> None:
        self._jobs = jobs
        self._notes = notes
        self._write = write
        self._lock = threading.Lock()
        self._is_over = False
        for job in jobs:
            moving.tracking(job).afterwards.append(self.finish)
            self._watch(job)
        self.finish()

    def finish(self) -> None:
        """Save, unless that is done, or a job goes on, or none has a picture."""
        with self._lock:
            if self._is_over or not all(job.done() for job in self._jobs):
                return
            if not any(map(_has_picture, self._jobs)):
                return
            self._is_over = True
            try:
                self._write()
            except VidgoError as error:
                _note(str(error).replace("\n", " "), self._notes)

    def _watch(self, job: Job) -> None:
        job.add_done_callback(self._ended)  # type: ignore[arg-type]  # a Job is the Future that it gets

    def _ended(self, job: Job) -> None:
        if not _has_picture(job):
            moving.when_settled(job, self._watch)
        _writer().submit(self.finish)


def _has_picture(job: Job) -> bool:
    """Also in memory only, after its store could not be written."""
    return not job.cancelled() and job.exception() is None


@cache
def _writer() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="vidgo-save")

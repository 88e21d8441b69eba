"""What Tab offers by name: images, jobs, batches, clients of a cluster, files and variables, each with a word of what
it is; what was made last comes first."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.app.request.recover import variables_with_pictures
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.image_formats import ENDINGS
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.swept_text import holds_several
from vidgo_notebook.domain.template import is_of_the_user
from vidgo_notebook.domain.wording import counted, one_line
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import VidgoError

_MOST = 50  # of the journal's jobs, and of the files of a folder
_MOST_READ = 2000  # entries of a folder
_SHORT = 48  # characters of a prompt
_IMAGES = tuple(ending for endings in ENDINGS.values() for ending in endings)

_Fits = Callable[[JobState], bool]


@dataclass(frozen=True, slots=True)
class Offer:
    """What would be written, and what that is."""

    text: str
    kind: str


def images(variables: Mapping[str, Any], fragment: str) -> Iterator[Offer]:
    """Variables that hold pictures, then the image files and the folders of the folder that is typed."""
    for name in variables_with_pictures(variables):
        yield Offer(name, _kind(variables[name]))
    yield from files(fragment)


def files(fragment: str, endings: tuple[str, ...] = _IMAGES, kind: str = "image file") -> Iterator[Offer]:
    """The files of a kind and the folders, of the folder that is typed."""
    with suppress(OSError, ValueError):  # no such folder, or none that may be read
        yield from _files(fragment, endings, kind)


def _files(fragment: str, endings: tuple[str, ...], kind: str) -> Iterator[Offer]:
    typed, _ = os.path.split(fragment.lstrip("\"'"))
    before = f"{typed.rstrip('/')}/" if typed else ""
    with os.scandir(Path(typed or ".").expanduser()) as entries:
        found = sorted(islice(entries, _MOST_READ), key=lambda entry: entry.name)
    shown = [entry for entry in found if not entry.name.startswith(".")]
    files = [entry.name for entry in shown if entry.name.lower().endswith(endings)]
    folders = [f"{entry.name}/" for entry in shown if entry.is_dir()]
    for name in (*files[:_MOST], *folders[:_MOST]):
        path = before + name
        yield Offer(f'"{path}"' if " " in path else path, "folder" if name.endswith("/") else kind)


def jobs(session: Session, variables: Mapping[str, Any], command: str) -> Iterator[Offer]:
    """The jobs that a command can take: by the variables that hold them, and by id, with the prompt beside it."""
    fits = _FITS.get(command, _any)
    for name, value in _own(variables):
        if _held(value, fits):
            yield Offer(name, _kind(value))
    prompts = {
        job.id: job.request.prompt for job in reversed(list(session.jobs.values())) if fits(moving.record(job).state)
    }
    with suppress(VidgoError):  # without the journal those of this session are known
        latest = session.journal.entries(limit=_MOST) if fits is _any else session.journal.all_under_way()[::-1]
        fitting = [entry for entry in latest[:_MOST] if fits(entry.record.state)]
        prompts |= {entry.record.job_id: from_json(entry.request).prompt for entry in fitting}
    for job_id, prompt in prompts.items():
        yield Offer(job_id, one_line(prompt, _SHORT))


def _held(value: object, fits: _Fits) -> bool:
    """Whether a variable holds such a job."""
    if isinstance(value, Result):
        return fits(JobState.FINISHED)
    if isinstance(value, Batch):
        return any(fits(moving.record(job).state) for job in value)
    return isinstance(value, Job) and fits(moving.record(value).state)


def _any(_: JobState) -> bool:
    return True


def _under_way(state: JobState) -> bool:
    return not state.ended


_FITS: dict[str, _Fits] = {
    "wait": _under_way,
    "stop": _under_way,
    "resolve": lambda state: state is JobState.UNCERTAIN,
}
"""In which states a command does something with a job; any, for the others."""


def batches(session: Session) -> Iterator[Offer]:
    """The batches with a name, newest first."""
    with suppress(VidgoError):
        for batch in session.journal.batches()[:_MOST]:
            yield Offer(f'"{batch.name}"' if " " in batch.name else batch.name, "batch")


def clients(variables: Mapping[str, Any]) -> Iterator[Offer]:
    """Variables that hold a Dask client."""
    client = getattr(sys.modules.get("distributed"), "Client", ())
    for name, value in _own(variables):
        if isinstance(value, client):
            yield Offer(name, "Dask client")


def lists(variables: Mapping[str, Any]) -> Iterator[Offer]:
    """Variables that hold several values, as ``--sweep`` takes them."""
    for name, value in _own(variables):
        if holds_several(value):
            yield Offer(f"{{{{ {name} }}}}", type(value).__name__)


def values(variables: Mapping[str, Any]) -> Iterator[Offer]:
    """What a template can insert."""
    for name, value in _own(variables):
        yield Offer(name, "function" if callable(value) else type(value).__name__)
    yield Offer("choice", "draws one of a list")


def _own(variables: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The user's own variables, the latest first."""
    return [(name, value) for name, value in reversed(list(variables.items())) if is_of_the_user(name, value)]


def _kind(value: object) -> str:
    """What a variable holds, with the prompt's beginning where there is one."""
    if isinstance(value, Job):
        return f"job · {one_line(value.request.prompt, _SHORT)}"
    if isinstance(value, Batch):
        return f"batch · {counted(len(value), 'picture')}"
    if isinstance(value, Result):
        return f"result · {one_line(value.record.prompt, _SHORT)}"
    if callable(getattr(value, "savefig", None)):
        return "figure"
    return "array" if hasattr(value, "__array_interface__") and hasattr(value, "ndim") else "PIL image"

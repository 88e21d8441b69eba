"""Reference images as a form holds them: what each one is, and how a cell would write it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.request.images import Named, references_of
from vidgo_notebook.domain.celltext import ImageSource
from vidgo_notebook.domain.provider import is_web_url
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.image_file import Payload
from vidgo_notebook.errors import RequestError, StoreError
from vidgo_notebook.render.preview import preview

if TYPE_CHECKING:
    from vidgo_notebook.store.results.result_store import ResultStore

_THUMB = 96  # pixels
_LONGEST_LABEL = 48


@dataclass(frozen=True, slots=True)
class Picked:
    """A reference image. ``source`` is None where a cell has no words for it, ``missing`` says why its
    bytes can't be had."""

    reference: Reference
    source: ImageSource | None
    missing: str = ""

    @property
    def label(self) -> str:
        """How a person knows it."""
        name = self.source.text if self.source else self.reference.name or "an image"
        return name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 19]}…{name[-18:]}"

    def thumbnail(self) -> bytes | None:
        """A small JPEG; None for a URL (nothing is fetched), and for what is not there (yet)."""
        if not isinstance(self.reference.payload, Payload):
            return None
        with suppress(StoreError, OSError, ValueError):
            return preview(self.reference.payload.read(), _THUMB).data
        return None


def pick(text: str, variables: Mapping[str, Any]) -> list[Picked]:
    """What ``text`` names: a variable (which wins), a URL, or a path. Raises RequestError."""
    if text in variables:
        return [
            Picked(each, ImageSource(each.name, is_expression=True))
            for each in references_of(Named(variables[text], text))
        ]
    return [Picked(each, ImageSource(text)) for each in references_of(text)]


def doubt(text: str, variables: Mapping[str, Any]) -> str:
    """Why ``text`` can't be picked, seen without reading anything; '' if it may."""
    if not text or text in variables or is_web_url(text):
        return ""
    if "://" in text:
        return f"{text[:60]} is not a URL: one begins with https:// and names a host."
    with suppress(OSError, ValueError):
        if Path(text).expanduser().is_file():
            return ""
    return f"{text[:60]} is no URL, no variable and no file here."


def variables_with_pictures(variables: Mapping[str, Any]) -> list[str]:
    """Names of the notebook's variables that hold a job, a result, or anything with pixels; newest first."""
    return [name for name in reversed(list(variables)) if not name.startswith("_") and _is_picture(variables[name])]


def _is_picture(value: Any) -> bool:
    if isinstance(value, Job):
        return not value.done() or not (value.cancelled() or value.exception())
    if isinstance(value, (Batch, Result)):
        return True
    pillow = sys.modules.get("PIL.Image")
    if pillow and isinstance(value, pillow.Image):
        return True
    if isinstance(value, type):
        return False
    is_array = hasattr(value, "__array_interface__") and getattr(value, "ndim", 0) in (2, 3)
    return is_array or callable(getattr(value, "savefig", None))


def keep_upload(name: str, data: bytes) -> Picked:
    """Keep an uploaded picture as a file beside the notebook, never over another one.

    A cell names files, so that what is copied from the form finds it again. Raises RequestError for
    what is no picture, StoreError if it can't be written.
    """
    (reference,) = references_of(Named(data, Path(name).name))
    path = _free_path(Path(Path(name).name or "upload"), data)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise StoreError(f"{path} can't be written here: {error.strerror}.") from None
    return Picked(replace(reference, name=path.name), ImageSource(path.name))


def _free_path(path: Path, data: bytes) -> Path:
    candidates = (path if n == 1 else path.with_stem(f"{path.stem}-{n}") for n in range(1, 1000))
    return next(each for each in candidates if not each.exists() or _holds(each, data))


def _holds(path: Path, data: bytes) -> bool:
    with suppress(OSError):
        return path.is_file() and path.read_bytes() == data
    return False


def recover(reference: Reference, variables: Mapping[str, Any], store: ResultStore) -> Picked:
    """A reference of an earlier request: found again by its variable, its file, or in the store."""
    if reference.kind == "url":
        return Picked(reference, ImageSource(reference.value))
    found = _by_name(reference, variables) or _by_parent(reference, store)
    if found:
        return found
    if reference.payload is not None:
        return Picked(reference, None)
    return Picked(reference, None, missing=f"{reference.name or 'this image'} is not here any more: add it again.")


def of_result(result: Result, variables: Mapping[str, Any], store: ResultStore) -> Picked:
    """An earlier picture: by a variable that holds it, else by its file in the store."""
    (reference,) = references_of(result)
    for name, value in variables.items():
        if not name.startswith("_") and _shows(value, result):
            return Picked(replace(reference, name=name), ImageSource(name, is_expression=True))
    return _by_parent(reference, store) or Picked(reference, None)


def _shows(value: Any, result: Result) -> bool:
    if isinstance(value, Job):
        return value.done() and not value.cancelled() and not value.exception() and _shows(value.result(), result)
    return isinstance(value, Result) and value.record.fingerprint == result.record.fingerprint


def _by_name(reference: Reference, variables: Mapping[str, Any]) -> Picked | None:
    with suppress(RequestError):
        base = reference.name.partition("[")[0]
        for picked in pick(base if base in variables else reference.name, variables):
            if picked.reference.identity == reference.identity:
                return Picked(replace(picked.reference, parent=reference.parent), picked.source)
    return None


def _by_parent(reference: Reference, store: ResultStore) -> Picked | None:
    """By the record of the earlier result that it is: its file in the store, as a path a cell can name."""
    with suppress(StoreError):
        record = store.find(reference.parent) if reference.parent else None
        path = store.picture(record) if record else None
        if record and path and record.digest == reference.value:
            payload = Payload(path.read_bytes)
            return Picked(replace(reference, payload=payload), ImageSource(_as_typed(path)))
    return None


def _as_typed(path: Path) -> str:
    """Relative where that is shorter: a notebook is moved together with its store."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return os.fspath(path)

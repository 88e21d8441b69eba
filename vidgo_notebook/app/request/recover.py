"""Reference images of forms and earlier requests: found again, with the words by which a cell names them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.request.images import Named, references_of, why_not_found
from vidgo_notebook.domain.celltext import ImageSource
from vidgo_notebook.domain.pillow import NoPillowError
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.image_file import Payload
from vidgo_notebook.errors import RequestError, StoreError
from vidgo_notebook.render.preview import preview
from vidgo_notebook.store.address import working_folder
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain
from vidgo_notebook.store.results.user_files import write_new

if TYPE_CHECKING:
    from vidgo_notebook.store.results.result_store import ResultStore

_THUMB = 96  # pixels
_LONGEST_LABEL = 48


@dataclass(frozen=True, slots=True)
class Picked:
    """A reference image. ``source`` is how a cell writes it, None where it can't; ``missing`` says why its
    bytes are not available; ``prompt`` is what a picture of the store was made from."""

    reference: Reference
    source: ImageSource | None
    missing: str = ""
    prompt: str = ""

    @property
    def label(self) -> str:
        """Its name for a person, shortened: of a picture of the store its prompt, since its file is named by digits."""
        if self.prompt:
            return f"“{one_line(self.prompt, _LONGEST_LABEL)}”, from the store"
        name = self.source.text if self.source else self.reference.name or "an image"
        return name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 19]}…{name[-18:]}"

    def thumbnail(self) -> bytes | None:
        """A small JPEG; None for a URL (nothing is fetched), for an image that is not available (yet), and where Pillow
        is missing."""
        if not isinstance(self.reference.payload, Payload):
            return None
        with suppress(StoreError, NoPillowError, OSError, ValueError):
            return preview(self.reference.payload.read(), _THUMB).data
        return None


def pick(image: Any, variables: Mapping[str, Any]) -> list[Picked]:
    """The images that a text names: a variable (which wins), a URL, or a path. Raises RequestError.

    Any other value is the image itself (an expression's value), which a cell can't name.
    """
    if not isinstance(image, str):
        return [Picked(each, None) for each in references_of(image)]
    if image in variables:
        found = references_of(Named(variables[image], image))
        return [Picked(each, ImageSource(each.name, is_expression=True)) for each in found]
    return [Picked(each, ImageSource(image)) for each in references_of(image)]


def doubt(text: str, variables: Mapping[str, Any]) -> str:
    """Why ``pick`` would refuse a text, without reading anything; '' if it may accept it."""
    if not text or text in variables:
        return ""
    try:
        why = why_not_found(text)
    except (OSError, ValueError) as error:  # a name that no file can have
        why = str(error)
    return f"{text[:60]}: {why}." if why else ""


def variables_with_pictures(variables: Mapping[str, Any]) -> list[str]:
    """Names of the notebook's variables whose value is a job, a result, or has pixels; newest first."""
    return [name for name in reversed(list(variables)) if not name.startswith("_") and _is_picture(variables[name])]


def _is_picture(value: Any) -> bool:
    try:
        return _has_pixels(value)
    except Exception:  # noqa: BLE001  whatever the attributes of a user's object do
        return False


def _has_pixels(value: Any) -> bool:
    if isinstance(value, Job):
        return not value.done() or not (value.cancelled() or value.exception())
    if isinstance(value, (Batch, Result)):
        return True
    pillow = sys.modules.get("PIL.Image")
    if pillow and isinstance(value, pillow.Image):
        return True
    if isinstance(value, (type, ModuleType)):
        return False
    is_array = hasattr(value, "__array_interface__") and getattr(value, "ndim", 0) in (2, 3)
    return is_array or callable(getattr(value, "savefig", None))


def keep_upload(name: str, data: bytes) -> Picked:
    """Keep an uploaded picture as a file beside the notebook, without replacing another.

    A cell names files, so that what is copied from the form finds it again. Raises RequestError for
    data that is not a picture, StoreError if it can't be written.
    """
    (reference,) = references_of(Named(data, Path(name).name))
    path = Path(Path(name).name or "upload")
    candidates = (path if n == 1 else path.with_stem(f"{path.stem}-{n}") for n in range(1, 1000))
    path = next(each for each in candidates if not os.path.lexists(each) or _has_content(each, data))
    write_new(path, data)
    return Picked(replace(reference, name=path.name), ImageSource(path.name))


def _has_content(path: Path, data: bytes) -> bool:
    with suppress(OSError, PlainFileError):
        return read_plain(path, len(data)) == data
    return False


def recover(reference: Reference, variables: Mapping[str, Any], store: ResultStore) -> Picked:
    """A reference of an earlier request: found again by its variable, its file, or in the store."""
    if reference.kind == "url":
        # What a record holds of a URL is all that is sent: a signature that it lacks is not part of a new request.
        return Picked(replace(reference, text_digest=""), ImageSource(reference.value))
    base = reference.name.partition("[")[0]
    with suppress(RequestError):
        for picked in pick(base if base in variables else reference.name, variables):
            if picked.reference.identity == reference.identity:
                return Picked(replace(picked.reference, parent=reference.parent), picked.source)
    if found := _in_store(reference, store):
        return found
    gone = f"{reference.name or 'this image'} is not available any more: add it again."
    return Picked(reference, None, missing="" if reference.payload is not None else gone)


def of_result(result: Result, variables: Mapping[str, Any], store: ResultStore) -> Picked:
    """An earlier picture: named by a variable that holds it, else by its file in the store."""
    (reference,) = references_of(result)
    for name, value in variables.items():
        if not name.startswith("_") and _shows(value, result):
            return Picked(replace(reference, name=name), ImageSource(name, is_expression=True))
    return _in_store(reference, store) or Picked(reference, None)


def _shows(value: Any, result: Result) -> bool:
    if isinstance(value, Job):
        return value.done() and not value.cancelled() and not value.exception() and _shows(value.result(), result)
    return isinstance(value, Result) and value.record.fingerprint == result.record.fingerprint


def _in_store(reference: Reference, store: ResultStore) -> Picked | None:
    """The earlier result that a reference is, as the path of its file in the store."""
    with suppress(StoreError):
        record = store.find(reference.parent) if reference.parent else None
        path = store.picture(record) if record else None
        if record and path and record.digest == reference.value:
            text = os.fspath(path)
            with suppress(ValueError):  # relative where it can be: a notebook is moved together with its store
                text = path.relative_to(working_folder()).as_posix()
            return Picked(
                replace(reference, payload=Payload(lambda: Result(record, path, store).bytes)),
                ImageSource(text),
                prompt=record.prompt,
            )
    return None

"""Reference images: from what a user gives to what identifies an image and what is uploaded."""

from __future__ import annotations

import base64
import hashlib
import io
import math
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from vidgo_notebook.domain.image_formats import MAX_REFERENCE_PIXELS, OUR_NAMESPACE
from vidgo_notebook.domain.pillow import check_pillow, has_pillow
from vidgo_notebook.domain.provider import is_public, is_web_url
from vidgo_notebook.domain.request import GenerationRequest, Reference
from vidgo_notebook.domain.wording import nearest, one_line, shown
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.image_file import Payload, as_png, changes, looked_at, opened, pixel_digest, upright
from vidgo_notebook.errors import NOTHING_SPENT, Problem, Problems, RequestError
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain
from vidgo_notebook.visible_text import visible_name

_A_WORD = re.compile(r"[\w./~-]+")
_PIL = "a PIL image"
_MOST_BYTES = 256 * 1024 * 1024  # of a file
_MOST_NAMES = 2000  # of a folder that are compared with a name that is missing
_HINT = "give a URL, a path, bytes, a PIL image, an array, a figure, or an earlier job or result"


@dataclass(frozen=True, slots=True)
class Named:
    """A value with the name that the user gave it."""

    value: Any
    name: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a cell that is not a variable; ``near`` is a variable with a similar name, or ''."""

    text: str
    near: str


def references_of(images: Any) -> tuple[Reference, ...]:
    """The references for one image or (nested) lists of them, in order.

    Files are read now. Raises RequestError with a problem for each value that is not an image.
    """
    problems = Problems()
    found = read_images(images, problems)
    problems.check()
    return found


def read_images(images: Any, problems: Problems) -> tuple[Reference, ...]:
    """The same for images of which some may be wrong.

    A value that is not an image is a problem, and has a reference without an identity in its place.
    """
    found: list[Reference] = []
    given = () if images is None else images
    for number, (value, name) in enumerate(_flat(given, ""), 1):
        try:
            found.append(_reference(value, name))
        except (ValueError, OSError) as error:
            why = getattr(error, "strerror", None) or str(error)
            text = value.text if isinstance(value, Word) else value
            label = name or (shown(os.fspath(text)) if isinstance(text, (str, os.PathLike)) else "")
            message = f"image {number}{f' ({label})' if label else ''}: {why}."
            problems.append(Problem("image", message, _one_by_one(text)))
            found.append(Reference("bytes", "", name=label))
    return tuple(found)


def _one_by_one(text: object) -> str:
    """The images that commas separate, each with its option; '' for a text that is no such list."""
    parts = [part.strip() for part in text.split(",")] if isinstance(text, str) and "://" not in text else []
    return (
        " ".join(f"--image {part}" for part in parts) if len(parts) > 1 and all(map(_A_WORD.fullmatch, parts)) else ""
    )


def with_parents_done(request: GenerationRequest) -> GenerationRequest:
    """The request once the jobs that it waited for have ended. RequestError if one has no picture."""
    references = list(request.references)
    for place, reference in enumerate(references):
        if isinstance(job := reference.payload, Job):
            if why := _why_no_picture(job):
                name = reference.name or "an earlier job"
                raise RequestError([Problem("image", f"{name} ({job.id}) has no picture: {why}.")])
            references[place] = _of_result(job.result(), reference.name)
    return replace(request, references=tuple(references))


def parents_of(request: GenerationRequest) -> list[Job]:
    """The jobs whose pictures a request waits for."""
    return [reference.payload for reference in request.references if isinstance(reference.payload, Job)]


def _flat(images: Any, name: str) -> Iterator[tuple[Any, str]]:
    if isinstance(images, Named):
        yield from _flat(images.value, images.name)
    elif isinstance(images, (list, tuple, Batch)):
        several = len(images) > 1
        for number, image in enumerate(images, 1):
            yield from _flat(image, f"{name}[{number - 1}]" if name and several else name)
    else:
        yield images, name


def _reference(image: Any, name: str) -> Reference:
    if isinstance(image, Reference):
        return image
    if isinstance(image, Word):
        return _of_text(image.text, name, image.near)
    if isinstance(image, str):
        return _of_text(image, name)
    if isinstance(image, Job):
        if not image.done():
            return Reference("job", image.id, name=name or "an earlier picture", payload=image)
        if why := _why_no_picture(image):
            raise ValueError(f"job {image.id} has no picture: {why}")
        return _of_result(image.result(), name)
    if isinstance(image, Result):
        return _of_result(image, name)
    if isinstance(image, os.PathLike):
        return _of_file(Path(image), name)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _of_bytes(bytes(image), name or "bytes")
    if isinstance(image, io.BytesIO):
        return _of_bytes(image.getvalue(), name or "bytes")
    if callable(getattr(image, "read", None)):
        return _of_bytes(_content(image), name or "an open file")
    return _of_pixels(image, name)


def _of_text(text: str, name: str, near: str = "") -> Reference:
    if is_web_url(text):
        host = urlsplit(text).hostname or ""
        if not is_public(host):
            raise ValueError(
                f"{shown(host)} is not a public host, so the service can't fetch it: give the file itself, "
                "and it is uploaded"
            )
        return Reference("url", text, name=name or text)
    if not text:
        raise ValueError(f"it names nothing: {_HINT}")
    if _is_data_url(text):
        return _of_bytes(_data_in(text), name or "a data: URL")
    if why := _blank_in_url(text):
        raise ValueError(why)
    if why := why_not_found(text):
        if name and name != text:  # of a variable
            why = why.replace("not a URL, variable or existing file", f"its text {shown(text)} is not a URL or a file")
        meant = [f"the variable {near}"] if near else []
        if file := _near_file(_at_home(Path(text))):
            meant.append(f"the file {visible_name(file)}")
        if meant:
            why += f" (did you mean {' or '.join(meant)}?)"
        raise ValueError(f"{why}: {_HINT}")
    return _of_file(Path(text), name)


def why_not_found(text: str) -> str:
    """Why ``text`` can't be the URL or path of an image, without reading it; '' if it may be one."""
    if is_web_url(text) or _is_data_url(text):
        return ""
    if why := _blank_in_url(text):
        return why
    if "://" in text:
        return "not a URL: one begins with https:// and names a host"
    return "" if _at_home(Path(text)).exists() else "not a URL, variable or existing file"


def _blank_in_url(text: str) -> str:
    """What to write instead of a URL with blanks; '' for anything else."""
    mended = text.strip().replace(" ", "%20")
    if mended == text or not is_web_url(mended):
        return ""
    return f"a URL can't contain a blank: write {mended}"


def _is_data_url(text: str) -> bool:
    return text[:5].lower() == "data:"


def _data_in(url: str) -> bytes:
    """The bytes in a data: URL. ValueError if they can't be decoded."""
    head, _, body = url.partition(",")
    data = unquote_to_bytes(body)
    if not head.lower().endswith(";base64"):
        return data
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except ValueError:
        raise ValueError("it is a data: URL, and its base64 is not valid") from None


def _near_file(path: Path) -> str:
    """The file in the folder of ``path`` with the most similar name; '' if there is none."""
    if not path.suffix:
        return ""
    with suppress(OSError):
        names = {each.stem: each.name for each in islice(path.parent.iterdir(), _MOST_NAMES)}
        if near := nearest(path.stem, list(names)):
            return str(path.with_name(names[near]))
    return ""


def _of_file(path: Path, name: str) -> Reference:
    path = _at_home(path)
    if not path.exists():
        raise ValueError("there is no such file")
    if not path.is_file():
        raise ValueError("it is a folder: name a file in it" if path.is_dir() else "it is not a regular file")
    try:
        return _of_bytes(read_plain(path, _MOST_BYTES), name or _text_of(path.name))
    except PlainFileError as error:
        raise ValueError(error.message.rstrip(".")) from None


def _text_of(name: str) -> str:
    """A file's name as text that can be stored: on Linux a name may be any bytes."""
    return os.fsencode(name).decode("utf-8", "replace")


def _content(file: Any) -> bytes:
    """All bytes of an open file, whose position stays where it is. ValueError if there are none."""
    if getattr(file, "closed", False):
        raise ValueError("the file is closed: give its path")
    place = file.tell() if (seeks := callable(getattr(file, "seekable", None)) and file.seekable()) else 0
    if seeks:
        file.seek(0)
    try:
        data = file.read()
    finally:
        if seeks:
            file.seek(place)
    if not isinstance(data, bytes):
        raise ValueError('the file is open as text: open it with "rb", or give its path')
    return data


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(f"there is no user {path.parts[0][1:]} here") from None


def _of_bytes(data: bytes, name: str) -> Reference:
    data = _as_served(data)
    digest = hashlib.sha256(data).hexdigest()
    if not has_pillow():  # nothing is sent from here: a store knows the request by the digest
        return Reference("bytes", digest, name=name, payload=Payload(lambda: data))
    picture, sound = looked_at(data)
    return Reference("bytes", digest, name=name, notes=tuple(changes(picture)), payload=Payload(lambda: sound))


def _as_served(data: bytes) -> bytes:
    """The bytes as they were served of a picture that ``--save`` has marked: that is the same image."""
    if OUR_NAMESPACE not in data:
        return data
    from vidgo_notebook.render.annotation import without_mark  # late: few images were saved by us

    return without_mark(data)


def _why_no_picture(job: Job) -> str:
    """Why a job that has ended has no result; '' if it has one."""
    if job.cancelled():
        return "it was cancelled"
    error = job.exception()
    return "" if error is None else getattr(error, "message", str(error)).rstrip(".")


def _of_result(result: Result, name: str) -> Reference:
    return Reference(
        "bytes",
        result.digest,
        name=name or "an earlier picture",
        parent=result.record.fingerprint,
        payload=Payload(lambda: result.bytes),
    )


def _of_pixels(image: Any, name: str) -> Reference:
    """A reference to anything that has pixels."""
    picture, kind = _picture(image)
    data = as_png(picture)
    notes = tuple(changes(image)) if kind == _PIL else ()
    return Reference("pixels", pixel_digest(picture), name=name or kind, notes=notes, payload=Payload(lambda: data))


def _picture(image: Any) -> tuple[Any, str]:
    """A PIL image and the kind of object it was made from, recognised by duck typing, so that neither NumPy
    nor Matplotlib is imported for it."""
    check_pillow("no image can be made of a figure or an array", cost=NOTHING_SPENT)
    from PIL import Image

    if isinstance(image, Image.Image):
        _load(image)
        return upright(image), _PIL
    if callable(getattr(image, "savefig", None)):
        file = io.BytesIO()
        image.savefig(file, format="png")
        return opened(file.getvalue()), "a figure"
    if not hasattr(image, "__array_interface__") and callable(getattr(image, "__array__", None)):
        try:
            image = image.__array__()  # such as a tensor's
        except Exception as error:  # noqa: BLE001  it is other people's code
            raise ValueError(
                f"a value of type {type(image).__name__} gives no array: {one_line(str(error), 200)}"
            ) from None
    if not (hasattr(image, "__array_interface__") and hasattr(image, "dtype")):
        raise ValueError(f"a value of type {type(image).__name__} is not an image: {_HINT}")
    return _of_array(image), "an array"


def _load(image: Any) -> None:
    """Read the pixels that a PIL image has still in its file. ValueError if they can't be read."""
    if image.width * image.height > MAX_REFERENCE_PIXELS:
        return  # refused for its size, unread
    try:
        image.load()
    except (AssertionError, AttributeError, ValueError):  # which of them depends on the format
        raise ValueError("its file is closed: call load() inside the with block, or give the path") from None
    except SyntaxError as error:
        raise ValueError(f"it can't be read: {error}") from None


def _of_array(array: Any) -> Any:
    from PIL import Image

    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype.kind == "b":  # a mask
        array = array.astype("uint8") * 255
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))) or 0 in array.shape:
        shape = "×".join(map(str, array.shape))
        first = array.ndim == 3 and array.shape[0] in (1, 3, 4)
        cure = ". Its channels come first: .transpose(1, 2, 0) puts them last" if first else ""
        raise ValueError(f"an array of shape {shape} is not an image: it has to be H×W, H×W×3 or H×W×4{cure}")
    if array.dtype.kind == "f":
        if math.isnan(array.min()):
            raise ValueError("an array with NaN is not an image: fill the gaps first")
        if not (array.min() >= 0 and array.max() <= 1):
            remedy = "subtract its least value, then divide" if array.min() < 0 else "divide it"
            raise ValueError(f"an array of floats has values outside 0 to 1: {remedy} by its largest value")
        array = (array * 255).round().astype("uint8")
    if array.dtype.name != "uint8":
        raise ValueError(f"an array of {array.dtype.name} is not an image: it has to be uint8, or floats in 0 to 1")
    return Image.fromarray(array)

"""Saves pictures to files that the user names: as served, annotated, or converted; under an ending that fits."""

from __future__ import annotations

import io
import json
import mimetypes
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vidgo_notebook.domain.image_formats import ENDINGS, SAVED_AS, ImageFormat, saved_as
from vidgo_notebook.domain.odd_metadata import decoded
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import Problem, RequestError, StoreError
from vidgo_notebook.store.results.local_files import path_of
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.user_files import write_new
from vidgo_notebook.visible_text import visible_name

if TYPE_CHECKING:
    from PIL import Image

_PICTURE_ENDINGS = tuple(ending for endings in ENDINGS.values() for ending in endings)
_OPTIONS: dict[str, dict[str, object]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
    "TIFF": {"compression": "tiff_deflate"},
}
_MODES = {  # that a format holds as they are; others become RGB or RGBA in 8 bits
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB"),
    "WEBP": ("RGB", "RGBA"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"),
}


class Picture(Protocol):
    """What is saved: a Result."""

    record: ResultRecord

    @property
    def bytes(self) -> bytes:
        """The bytes as served."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved file, and what is not as it was asked for, or ''."""

    path: Path
    note: str = ""


@dataclass(frozen=True, slots=True)
class SaveAs:
    """Where a picture is saved: a file, or a folder, which ends with a slash; annotated, and as ``format`` if it is
    to be converted. ``way`` is how the user asks for a format: ``format="jpg"``, or an option. With ``mark`` the file
    says what made it, in IPTC's words, unless it says so itself.
    """

    path: str
    annotate: bool = False
    format: str = ""
    way: str = 'format="{}"'
    mark: bool = False

    @classmethod
    def of(cls, path: object, *, annotate: bool = False, format: object = None) -> SaveAs:
        """What Python code asks for. RequestError where that is not possible."""
        named = format_of(format)
        if why := why_no_name(text := str(path_of(path)), named):
            raise RequestError([Problem("path", f"{why}.")])
        return cls(with_slash(text, like=str(path)), annotate, named)

    def write(self, picture: Picture) -> Saved:
        """Save a picture. Raises StoreError."""
        record, data, saved = picture.record, picture.bytes, self.place(picture.record)
        if self._media_type(record) != record.media_type:
            data = converted(data, SAVED_AS[self.format])
        if self.annotate:
            write_new(saved.path, annotated_copy(record, data))
        else:  # a file that an earlier version saved has no mark, and does as well
            write_new(saved.path, _marked(record, data) if self.mark else data, data)
        return saved

    def place(self, record: ResultRecord) -> Saved:
        """Where a picture is saved; nothing is written."""
        return Saved(*self._target(record.digest, self._media_type(record)))

    def _media_type(self, record: ResultRecord) -> str:
        return SAVED_AS[self.format].media_type if self.format else record.media_type

    def _target(self, digest: str, media_type: str) -> tuple[Path, str]:
        """The file of a picture of this type, and what is not as it was asked for."""
        target, right = Path(self.path), ENDINGS[media_type]
        if self.path.endswith("/"):
            return target / f"{digest[:16]}{right[0]}", ""
        ending, fitting = target.suffix.lower(), target.with_name(with_ending(target.name, right[0]))
        if ending in right:
            return target, ""
        if ending not in _PICTURE_ENDINGS:
            return fitting, ""
        how = f" {self.way.format(saved_as(ending))} converts it." if saved_as(ending) else ""
        made = media_type.removeprefix("image/").upper()
        return (
            fitting,
            f"Saved as {visible_name(fitting.name)} and not {visible_name(target.name)}: the picture is {made}.{how}",
        )


def with_slash(path: str, like: str = "") -> str:
    """A path as text; that of a folder, as there is one or as the user wrote it in ``like``, ends with a slash."""
    is_folder = (like or path).endswith(("/", "\\")) or os.path.isdir(os.path.expanduser(path))  # noqa: PTH111, PTH112
    return f"{path.rstrip('/')}/" if is_folder else path


def with_ending(name: str, ending: str) -> str:
    """A file's name with another ending of a picture."""
    own = Path(name).suffix
    return name.removesuffix(own if own.lower() in _PICTURE_ENDINGS else "") + ending


def format_of(given: object) -> str:
    """The name of a format to convert to, '' for None. RequestError for any other."""
    if given is None:
        return ""
    if isinstance(given, str) and (name := saved_as(given)):
        return name
    what = shown(given) if isinstance(given, str) else f"a value of type {type(given).__name__}"
    raise RequestError([Problem("format", f"{what} is not one of {', '.join(SAVED_AS)}.")])


def why_no_name(path: str, format: str = "") -> str:
    """Why no picture, or none of that format, can be saved under a name; '' if one can."""
    ending = "" if path.endswith("/") else Path(path).suffix.lower()
    if ending in _PICTURE_ENDINGS:
        fits = ENDINGS[SAVED_AS[format].media_type] if format else _PICTURE_ENDINGS
        return "" if ending in fits else f"{Path(path).name} does not end in {fits[0]}, and the format is {format}"
    if not mimetypes.guess_type(f"x{ending}")[0]:
        return ""  # an ending that means nothing is a part of the name
    endings = ", ".join(kind.suffix for kind in SAVED_AS.values())
    return f"a picture can't be saved as {ending}: write one of {endings}, or no ending"


def converted(data: bytes, kind: ImageFormat) -> bytes:
    """The picture in another format, with its colour profile. Raises StoreError."""
    try:
        picture = decoded(data)
        plain = _fitting(picture, kind)
        same_colours = plain.mode == picture.mode or picture.mode in ("P", "RGBA")
        profile = picture.info.get("icc_profile") if same_colours else None
        file = io.BytesIO()
        plain.save(file, kind.name, icc_profile=profile, **_OPTIONS[kind.name])
    except (OSError, SyntaxError, ValueError) as error:
        raise StoreError(f"The picture can't be converted to {kind.name}: {error}.") from None
    return file.getvalue()


def _fitting(picture: Image.Image, kind: ImageFormat) -> Image.Image:
    from vidgo_notebook.render.eight_bits import in_8_bits
    from vidgo_notebook.render.preview import flattened

    if picture.mode in _MODES[kind.name] and "transparency" not in picture.info:
        return picture
    return flattened(picture) if kind.name == "JPEG" else in_8_bits(picture)


def _marked(record: ResultRecord, data: bytes) -> bytes:
    from vidgo_notebook.render.annotation import marked  # late: few pictures are saved

    return marked(data, record.source_type)


def annotated_copy(record: ResultRecord, data: bytes) -> bytes:
    """The picture with its record as XMP, and in PNG as text. Raises StoreError if that is not possible."""
    from vidgo_notebook.render.annotation import Note, annotated

    note = Note(
        record=json.dumps(record.as_values(), sort_keys=True),
        prompt=record.prompt,
        tool=f"vidgo_notebook {record.package}".strip(),
        created=record.finished,
        source_type=record.source_type,
    )
    try:
        return annotated(data, note)
    except ValueError as error:
        raise StoreError(
            f"The picture can't be annotated: {error}.", hint="Save it without --annotate: the store keeps its record."
        ) from None

"""Reads the body of an upload: a parcel with its address label out, or a refusal."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.emulator.http.read_submit import is_unicode
from vidgo_notebook.emulator.refusal import Refusal

LABEL_FIELDS = ("upload_path", "file_name")
MOST_CHARACTERS = 255  # of a path or a name; the service publishes no limit, this one is ours

_PIECE = 2**20  # bytes that the reader of forms is given at a time: it copies what it is given


@dataclass(frozen=True, slots=True)
class Label:
    """Where a file goes: empty words leave it to the service."""

    folder: str = ""
    file_name: str = ""
    original_name: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file as it came, unchecked."""

    content: bytes
    label: Label = field(default_factory=Label)


async def read_form(headers: Headers, body: bytes) -> Parcel:
    """The file in a multipart body. Raises ``Refusal`` (400)."""
    if not headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise _refused("the body must be multipart/form-data with the field file")
    form = await _parsed(headers, body)
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise _refused("file is missing: send it as a part with a file name")
        fields = _fields([(name, value) for name, value in form.multi_items() if name != "file"])
        return Parcel(await file.read(), _label(fields, file.filename or ""))
    finally:
        await form.close()


async def _parsed(headers: Headers, body: bytes) -> FormData:
    async def whole() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(body), _PIECE):
            yield body[start : start + _PIECE]

    try:
        return await MultiPartParser(headers, whole(), max_files=1, max_fields=8).parse()
    except (MultiPartException, ValueError) as error:
        raise _refused(f"the multipart body can't be read: {getattr(error, 'message', error)}") from None


def _fields(given: list[tuple[str, Any]]) -> dict[str, str]:
    """The fields by their names in snake case; the service takes them in camel case too."""
    names = {spelling: name for name in LABEL_FIELDS for spelling in (name, _camel(name))}
    fields: dict[str, str] = {}
    for name, value in given:
        if name not in names:
            raise _refused(f"{shown(name)} is not a field of this upload")
        if names[name] in fields:
            raise _refused(f"{names[name]} is given twice")
        if not isinstance(value, str) or not is_unicode(value):
            raise _refused(f"{names[name]} must be text")
        fields[names[name]] = value
    return fields


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _label(fields: Mapping[str, str], original_name: str) -> Label:
    folder = [part for part in _readable(fields.get("upload_path", "")).split("/") if part]
    if any(part in (".", "..") for part in folder):
        raise _refused("upload_path must not hold . or .. as a folder")
    if folder[:1] == ["temp"]:
        del folder[0]
    label = Label("/".join(folder), _name(fields.get("file_name", "")), _name(original_name)[-MOST_CHARACTERS:])
    for name, text in (("upload_path", label.folder), ("file_name", label.file_name)):
        if len(text) > MOST_CHARACTERS:
            raise _refused(f"{name} has {len(text):,} characters; at most {MOST_CHARACTERS} are taken")
    return label


def _name(text: str) -> str:
    name = _readable(text).rpartition("/")[2]
    return "" if name in (".", "..") else name


def _readable(text: str) -> str:
    """``text`` with slashes that lean one way and nothing that can't be seen."""
    return "".join(character if character.isprintable() else "_" for character in text.strip()).replace("\\", "/")


def _refused(message: str) -> Refusal:
    return Refusal(400, message, "validation_error")

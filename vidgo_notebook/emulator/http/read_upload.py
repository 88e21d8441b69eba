"""Reads the body of an upload: a file and where it goes, or a refusal."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.emulator.http.read_submit import is_unicode
from vidgo_notebook.emulator.refusal import Refusal

FIELDS = {
    "upload_path": "upload_path",
    "uploadPath": "upload_path",
    "file_name": "file_name",
    "fileName": "file_name",
}
"""The fields by the spellings that the service accepts."""

MAX_CHARACTERS = 255  # of a path or a name; the service publishes no limit, this one is ours

_PIECE = 2**20  # bytes that the form parser gets at a time: it copies what it gets


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A file as it arrived, unchecked, and its place; an empty folder or name is left to the service."""

    content: bytes
    folder: str
    file_name: str
    original_name: str


async def read_form(headers: Headers, body: bytes) -> UploadForm:
    """The file in a multipart body. Raises ``Refusal`` (400)."""
    if not headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise _refused("the body must be multipart/form-data with the field file")
    form = await _parsed(headers, body)
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise _refused("file is missing: send it as a part with a file name")
        fields = _fields([(name, value) for name, value in form.multi_items() if name != "file"])
        folder, file_name = _folder(fields.get("upload_path", "")), _name(fields.get("file_name", ""))
        for name, text in (("upload_path", folder), ("file_name", file_name)):
            if len(text) > MAX_CHARACTERS:
                raise _refused(f"{name} has {len(text):,} characters; at most {MAX_CHARACTERS} are allowed")
        return UploadForm(await file.read(), folder, file_name, _name(file.filename or "")[-MAX_CHARACTERS:])
    finally:
        await form.close()


async def _parsed(headers: Headers, body: bytes) -> FormData:
    async def pieces() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(body), _PIECE):
            yield body[start : start + _PIECE]

    try:
        return await MultiPartParser(headers, pieces(), max_files=1, max_fields=8).parse()
    except (MultiPartException, ValueError) as error:
        raise _refused(f"the multipart body can't be read: {getattr(error, 'message', error)}") from None


def _fields(given: list[tuple[str, Any]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for spelling, value in given:
        name = FIELDS.get(spelling)
        if name is None:
            raise _refused(f"{shown(spelling)} is not a field of this upload")
        if name in fields:
            raise _refused(f"{name} is given twice")
        if not isinstance(value, str) or not is_unicode(value):
            raise _refused(f"{name} must be text")
        fields[name] = value
    return fields


def _folder(path: str) -> str:
    """``path`` below ``temp/``, which it may name or leave out."""
    folder = [part for part in _readable(path).split("/") if part]
    if any(part in (".", "..") for part in folder):
        raise _refused("upload_path must not contain . or .. as a folder")
    return "/".join(folder[1:] if folder[:1] == ["temp"] else folder)


def _name(text: str) -> str:
    name = _readable(text).rpartition("/")[2]
    return "" if name in (".", "..") else name


def _readable(text: str) -> str:
    """``text`` with forward slashes only, and ``_`` in place of characters that are not printable."""
    return "".join(character if character.isprintable() else "_" for character in text.strip()).replace("\\", "/")


def _refused(message: str) -> Refusal:
    return Refusal(400, message, "validation_error")

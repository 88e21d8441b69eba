"""Reads the file of a record, which somebody else may have written: nothing in it is trusted before it is checked.

What decides the picture is checked against the fingerprint, which is computed anew. The other fields (times, prices,
where the prompt came from) are checked for their form alone; ``record_digest`` finds edits of those.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS
from vidgo_notebook.domain.extra_fields import problems_of
from vidgo_notebook.domain.image_formats import IMAGE_FORMATS, MAX_SERVED_BYTES, MAX_SERVED_PIXELS, SUFFIXES
from vidgo_notebook.domain.untrusted_json import read_json
from vidgo_notebook.domain.wording import described
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.faults import FROM_BACKUP, LFS_CURE, LFS_POINTER, choose_a_side
from vidgo_notebook.store.results.file_names import DIGEST
from vidgo_notebook.store.results.record import FORMAT, ReferenceFile, ResultRecord
from vidgo_notebook.store.results.verification import has_own_fingerprint, is_unverifiable
from vidgo_notebook.visible_text import visible_name

MAX_RECORD_BYTES = 4 * 1024 * 1024
"""The largest record that is read. One of a picture has two kilobytes, and room for the longest prompt that is sent,
its template and its values, each character written as six."""

_DEEPEST = 20
_MOST_ITEMS = 1000
_LARGEST_NUMBER = 10**9 - 1
_LARGEST_SEED = 2**64
_LONGEST_TEXT = 32 * 1024  # characters of a text that no person writes: a task id, a note
_LONGEST_NAME = 500
_DIGEST_OR_NONE = re.compile(rf"({DIGEST.pattern})?")
_REFERENCE = re.compile(r"(url|bytes|pixels):.", re.DOTALL)
_CREDITS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_CONFLICT = re.compile(rb"^<{7}( |$)", re.MULTILINE)
_LISTS = ("references", "parents", "url_digests")
_PAIRS = ("values", "draws")
_COUNTS = ("width", "height", "size_bytes", "take", "generation")
_FILE_FIELDS = {each.name for each in fields(ReferenceFile)}
_SENT_AS = {each.media_type for each in IMAGE_FORMATS.values()}
_NAMES = ("provider", "api", "model", "package", "python", "job_id")
_WRITTEN = ("prompt", "template")
_NOTHING_LOST = "Nothing was overwritten and nothing was spent."


def read_record(data: bytes, name: str) -> ResultRecord:
    """The record in ``data``. Raises StoreError, naming ``name`` and what to do, if it is damaged or edited, of a newer
    version, or not a record at all."""
    try:
        if len(data) > MAX_RECORD_BYTES:
            raise ValueError(f"it has {len(data):,} bytes, too many for a record")
        content = _content(data)
        if isinstance(number := content.get("format"), int) and number > FORMAT:
            raise StoreError(
                f"The record {visible_name(name)} has format {described(number)}; this version of vidgo_notebook "
                f"reads up to {FORMAT}.",
                cost=_NOTHING_LOST,
                hint="pip install -U vidgo-notebook",
            )
        record = _record(_from_format_1(content) if content.get("format", 1) == 1 else content)
        if not (has_own_fingerprint(record) or is_unverifiable(record)):
            raise ValueError("its prompt, model, fields or images are not those of its fingerprint")
    except ValueError as error:
        raise StoreError(
            f"The record {visible_name(name)} can't be used: {error}.", cost=_NOTHING_LOST, hint=_cure(data, name)
        ) from None
    return record


def read_own_record(data: bytes, name: str) -> ResultRecord:
    """The record in the file ``name`` of a store. Raises StoreError, also for one that belongs into another file."""
    record = read_record(data, name)
    if name not in (f"{record.fingerprint}.json", record.superseded_name, record.second_name):
        raise StoreError(
            f"The record {name} belongs to another picture ({record.fingerprint[:12]}…).",
            hint="Restore it from version control, or move it away.",
        )
    return record


def _cure(data: bytes, name: str) -> str:
    if data.startswith(LFS_POINTER):
        return LFS_CURE
    if _CONFLICT.search(data):
        return f"Both pictures are kept. {choose_a_side(name)}"
    return FROM_BACKUP


def _content(data: bytes) -> dict[str, Any]:
    """The JSON object in a record's file. ValueError, with the reason, for anything else."""
    if data.startswith(LFS_POINTER):
        raise ValueError("it is a Git LFS pointer, not the record itself")
    if _CONFLICT.search(data):
        raise ValueError("it has the marks of a merge conflict")
    if not data.strip(b"\0 \r\n\t"):
        raise ValueError("it is empty")
    try:
        content = read_json(data, pairs=_without_twins, constant=_no_constant)
    except _TwinsError as error:
        raise ValueError(f"it has {error} twice") from None
    except ValueError:
        raise ValueError("it is not JSON") from None
    if not isinstance(content, dict):
        raise ValueError("it is not a JSON object")
    _check_texts(content, _DEEPEST)
    return content


class _TwinsError(ValueError):
    """An object has a key twice, so that two readers may see two records."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwinsError(repr(next(name for name in names if names.count(name) > 1)[:60]))
    return found


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _check_texts(value: dict[str, Any] | list[Any], depth: int) -> None:
    """ValueError for nesting and for texts that no later use of the record could take. Most values are plain
    texts, and a gallery reads a thousand records."""
    parts = (*value, *value.values()) if isinstance(value, dict) else value
    if parts and depth == 1:
        raise ValueError("it is nested too deeply")
    for each in parts:
        if isinstance(each, str):
            if not each.isascii():
                _check_text(each)
        elif isinstance(each, dict | list):
            _check_texts(each, depth - 1)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it has a text with half a character (a lone surrogate)") from None


def _from_format_1(data: dict[str, Any]) -> dict[str, Any]:
    """A record of format 1 converted to format 2."""
    data = {**data, "format": 2}
    resolution = data.pop("effective_resolution", "")
    known = {"resolution": resolution} if resolution else {}
    fields_sent = data.get("fields")
    return {**data, "effective_fields": {**fields_sent, **known} if isinstance(fields_sent, dict) else known}


_KNOWN = {each.name for each in fields(ResultRecord)}
_NEEDED = {each.name for each in fields(ResultRecord) if each.default is each.default_factory is MISSING}


def _record(data: dict[str, Any]) -> ResultRecord:
    if unknown := sorted(data.keys() - _KNOWN):
        raise ValueError(f"it has unknown fields ({', '.join(repr(name[:60]) for name in unknown[:5])})")
    for key, value in data.items():
        if not _fits(key, value):
            raise ValueError(f"its {key} is not valid")
    if not data.keys() >= _NEEDED:
        raise ValueError("fields are missing")
    for key in ("parents", "url_digests"):
        if len(data.get(key, ())) not in (0, len(data.get("references", ()))):
            raise ValueError(f"its {key} do not match its references")
    if not data.get("reference_files", {}).keys() <= set(data.get("references", ())):
        raise ValueError("its reference_files are not of its references")
    if data["width"] * data["height"] > MAX_SERVED_PIXELS:
        raise ValueError(f"it claims {data['width']}×{data['height']} pixels, more than any model makes")
    lists: dict[str, Any] = {key: tuple(data.get(key, ())) for key in _LISTS}
    lists |= {key: tuple((source, value) for source, value in data.get(key, ())) for key in _PAIRS}
    files = {identity: ReferenceFile(**file) for identity, file in data.get("reference_files", {}).items()}
    return ResultRecord(**{**data, **lists, "reference_files": files})


def _fits(key: str, value: Any) -> bool:
    """Whether a field's value is safe to use: for example, digests become file names, so they must be hexadecimal."""
    match key:
        case "fingerprint" | "digest":
            return _is(DIGEST, value)
        case "pixels":
            return _is(_DIGEST_OR_NONE, value)
        case "media_type":
            return isinstance(value, str) and value in SUFFIXES
        case "submitted" | "finished":
            return isinstance(value, str) and _is_time(value)
        case "quoted" | "charged":
            return value is None or _is(_CREDITS, value)
        case "format":
            return _is_count(value, FORMAT) and value > 0
        case "seed":
            return value is None or (
                isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_SEED
            )
        case "extra_fields":
            return isinstance(value, dict) and not (value and any(problems_of(value)))
        case "reference_files":
            return isinstance(value, dict) and all(map(_is_file, value.values()))
        case "fields" | "effective_fields":
            texts = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
            return texts and (key == "effective_fields" or value.keys() <= set(CHOICE_FIELDS))
        case "references":
            return _all(value, lambda item: isinstance(item, str) and bool(_REFERENCE.match(item)))
        case "parents" | "url_digests":
            return _all(value, lambda item: _is(_DIGEST_OR_NONE, item))
        case "values" | "draws":
            return _all(value, lambda pair: _all(pair, lambda text: isinstance(text, str)) and len(pair) == 2)
        case "size_bytes":
            return _is_count(value, MAX_SERVED_BYTES)
    if key in _COUNTS:
        return _is_count(value, _LARGEST_NUMBER)
    longest = _LONGEST_NAME if key in _NAMES else MAX_RECORD_BYTES if key in _WRITTEN else _LONGEST_TEXT
    return isinstance(value, str) and len(value) <= longest


def _is_file(value: Any) -> bool:
    """Whether a value is a ReferenceFile: its digest and media type become the name of a file."""
    if not (isinstance(value, dict) and value.keys() == _FILE_FIELDS):
        return False
    name, digest, kind, size = (value[each] for each in ("name", "digest", "media_type", "size_bytes"))
    named = isinstance(name, str) and len(name) <= _LONGEST_NAME
    if digest == "":
        return named and kind == "" and size == 0
    return named and _is(DIGEST, digest) and kind in _SENT_AS and _is_count(size, MAX_SERVED_BYTES)


def _all(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and len(value) <= _MOST_ITEMS and all(map(fits, value))


def _is(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_time(text: str) -> bool:
    try:
        return not text or 1970 <= datetime.fromisoformat(text).year <= 9000
    except ValueError:
        return False

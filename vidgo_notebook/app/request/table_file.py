"""A table in a file: CSV or TSV with its separator and encoding found out, JSON and JSON Lines."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from vidgo_notebook.app.request.rows import (
    Table,
    bad_table,
    check_number,
    checked_table,
    of_columns,
    of_dicts,
    typed_text,
)
from vidgo_notebook.domain.arguments import MOST_PLACES
from vidgo_notebook.domain.provider import is_web_url
from vidgo_notebook.domain.untrusted_json import read_json
from vidgo_notebook.domain.wording import counted, nearest, shown
from vidgo_notebook.errors import Problem
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results.local_files import path_of
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain
from vidgo_notebook.visible_text import visible_name

_MOST_BYTES = 512 * 1024 * 1024
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_ONE_COLUMN = ", and no commas, semicolons, tabs or vertical bars"
_NOWHERE = "\x1f"  # a separator that no header has: the file has one column
_LOOKED_AT = 100  # rows by which the separator is judged
_OTHER_PROGRAMS = {
    ".parquet": "read_parquet",
    ".pq": "read_parquet",
    ".feather": "read_feather",
    ".arrow": "read_feather",
    ".orc": "read_orc",
    ".xlsx": "read_excel",
    ".xlsm": "read_excel",
    ".xls": "read_excel",
    ".ods": "read_excel",
    ".dta": "read_stata",
    ".sav": "read_spss",
    ".pkl": "read_pickle",
    ".gz": "read_csv",
    ".zip": "read_csv",
    ".zst": "read_csv",
    ".jsonl": "read_json",
    ".json": "read_json",
}
_MAGIC = {b"PAR1": ".parquet", b"PK\x03\x04": ".xlsx", b"\xd0\xcf\x11\xe0": ".xls", b"ARROW1": ".arrow", b"ORC": ".orc"}
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose BOM is its beginning
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NOT_WESTERN = re.compile(r"[^\x00-\x7f]{4}")  # in a row: no language that Windows-1252 is for writes so
_JSON_LINES = (".jsonl", ".ndjson", ".jsonlines")


def table_in(given: Any) -> Table:
    """The table in a file. RequestError for one that can't be read, with the line that reads it where there is one."""
    text = str(given)
    if is_web_url(text) or is_url(text):
        raise bad_table("a URL is not read.", _read_with(text, Path(text.partition("?")[0]).suffix.lower(), "read_csv"))
    if isinstance(given, str) and ("\n" in given or (("," in given or ";" in given) and not _exists(given))):
        raise bad_table(
            f"{shown(given)} is text, not the path of a file.",
            'A list of prompts is vidgo.map([{"prompt": "A red house"}, {"prompt": "A blue house"}]); the text of a '
            "CSV file is vidgo.map(list(csv.DictReader(text.splitlines()))).",
        )
    path = path_of(given, "table")
    try:
        data = read_plain(path, _MOST_BYTES)
    except PlainFileError as error:
        raise bad_table(error.message) from None
    except OSError as error:
        raise bad_table(f"{shown(str(path))} can't be read: {error.strerror}.", _near_file(path)) from None
    suffix = path.suffix.lower()
    magic = next((kind for start, kind in _MAGIC.items() if data.startswith(start)), "")
    if magic or (suffix in _OTHER_PROGRAMS and suffix not in (".json", ".jsonl")):
        raise bad_table(f"{shown(str(path))} is not a text file.", _read_with(str(path), magic or suffix, "read_csv"))
    text, notes = _decoded(data, path)
    if suffix in _JSON_LINES or (suffix != ".csv" and text.lstrip()[:1] in ("{", "[")):
        return _of_json(text, path, notes)
    return _of_lines(text, path, notes)


def _read_with(place: str, suffix: str, otherwise: str) -> str:
    """The line that reads a file or URL of another kind."""
    reader, more = _OTHER_PROGRAMS.get(suffix, otherwise), ", lines=True" if suffix == ".jsonl" else ""
    return f"vidgo.map(pandas.{reader}({place!r}{more}), …) reads it."


def _near_file(path: Path) -> str | None:
    """The file of a name like this one in its folder, where there is one."""
    with suppress(OSError):
        if near := nearest(path.name, [each.name for each in path.parent.iterdir()]):
            return f"Did you mean {shown(str(path.with_name(near)))}?"
    return None


def _exists(text: str) -> bool:
    try:
        return Path(text).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _decoded(data: bytes, path: Path) -> tuple[str, list[str]]:
    """The text of a file, and a note where its encoding was guessed."""
    encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), "")
    if not encoding and b"\0" in data:
        encoding = "utf-16-le" if data[1:4:2] == b"\0\0" else "utf-16-be" if data[0:3:2] == b"\0\0" else ""
        if not encoding:
            raise bad_table(f"{shown(str(path))} is not a text file: byte {data.index(0) + 1:,} of it is 0.")
    try:
        return data.decode(encoding or "utf-8"), []
    except UnicodeDecodeError as error:
        if encoding:
            raise bad_table(f"{shown(str(path))} is not text: {error.reason}.") from None
    with suppress(UnicodeDecodeError):
        if not _NOT_WESTERN.search(text := data.decode("cp1252")):
            return text, [f"{visible_name(path.name)} is not UTF-8: it is read as Windows-1252."]
    raise bad_table(
        f"{shown(str(path))} is not UTF-8, and its encoding can't be found out.",
        f"vidgo.map(pandas.read_csv({str(path)!r}, encoding='…'), …) reads it: shift_jis, gb18030, cp1251 and so on.",
    )


def _of_json(text: str, path: Path, notes: list[str]) -> Table:
    """One dict a line, a list of dicts, or a dict with the values of each column."""
    lines, rows = text.split("\n"), list[Any]()  # a text inside may have other ends of lines
    if text.lstrip().startswith("[") or (path.suffix.lower() == ".json" and not _is_of_lines(lines)):
        whole = _json(text, f"{shown(str(path))} is not valid JSON")
        values = list(whole.values()) if isinstance(whole, dict) else []
        if values and all(isinstance(each, dict) for each in values):
            how = f"vidgo.map(pandas.read_json({str(path)!r}), …) reads what pandas has written."
            raise bad_table(f"{shown(str(path))} is an object of objects.", how)
        if any(isinstance(each, list) for each in values):
            return of_columns(whole, notes)
        rows = whole if isinstance(whole, list) else [whole]
    else:
        for number, line in enumerate(lines, 1):
            if line.strip():
                rows.append(_json(line, f"line {number:,} of {shown(str(path))} is not valid JSON"))
                check_number(len(rows), at_least=True)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise bad_table(f"row {number:,} of {shown(str(path))} is not an object with a value for each column.")
    return of_dicts(rows, notes)


def _is_of_lines(lines: Sequence[str]) -> bool:
    """Whether the first of several lines is an object of its own."""
    first, *more = [line for line in lines if line.strip()]
    with suppress(ValueError):
        return bool(more) and isinstance(read_json(first), dict)
    return False


def _json(text: str, what: str) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        why = f"{error.msg}, at character {error.pos + 1:,}" if isinstance(error, JSONDecodeError) else str(error)
        raise bad_table(f"{what}: {why}.") from None


def _of_lines(text: str, path: Path, notes: list[str]) -> Table:
    """A table of separated values; the first line has the names of the columns."""
    declared = re.match(r"sep=(.)\r?\n", text)  # Excel writes so what it separates by
    body = text[declared.end() :] if declared else text
    separator = declared[1] if declared else _separator(body)
    try:
        lines = list(islice((line for line in _reader(body, separator) if any(line)), MOST_PLACES + 2))
    except csv.Error as error:
        raise bad_table(f"{shown(str(path))} is not a CSV file: {error}.") from None
    if not lines:
        raise bad_table(f"{shown(str(path))} is empty.")
    check_number(len(lines) - 1, at_least=True)
    head, *rows = lines
    width = len(head)
    while width and not head[width - 1].strip() and not any("".join(row[width - 1 : width]).strip() for row in rows):
        width -= 1
    names = [name if name.strip() else f"column {number}" for number, name in enumerate(head[:width], 1)]
    faults = {
        place: Problem(
            "table",
            f"{counted(len(row), 'cell')} for {counted(width, 'column')}.",
            f'"…" around text with {_of(separator)}',
        )
        for place, row in enumerate(rows)
        if any(cell.strip() for cell in row[width:])
    }
    columns = [[row[place] if place < len(row) else None for row in rows] for place in range(width)]
    typed = [typed_text(name, cells, notes) for name, cells in zip(names, columns, strict=True)]
    source = f", separated by {_of(separator)}" if separator != _NOWHERE else _ONE_COLUMN
    return checked_table(names, typed, source, notes, faults)


def _of(separator: str) -> str:
    return _SEPARATORS.get(separator, shown(separator))


def _reader(text: str, separator: str) -> Iterable[list[str]]:
    # Strict: a quote that is never closed would swallow the rows after it.
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _separator(text: str) -> str:
    """The separator by which most rows have as many cells as the header, of those that the header has."""
    best, score = _NOWHERE, (0.0, 1)
    for separator in _SEPARATORS:
        try:
            head, *rows = islice((line for line in _reader(text, separator) if any(line)), _LOOKED_AT)
        except (csv.Error, ValueError):
            continue
        fitting = sum(len(row) == len(head) for row in rows) / max(1, len(rows))
        if len(head) > 1 and (fitting, len(head)) > score:
            best, score = separator, (fitting, len(head))
    return best

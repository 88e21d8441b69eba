"""A table as rows of plain values: which cells hold nothing, and how a value is written into a prompt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any

from vidgo_notebook.domain.arguments import MOST_PLACES, plain_scalar
from vidgo_notebook.domain.wording import counted, described, shown
from vidgo_notebook.errors import Problem, RequestError

Row = dict[str, Any]

_LISTED = 10  # columns that a message names; it counts the rest
_PLAIN = {str, int, bool, type(None)}
_NOTHING = {"NAType", "NaTType"}  # of pandas, recognised without importing it
_LARGEST_EXACT = 2**53  # as a float
_AN_ADDRESS = re.compile(r"\bat 0x[0-9A-Fa-f]+>")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table, each with a value for every column; a cell that holds nothing is None or ''.

    ``faults`` are the rows that could not be read, by their places from 0; ``source`` is how the columns were
    separated, for messages, and ``notes`` is what was changed in reading.
    """

    names: tuple[str, ...]
    rows: Sequence[Row]
    source: str = ""
    notes: tuple[str, ...] = ()
    faults: Mapping[int, Problem] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """Its columns in a sentence."""
        where = "The first line of the file" if self.source else "The table"
        return f"{where} has the {plural('column', self.names)} {named(self.names)}{self.source}."


def plural(noun: str, names: Sequence[str]) -> str:
    """The noun alone, in the number of the names."""
    return noun if len(names) == 1 else f"{noun}s"


def named(names: Sequence[str]) -> str:
    """Columns as a message names them: the first few, quoted where their name is not one word."""
    listed = [name if name.isidentifier() else shown(name) for name in names[:_LISTED]]
    more = len(names) - _LISTED
    return ", ".join([*listed, f"and {more:,} more"] if more > 0 else listed)


def checked_table(
    names: Sequence[str],
    columns: Sequence[Sequence[Any]],
    source: str = "",
    notes: Sequence[str] = (),
    faults: Mapping[int, Problem] | None = None,
) -> Table:
    """A table of columns of one length. RequestError for a name that occurs twice, for no rows and for too many."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise bad_table(f"has several columns named {named(twice)}: rename all but one.")
    count = len(columns[0]) if columns else 0
    if not count:
        raise bad_table("has no rows." if names else "has no rows and no columns.")
    check_number(count)
    clean = [_clean(column) for column in columns]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*clean, strict=True)]
    return Table(tuple(names), rows, source, tuple(notes), faults or {})


def of_dicts(rows: Iterable[Mapping[Any, Any]], notes: Iterable[str] = ()) -> Table:
    """A table of dicts; what a row does not have is missing."""
    found = list(rows)
    names = list(dict.fromkeys(str(name) for row in found for name in row))
    plain = [{str(name): value for name, value in row.items()} for row in found]
    return checked_table(names, [[row.get(name) for row in plain] for name in names], notes=tuple(notes))


def of_columns(given: Mapping[Any, Any], notes: Iterable[str] = ()) -> Table:
    """A table of a dict with the values of each column."""
    names, columns = [str(name) for name in given], []
    for name, values in zip(names, given.values(), strict=True):
        if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
            whole = "A single row is a list of one dict: [row]." if not any(map(_is_several, given.values())) else None
            raise bad_table(f"column {named([name])} is {an(values)}, not a list with a value for each row.", whole)
        columns.append(list(values) if isinstance(values, Sized) else list(islice(values, MOST_PLACES + 1)))
    lengths = {name: len(values) for name, values in zip(names, columns, strict=True)}
    if len({*lengths.values()}) > 1:
        several = ", ".join(f"{named([name])} {length:,}" for name, length in list(lengths.items())[:10])
        raise bad_table(f"its columns have different lengths: {several}.")
    return checked_table(names, columns, notes=tuple(notes))


def _is_several(values: Any) -> bool:
    return isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping))


def an(value: Any) -> str:
    """The type of a value, with its article."""
    kind = type(value).__name__
    return f"{'an' if kind[:1] in 'aeiouAEIOU' else 'a'} {kind}"


def check_number(count: int, *, at_least: bool = False) -> None:
    """RequestError for more rows than are planned at once; with ``at_least`` the count is only the least."""
    if count > MOST_PLACES:
        many = f"more than {MOST_PLACES:,} rows" if at_least else counted(count, "row")
        raise bad_table(f"has {many}; at most {MOST_PLACES:,} are planned at once: give it in parts.")


def bad_table(message: str, hint: str | None = None) -> RequestError:
    """What is wrong with a table as a whole."""
    return RequestError([Problem("table", message)], hint=hint)


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def as_text(value: Any) -> str:
    """A cell as a person would write it into a prompt: dates as ISO 8601, numbers without exponents."""
    match value:
        case str() if not isinstance(value, Enum):
            return value
        case bool():
            return "true" if value else "false"
        case Enum():
            return as_text(value.value)
        case Decimal() if value.is_finite():
            return format(value, "f")
        case float() if "e" in repr(value):
            return format(Decimal(repr(value)), "f")
        case datetime() if value.tzinfo is None and value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.isoformat()
        case _ if hasattr(value, "tolist"):  # an array, which would be cut short in the middle
            return as_text(value.tolist())
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(as_text, sorted(value) if isinstance(value, (set, frozenset)) else value))
        case Mapping() | bytes() | bytearray():
            raise _no_text(value)
    text = str(value)
    if _AN_ADDRESS.search(text):
        raise _no_text(value)
    return text


def _no_text(value: Any) -> RequestError:
    """A dict has no order of reading, and the address of an object would be another text in each run."""
    return RequestError(
        [Problem("prompt", f"{described(value)} has no text to put into a prompt.", "{{ value.part }}")]
    )


def _clean(values: Sequence[Any]) -> Sequence[Any]:
    """A column's values as Python's own, None for those that are missing. Whole floats are integers: a column of
    integers with gaps is one of floats in many libraries."""
    if {*map(type, values)} <= _PLAIN:
        return values
    plain = [plain_value(value) for value in values]
    present = [value for value in plain if value is not None]
    if any(isinstance(value, float) for value in present) and all(map(_is_whole, present)):
        return [None if value is None else int(value) for value in plain]
    return plain


def _is_whole(value: Any) -> bool:
    if isinstance(value, float):
        return value.is_integer() and abs(value) < _LARGEST_EXACT
    return isinstance(value, int) and not isinstance(value, bool)


def plain_value(value: Any) -> Any:
    """NumPy's scalars as Python's; NaN, NaT and NA as None."""
    if type(value).__name__ in _NOTHING:
        return None
    dtype = getattr(value, "dtype", None)
    short = getattr(dtype, "kind", "") == "f" and getattr(dtype, "itemsize", 8) < 8
    plain = plain_scalar(value)
    if short and isinstance(plain, float):  # 0.1 in 32 bits is not 0.10000000149
        plain = float(str(value))
    return None if isinstance(plain, (float, Decimal)) and plain != plain else plain  # noqa: PLR0124  NaN


_TRUTH = {"true": True, "false": False}
_NO_VALUE = {"NA", "N/A", "NaN", "nan", "NaT", "None", "null", "NULL", "<NA>"}  # as pandas, polars and R write it
_WHOLE = re.compile(r"-?\d+\.0")


def typed_text(name: str, cells: Sequence[str | None], notes: list[str]) -> Sequence[Any]:
    """A column of a text file as the program that wrote it had it: missing values, truth values, and integers that
    became floats because some are missing. ``notes`` receives what was changed."""
    found: list[Any] = [None if cell is None or cell.strip() in _NO_VALUE else cell for cell in cells]
    present = [cell for cell in found if not is_missing(cell)]
    if present and all(cell.strip().lower() in _TRUTH for cell in present):
        return [None if is_missing(cell) else _TRUTH[cell.strip().lower()] for cell in found]
    if len(present) < len(found) and present and all(_WHOLE.fullmatch(cell) for cell in present):
        notes.append(f"Column {named([name])} has gaps and whole numbers: {present[0]} is read as {present[0][:-2]}.")
        return [cell if is_missing(cell) else cell[:-2] for cell in found]
    return found

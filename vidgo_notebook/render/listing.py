"""Listings: rows of values under a title, which show themselves as an HTML table, as text, and as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar, overload

from vidgo_notebook.door import here
from vidgo_notebook.render import markup
from vidgo_notebook.visible_text import visible

Row = TypeVar("Row")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in any locale


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column of a listing: its heading, and the text that it shows of a row. The last one may be ``prose``: sentences
    that HTML puts on a line of their own below the row, where a narrow page has room for them."""

    heading: str
    text: Callable[[Row], str]
    prose: bool = False


class Listing(Sequence[Row]):
    """Rows of values under a title. ``notes`` are lines below the table, ``more`` further listings below them.

    A notebook shows it as a table, a terminal as text; ``to_dicts`` has its values. ``good`` is whether all went well;
    else a shell has an exit status that says so: None is what cannot be known.
    """

    good: bool | None = True

    def __init__(
        self,
        title: str,
        rows: Sequence[Row] = (),
        columns: Sequence[Column[Row]] = (),
        notes: Sequence[str] = (),
        more: Sequence[Listing[Any]] = (),
    ) -> None:
        self.title = title
        self.notes = tuple(notes)
        self._rows = tuple(rows)
        self._columns = tuple(columns)
        self._more = tuple(more)
        self._written: list[list[str]] | None = None

    def __getstate__(self) -> dict[str, object]:
        """For pickle: the texts in place of the functions that make them."""
        columns = [Column[Any](column.heading, str, column.prose) for column in self._columns]
        return {**self.__dict__, "_written": self._texts(), "_columns": columns}

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def to_dicts(self) -> list[dict[str, object]]:
        """The rows as plain values: amounts of credits are numbers, times are ISO 8601 texts."""
        return [plain_value(row) for row in self._rows]  # type: ignore[misc]  # a row is a dataclass

    def __repr__(self) -> str:
        table = [markup.text_table(self._texts(), self._head)] if self._rows else []
        lines = [here(self.title), *table, *map(here, self.notes), *(f"\n{each!r}" for each in self._more)]
        return visible("\n".join(lines))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        title = markup.line(f"<b>{markup.escape(here(self.title))}</b>")
        prose = bool(self._columns) and self._columns[-1].prose
        table = markup.table(self._texts(), self._head, prose=prose) if self._rows else ""
        own = markup.frame(title, table, markup.lines([here(note) for note in self.notes]))
        return own + "".join(each._repr_html_() for each in self._more)

    def _texts(self) -> list[list[str]]:
        return self._written or [[column.text(row) for column in self._columns] for row in self._rows]

    @property
    def _head(self) -> list[str]:
        head = [column.heading for column in self._columns]
        return head if any(head) else []


def short_time(moment: datetime, now: datetime | None = None) -> str:
    """A time as a table shows it, in the local time zone: ``14:02``, ``29 Nov 14:02`` or ``30 Nov 2025``."""
    local, today = moment.astimezone(), (now or datetime.now(UTC)).astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    day = f"{local.day} {_MONTHS[local.month - 1]}"
    return f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local.year}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what is known under it."""

    name: str
    value: str


def facts(title: str, rows: Sequence[tuple[str, str]], notes: Sequence[str] = ()) -> Listing[Fact]:
    """A listing of names and values, without a head."""
    columns = [Column[Fact]("", lambda fact: fact.name), Column[Fact]("", lambda fact: fact.value)]
    return Listing(title, [Fact(*row) for row in rows], columns, notes)


class Message(Listing[Fact]):
    """A sentence, without rows."""

    def __init__(self, text: str, notes: Sequence[str] = (), *, good: bool = True) -> None:
        super().__init__(text, notes=notes)
        self.good = good

    def to_dicts(self) -> list[dict[str, object]]:
        return [{"message": here(self.title), "notes": [here(note) for note in self.notes]}]


class Verbatim(Listing[Fact]):
    """A text to copy, exactly as it is."""

    def __repr__(self) -> str:
        return visible(self.title)

    def _repr_html_(self) -> str:
        return markup.frame(markup.code(self.title))

    def to_dicts(self) -> list[dict[str, object]]:
        return [{"text": self.title}]


def message(text: str, notes: Sequence[str] = (), *, good: bool = True) -> Message:
    """A sentence, and lines below it."""
    return Message(text, notes, good=good)


def plain_value(value: object) -> object:
    """A value as JSON has it: dataclasses are objects, decimals numbers, times texts."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain_value(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(each) for each in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)

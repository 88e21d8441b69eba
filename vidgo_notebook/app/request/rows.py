"""A table of requests: a list of dicts, a CSV file or a DataFrame, and which column means what."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vidgo_notebook.domain.arguments import plain_scalar
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.sizes import loose_pair
from vidgo_notebook.domain.template import names_in
from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.errors import Problem, Problems, RequestError
from vidgo_notebook.store.results.local_files import path_of

FIELDS = ("prompt", "model", *CHOICE_FIELDS, "image", "take", "callback_url")

Row = Mapping[str, Any]


def rows_of(table: Any) -> list[Row]:
    """The rows of a table, in order. RequestError for what is not a table, and for one without rows."""
    if isinstance(table, (str, os.PathLike)):
        path = path_of(table, "table")
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                rows = list(csv.DictReader(file, restkey="(more)"))
        except OSError as error:
            raise _bad(f"{shown(str(path))} can't be read: {error.strerror}.") from None
        except (UnicodeDecodeError, csv.Error) as error:
            raise _bad(f"{shown(str(path))} is not a CSV file in UTF-8: {error}.") from None
    elif hasattr(table, "to_dict") and hasattr(table, "columns"):  # pandas, recognised without importing it
        rows = table.to_dict("records")
    elif isinstance(table, Iterable) and not isinstance(table, (Mapping, bytes)):
        rows = list(table)
    else:
        kind = type(table).__name__
        raise _bad(f"{kind} is not a table: give a list of dicts, the path of a CSV file, or a DataFrame.")
    if not rows:
        raise _bad("has no rows.")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise _bad(f"row {number} is a {type(row).__name__}, not a dict with a value for each column.")
    return [{str(name): _value(value) for name, value in row.items()} for row in rows]


def _value(value: Any) -> Any:
    """NumPy's numbers as Python's, and missing values (NaN in a DataFrame) as None."""
    value = plain_scalar(value)
    return None if isinstance(value, float) and math.isnan(value) else value


class Columns:
    """The columns that fields take their values from; ``constants`` are the same for all rows."""

    def __init__(self, rows: list[Row], said: Mapping[str, Any], variables: Iterable[str], found: Problems) -> None:
        self._variables = frozenset(variables)
        self._names = list(dict.fromkeys(name for row in rows for name in row))
        self._of: dict[str, str] = {}
        self.constants: dict[str, Any] = {}
        problems = [problem for field, value in said.items() for problem in self._assign(field, value)]
        if problems:
            found += problems
            found.hint = f"The table has the columns {', '.join(self._names)}."

    def decided(self, row: Row) -> dict[str, Any]:
        """The fields that a row sets. An empty cell leaves a field to its default, except for the prompt."""
        found = {field: row.get(column) for field, column in self._of.items()}
        return {
            field: "" if value is None else value
            for field, value in found.items()
            if field == "prompt" or value not in (None, "")
        }

    def _assign(self, field: str, value: Any) -> Iterator[Problem]:
        if field not in FIELDS:
            yield Problem(field, f"is not a field ({', '.join(FIELDS)}).", nearest(field, FIELDS))
            return
        if isinstance(value, str) and value in self._names:
            self._of[field] = value
            return
        if isinstance(value, (list, tuple)) and field != "image":
            yield Problem(field, "is a list: give one value for all rows, or the name of a column.")
            return
        self.constants[field] = value
        if field == "prompt" and isinstance(value, str):
            for name in sorted(names_in(value) - {*self._names, *self._variables}):
                near = nearest(name, self._names)
                yield Problem("prompt", f"the table has no column {name}.", f"{{{{ {near} }}}}" if near else "")
        elif field in ("model", *CHOICE_FIELDS) and isinstance(value, str):
            possible = {*MODELS} if field == "model" else _values_of(field)
            # What is neither a column nor a possible value was meant as a column.
            if value not in possible and not (field == "size" and loose_pair(value)):
                near = nearest(value, self._names)
                yield Problem(field, f"{shown(value)} is neither a column nor a value of {field}.", near)


def _values_of(field: str) -> set[str]:
    """What any model takes as this field."""
    choices = [model.choice(field) for model in MODELS.values()]
    return {value for choice in choices if choice for value in choice.values}


def _bad(message: str) -> RequestError:
    return RequestError([Problem("table", message)])

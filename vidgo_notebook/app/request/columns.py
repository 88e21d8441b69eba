"""What a column of a table means: the field that takes its values, a variable of the prompt, or nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from vidgo_notebook.app.request.rows import Row, Table, as_text, is_missing, named, plural
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS, Model
from vidgo_notebook.domain.provider import is_web_url
from vidgo_notebook.domain.sizes import loose_pair
from vidgo_notebook.domain.template import names_in, no_value
from vidgo_notebook.domain.wording import described, nearest, shown
from vidgo_notebook.errors import Problem, Problems

_BY_NAME = ("prompt", "model", *CHOICE_FIELDS, "image", "take", "save")
FIELDS = (*_BY_NAME, "callback_url")
"""What a column can be used for besides the variables of a prompt. A table that somebody else made sets no
``callback_url`` by the name of a column."""

_OF_WORDS = ("model", *CHOICE_FIELDS)
_LIKE_A_COLUMN = 0.75  # how much a prompt of one word must be like a column to have been meant as one
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")


class Columns:
    """The column of each field and of each variable of the prompt; ``constants`` are the same for all rows.

    ``said`` are the fields that the caller gave, ``explicit`` its ``columns=`` (None if not given), ``variables`` the
    further keywords. ``found`` receives what is wrong with them.
    """

    def __init__(
        self, table: Table, said: Mapping[str, Any], explicit: object, variables: Mapping[str, Any], found: Problems
    ) -> None:
        self._table = table
        self._said = said
        self._variables = variables
        self._of: dict[str, str] = {}
        self._in_prompt: dict[str, str] = {}
        self._explicit = isinstance(explicit, Mapping)
        self._forgiven: list[str] = []
        self.constants: dict[str, Any] = {}
        problems = list(self._decide(explicit))
        if problems:
            found += problems
            found.hint = found.hint or table.description
        self._empty = {
            name: no_value(Problem("prompt", f"column {named([column])} has no value here."))
            for name, column in self._in_prompt.items()
        }

    def decided(self, row: Row) -> dict[str, Any]:
        """The fields that a row sets. A cell that holds nothing leaves a field to its default, except the prompt."""
        found = {field: row[column] for field, column in self._of.items()}
        return {
            field: "" if is_missing(value) else _as_field(field, value)
            for field, value in found.items()
            if field == "prompt" or not is_missing(value)
        }

    def variables(self, row: Row) -> dict[str, Any]:
        """The variables of the prompt that a row sets."""
        values = {name: row[column] for name, column in self._in_prompt.items()}
        return {name: self._empty[name] if is_missing(value) else value for name, value in values.items()}

    @property
    def used(self) -> str:
        """Which columns are used, and for what, in a sentence."""
        fields = [
            named([column]) if field == column else f"{field} from {named([column])}"
            for field, column in self._of.items()
        ]
        inside = [f"{named([*self._in_prompt.values()])} in the prompt"] if self._in_prompt else []
        return f"Columns used: {'; '.join([', '.join(fields), *inside] if fields else inside)}."

    def notes(self) -> list[str]:
        """What the caller may not expect: names that were forgiven, and columns that are used for nothing."""
        used = {*self._of.values(), *self._in_prompt.values()}
        unused = [name for name in self._table.names if name not in used]
        left = [f"{plural('Column', unused)} not used: {named(unused)}."] if unused else []
        return [*self._forgiven, *self._table.notes, *left]

    def advice(self, faulty: Collection[str]) -> str | None:
        """How to use no column by its name alone, where some are, of fields that are not right."""
        by_name = [field for field in self._of if field not in self._said and field != "prompt" and field in faulty]
        if self._explicit or not by_name:
            return None
        return (
            f"{plural('Column', by_name)} {named(by_name)}: used for the field of that name. With columns={{}} only "
            "the prompt is taken by its name."
        )

    # Deciding

    def _decide(self, explicit: object) -> Iterator[Problem]:
        if explicit is not None and not isinstance(explicit, Mapping):
            yield Problem("columns", f"{described(explicit)} is not a dict.", 'columns={"quality": "the column of it"}')
        yield from self._name_columns(explicit if isinstance(explicit, Mapping) else {})
        for field, value in self._said.items():
            if field in self._of:
                yield Problem(field, f"is given twice: by {field}= and by columns=.")
            else:
                yield from self._assign(field, value)
        for field in ("prompt",) if self._explicit else _BY_NAME:
            if field not in self._said and field not in self._of:
                yield from self._take_by_name(field)
        if not ("prompt" in self._of or "prompt" in self._said or self._like("prompt")):
            column = self._column_of_texts()
            template = "a text with {{ }}"
            named_or = f"prompt={column!r}, or " if column else "prompt= the column of the prompts, or "
            yield Problem("prompt", "the table has no column of this name.", named_or + template)
        yield from self._fill_prompt()
        yield from self._check_use()

    def _name_columns(self, explicit: Mapping[Any, Any]) -> Iterator[Problem]:
        """Those that ``columns=`` names: for fields, and for variables of the prompt."""
        template = self._said.get("prompt")
        inside = names_in(template) if isinstance(template, str) else frozenset()
        for field, name in explicit.items():
            column = self._find(name) if isinstance(name, str) else None
            if field not in FIELDS and field not in inside:
                meant = nearest(str(field), (*FIELDS, *inside))
                yield Problem("columns", f"{described(field)} is not a field ({', '.join(FIELDS)}).", meant)
            elif column is None:
                near = nearest(str(name), self._table.names)
                yield Problem("columns", f"the table has no column {described(name)} for {field}.", near)
            elif field in inside:
                self._in_prompt[field] = column
            else:
                self._of[field] = column

    def _assign(self, field: str, value: Any) -> Iterator[Problem]:
        """A field that the caller gave: the name of a column, or a value for all rows."""
        if field not in FIELDS:
            yield Problem(field, f"is not a field ({', '.join(FIELDS)}).", nearest(field, FIELDS))
            return
        column = self._find(value) if isinstance(value, str) else None
        if column is not None and field != "prompt" and _could_be(field, value):
            if not self._explicit:
                both = f"{shown(value)} is a column of the table, and a value of {field}."
                yield Problem(field, both, f'columns={{"{field}": {column!r}}} for the column, else columns={{}} too')
                return
            column = None
        if column is not None:
            self._of[field] = column
            return
        if isinstance(value, (list, tuple)) and field != "image":
            yield Problem(field, "is a list: give one value for all rows, or the name of a column.")
            return
        self.constants[field] = value
        if field in _OF_WORDS and isinstance(value, str) and not _could_be(field, value):
            # What is neither a column nor a possible value was meant as a column.
            near = nearest(value, [*self._table.names, *_values_of(field)])
            yield Problem(field, f"{shown(value)} is neither a column nor a value of {field}.", near)
        elif (
            field == "prompt"
            and isinstance(value, str)
            and not re.search(r"\s|\{\{", value.strip())
            and (near := nearest(value, self._table.names, _LIKE_A_COLUMN))
        ):
            yield Problem(field, f"{shown(value)} is not a column.", near)

    def _take_by_name(self, field: str) -> Iterator[Problem]:
        """A field that the caller did not give, from the column of its name."""
        if len(meant := self._like(field)) > 1:
            yield Problem(field, f"could be any of the columns {named(meant)}.", f'columns={{"{field}": {meant[0]!r}}}')
        elif column := self._find(field):
            self._of[field] = column

    def _fill_prompt(self) -> Iterator[Problem]:
        """The columns of the names in the prompt."""
        prompt = self.constants.get("prompt")
        for name in sorted(names_in(prompt)) if isinstance(prompt, str) else ():
            column = self._in_prompt.get(name) or self._find(name)
            if name in self._variables:
                if name in self._table.names:
                    yield Problem(name, "is a column of the table, and a keyword: leave one out.")
                elif name in self._in_prompt:
                    yield Problem(name, f"is given twice: by {name}= and by columns=.")
            elif column is None:
                near = nearest(name, self._table.names)
                written = f"{{{{ {_as_name(near)} }}}}" if near else ""
                yield Problem("prompt", f"the table has no column {name}.", written)
            else:
                self._in_prompt[name] = column
        for name, value in self._variables.items():
            if isinstance(value, str) and value in self._table.names and not self._explicit:
                both = f"{shown(value)} is a column of the table, and could be the value."
                yield Problem(name, both, f'columns={{"{name}": {value!r}}} for the column, else columns={{}} too')

    def _check_use(self) -> Iterator[Problem]:
        """Tables that would buy one picture for all rows, or pictures of numbers."""
        if len(self._table.rows) > 1 and not (self._of or self._in_prompt or "prompt" not in self._said):
            yield Problem("prompt", "uses no column, so all rows would be one picture.", "{{ a column }} in it")
        if column := self._of.get("prompt"):
            present = [row[column] for row in self._table.rows if not is_missing(row[column])]
            if present and all(map(_is_number, present)):
                text = f'prompt="… {{{{ {_as_name(column)} }}}} …"'
                yield Problem(
                    "prompt", f"column {named([column])} has only numbers, such as {described(present[0])}.", text
                )

    def _column_of_texts(self) -> str:
        """The column that may have the prompts: by its name, or the first of several words a cell; '' without one.
        The only column of a file is none: its separators may not have been recognised, or its first line is a
        prompt."""
        names = self._table.names
        if self._table.source and len(names) == 1 and not names[0].isidentifier():
            return ""
        row = self._table.rows[0]
        texts = [name for name, value in row.items() if isinstance(value, str) and " " in value.strip()]
        return nearest("prompt", names) or next(iter(texts), "")

    def _like(self, name: str) -> list[str]:
        """The columns of this name, or else of one that differs in case, white space and dashes only."""
        if name in self._table.names:
            return [name]
        return [each for each in self._table.names if (key := _key(each)) and key == _key(name)]

    def _find(self, name: str) -> str | None:
        """The one column of this name; a name that was forgiven is noted."""
        found = self._like(name)
        if len(found) != 1:
            return None
        if found[0] != name:
            note = f"Column {shown(found[0])} is taken as {name.strip()}."
            self._forgiven += [] if note in self._forgiven else [note]
        return found[0]


def _key(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().casefold()).strip("_")


def _as_name(column: str) -> str:
    """A column as a name inside ``{{ }}``."""
    return column if column.isidentifier() else re.sub(r"\W+", "_", column.strip())


def _values_of(field: str) -> dict[str, None]:
    """The values of a field of words, of any model."""
    if field == "model":
        return dict.fromkeys(MODELS)
    choices = [model.choice(field) for model in MODELS.values()]
    return {value: None for choice in choices if choice for value in choice.values}


def _could_be(field: str, value: str) -> bool:
    """Whether a text can be a value of a field, besides the name of a column."""
    if field == "image":
        return is_web_url(value) or Path(value).is_file()
    if field not in _OF_WORDS:
        return False
    return value in _values_of(field) or bool(field == "size" and loose_pair(value))


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return bool(_NUMBER.fullmatch(value.strip()))
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _as_field(field: str, value: Any) -> Any:
    """A cell as the value of a field."""
    if field in _OF_WORDS:
        return value if isinstance(value, Model) else as_text(value).strip()
    if field == "take" and isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if field == "save":
        return as_text(os.fspath(value) if isinstance(value, os.PathLike) else value)
    return value.strip() if field == "image" and isinstance(value, str) else value

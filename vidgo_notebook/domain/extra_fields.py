"""Input fields that the catalogue does not know: ``--set FIELD=VALUE`` in a cell, ``extra={…}`` in Python.

They are sent as they are, and they belong to the fingerprint. What they do to the price is not known.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from vidgo_notebook.domain.arguments import plain_scalar
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS
from vidgo_notebook.domain.wording import described, nearest, shown
from vidgo_notebook.errors import Problem

FieldValue: TypeAlias = str | int | float | bool
"""The value of a field: what JSON has besides lists and objects."""
Pairs: TypeAlias = tuple[tuple[str, FieldValue], ...]
"""Names and values, sorted by name."""

EXAMPLE = "--set output_format=png"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LONGEST = 2000  # characters of a text
_MOST = 50  # fields
_KNOWN = {
    **{name: f"--{name}" for name in ("model", *CHOICE_FIELDS)},
    "prompt": "the prompt itself",
    "image_urls": "--image",
    "callback_url": "--callback-url",
    "n": "--takes: the service makes one picture for each request",
}
"""The fields that have an option of their own, and that option."""


def pairs_of(given: object) -> Pairs | None:
    """The fields of a mapping, or of pairs, sorted by name; None where it is neither.

    >>> pairs_of({"steps": 4, "output_format": "png"})
    (('output_format', 'png'), ('steps', 4))
    """
    if given is None:
        return ()
    items = list(given.items()) if isinstance(given, Mapping) else given
    if not isinstance(items, list | tuple) or not all(isinstance(each, tuple) and len(each) == 2 for each in items):
        return None
    plain = [(name, plain_scalar(value)) for name, value in items]
    return tuple(sorted(plain, key=lambda pair: str(pair[0])))  # type: ignore[arg-type]  # the rules check the values


def value_of(text: str) -> FieldValue:
    """What a text after ``--set FIELD=`` means: a number, true or false as JSON writes them, a text in double quotes,
    else the text as it is.

    >>> value_of("4"), value_of("true"), value_of("png"), value_of('"4"')
    (4, True, 'png', '4')
    """
    try:
        value = json.loads(text, parse_constant=_not_a_value)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float) else text


def text_of(value: FieldValue) -> str:
    """The text after ``--set FIELD=`` that means a value.

    >>> text_of(4), text_of("png"), text_of("4")
    ('4', 'png', '"4"')
    """
    if isinstance(value, str) and value_of(value) == value and isinstance(value_of(value), str):
        return value
    return json.dumps(value, ensure_ascii=False)


def problems_of(extra: object) -> Iterator[Problem]:
    """What is wrong with further fields, each named ``set``."""
    pairs = pairs_of(extra)
    if pairs is None:
        yield Problem("set", f"{described(extra)} is not a field and its value.", EXAMPLE)
        return
    if len(pairs) > _MOST:
        yield Problem("set", f"{len(pairs):,} fields are too many; at most {_MOST} are sent.")
        return
    names = [name for name, _ in pairs]
    for name, value in dict(zip(names, pairs, strict=True)).values():
        yield from _problems_of_one(name, value)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Problem("set", f"{described(name)} is given twice.", "one value for each field")


def _problems_of_one(name: object, value: object) -> Iterator[Problem]:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield Problem("set", f"{described(name)} is not the name of an input field.", EXAMPLE)
    elif name in _KNOWN or name.lower() in _KNOWN:
        yield Problem("set", f"{shown(name)} has an option of its own.", _KNOWN[name.lower()])
    elif near := nearest(name, list(_KNOWN), 0.8):
        yield Problem("set", f"{shown(name)} is almost {near}, which has an option of its own.", _KNOWN[near])
    if not _is_value(value):
        yield Problem("set", f"{described(value)} is not a text, a number, True or False.", EXAMPLE)


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST and not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and abs(value) < 10**18


def in_words(extra: Iterable[tuple[str, FieldValue]]) -> list[str]:
    """Each field as it is written after ``--set``."""
    return [f"{name}={text_of(value)}" for name, value in extra]


def _not_a_value(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are not JSON

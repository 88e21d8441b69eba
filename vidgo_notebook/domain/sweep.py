"""A sweep: the axes along which requests vary, and all combinations of their values."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vidgo_notebook.domain.arguments import MOST_PLACES
from vidgo_notebook.errors import Problem, RequestError

SWEPT_FIELDS = ("model", "prompt", "quality", "size", "resolution", "image", "take")
"""What may vary besides the variables of a prompt."""

_LONGEST_LABEL = 48
_ANY_TEXT = "…"
_UNREAD: dict[str, Any] = {"prompt": _ANY_TEXT, "image": (), "take": 1}
_PLAIN = (str, int, float, bytes)

Combination = Mapping[str, Any]
"""One value for each axis, by its name."""


@dataclass(frozen=True)
class Axis:
    """A field or variable with the distinct values that it takes; ``labels`` has a unique text for each."""

    name: str
    values: tuple[Any, ...]
    labels: tuple[str, ...]

    def label(self, value: Any) -> str:
        """The label of one of the values."""
        return self._by_key[_key(value)]

    @cached_property
    def _by_key(self) -> dict[Any, str]:
        return dict(zip(map(_key, self.values), self.labels, strict=True))


def axis(name: str, values: Iterable[Any]) -> Axis:
    """An axis of the distinct ``values``. Labels are short texts, numbered where two are equal.

    Raises RequestError if there is no value.
    """
    kept = tuple({_key(value): value for value in values}.values())
    if not kept:
        raise RequestError([Problem(name, "has no value to sweep over.", f"--sweep {name}=A,B, one value at least")])
    texts = [short(value) for value in kept]
    counts, seen, labels = Counter(texts), Counter[str](), []
    for text in texts:
        seen[text] += 1
        labels.append(f"{text} ({seen[text]})" if counts[text] > 1 else text)
    return Axis(name, kept, tuple(labels))


def unread_axis(name: str) -> Axis:
    """The axis of values that could not be read: it keeps its name's place while the rest is checked, and has a value
    with which nothing else is wrong."""
    value = _UNREAD.get(name, None if name in SWEPT_FIELDS else _ANY_TEXT)
    return Axis(name, (value,), ("",))


def check_axes(axes: Sequence[Axis]) -> None:
    """Raise RequestError for no axis, an axis given twice, or more than ``MOST_PLACES`` combinations."""
    names = [each.name for each in axes]
    problems = [
        Problem("sweep", f"{name} is swept twice: put all of its values into one.")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if not axes:
        problems.append(Problem("sweep", "nothing varies.", "several values, such as --sweep quality=low,high"))
    elif (places := size_of(axes)) > MOST_PLACES:
        problems.append(Problem("sweep", f"{places:,} combinations are too many; at most {MOST_PLACES:,} are planned."))
    if problems:
        raise RequestError(problems)


def size_of(axes: Sequence[Axis]) -> int:
    """The number of combinations."""
    return math.prod(len(each.values) for each in axes)


def combinations(axes: Sequence[Axis]) -> Iterator[Combination]:
    """Every combination; the last axis varies fastest."""
    names = [each.name for each in axes]
    for values in itertools.product(*(each.values for each in axes)):
        yield dict(zip(names, values, strict=True))


def short(value: Any) -> str:
    """A value as a label: one short line."""
    named = getattr(value, "name", None)
    text = " ".join(str(named if isinstance(named, str) and named else value).split())
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1].rstrip() + "…"


def in_words(varied: Mapping[str, Any]) -> str:
    """A combination in words: ``quality=low, size=16:9``."""
    return ", ".join(f"{name}={short(value)}" for name, value in varied.items())


def _key(value: Any) -> Any:
    """The identity of a value: plain ones compare by value, others (whose ``==`` may give an array) by object."""
    return (type(value), value) if isinstance(value, _PLAIN) else id(value)

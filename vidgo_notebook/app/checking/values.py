"""Values that are known without running code, and what plain expressions make of them."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

UNKNOWN: Any = type("Unknown", (), {"__repr__": lambda _: "unknown"})()
"""The value of a name or expression that cannot be known without running the notebook."""

PLAIN = (str, bytes, int, float, complex, type(None), type(...))
"""Values that no code changes."""

CHANGEABLE = (list, dict, set)
"""Values that code may change without binding them anew."""

MOST = 100_000
"""Elements, or letters, of a value; a longer one is not computed."""

PURE: Mapping[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        *(str, int, float, bool, len, range, list, tuple, dict, set, sorted, reversed, enumerate, zip),
        *(min, max, sum, round, abs, any, all, repr),
    )
}
"""Builtins that neither change their arguments nor do anything else."""

READING: Mapping[type, set[str]] = {
    str: {
        *("upper", "lower", "title", "capitalize", "casefold", "swapcase", "strip", "lstrip", "rstrip"),
        *("removeprefix", "removesuffix", "replace", "format", "join", "split", "rsplit", "splitlines"),
        *("startswith", "endswith", "find", "index", "count", "isdigit", "isalpha", "isupper", "islower"),
    },
    dict: {"items", "keys", "values", "get", "copy"},
    list: {"index", "count", "copy"},
    tuple: {"index", "count"},
}
"""The methods of each type that only read it."""

_OPERATIONS: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda part, whole: part in whole,
    ast.NotIn: lambda part, whole: part not in whole,
}
_SIGNS: Mapping[type[ast.AST], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}
_NUMBER = re.compile(r"\d+")
_CONVERSIONS: Mapping[int, Callable[[Any], str]] = {ord("s"): str, ord("r"): repr, ord("a"): ascii}


def is_known(value: Any) -> bool:
    """Whether a value consists of plain values alone."""
    if isinstance(value, dict):
        return all(map(is_known, value)) and all(map(is_known, value.values()))
    if isinstance(value, list | tuple | set):
        return all(map(is_known, value))
    return isinstance(value, (*PLAIN, range, slice))


def holds_changeable(values: object) -> bool:
    """Whether an element of a list, a tuple, a dict or a set can itself be changed."""
    if not isinstance(values, CHANGEABLE):
        return False
    elements = values.values() if isinstance(values, dict) else values
    return any(isinstance(element, CHANGEABLE) for element in elements)


def combined(node: ast.operator | ast.cmpop, left: Any, right: Any) -> Any:
    """The value of ``left`` and ``right`` with the operator between them; UNKNOWN if it is not computed."""
    return _computed(_OPERATIONS.get(type(node)), left, right)


def signed(node: ast.unaryop, value: Any) -> Any:
    """The value with the sign before it."""
    return _computed(_SIGNS[type(node)], value)


def item(whole: Any, key: Any) -> Any:
    """``whole[key]``."""
    return _computed(operator.getitem, whole, key)


def formatted(value: Any, conversion: int, spec: str) -> Any:
    """The text of ``{value!conversion:spec}`` in an f-string."""
    text = _computed(_CONVERSIONS[conversion], value) if conversion in _CONVERSIONS else value
    return _computed(format, text, spec)


def called(function: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """What a pure builtin returns: an iterator as a list, so that it can be read twice."""
    return _computed(PURE[function], *arguments, **named)


def method(whole: Any, name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """What a method that only reads ``whole`` returns."""
    if name not in READING.get(type(whole), set()):
        return UNKNOWN
    function = getattr(type(whole), name)
    return _computed(function, whole, *arguments, **named)


def _computed(function: Callable[..., Any] | None, *values: Any, **named: Any) -> Any:
    """What a function returns for known values."""
    if function is None or not all(map(is_known, (*values, *named.values()))) or _is_long(function, values):
        return UNKNOWN
    try:
        result = function(*values, **named)
        if not isinstance(result, (*PLAIN, *CHANGEABLE, tuple, range)):
            result = list(result)
    except Exception:  # noqa: BLE001  the notebook's own mistake, which a run would show
        return UNKNOWN
    return UNKNOWN if _size(result) > MOST else result


def _is_long(function: Callable[..., Any], values: Sequence[Any]) -> bool:
    """Whether the result may be larger than is computed."""
    sizes = [_size(value) for value in values if not isinstance(value, int)]
    if function is operator.mul and sizes:
        return any(isinstance(value, int) and value * max(sizes) > MOST for value in values)
    if function in (format, operator.mod, str.format):  # f"{x:1000000000}"
        return any(len(digits) > 4 for value in values if isinstance(value, str) for digits in _NUMBER.findall(value))
    if function in (str.replace, str.join):
        return prod(max(size, 1) for size in sizes) > MOST
    return max(sizes, default=0) > MOST


def _size(value: Any) -> int:
    if isinstance(value, range):  # len() of a very long one fails
        return max(0, (value.stop - value.start) // value.step)
    return len(value) if isinstance(value, (str, bytes, *CHANGEABLE, tuple)) else 1

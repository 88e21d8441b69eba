"""The signature that Shift-Tab shows: types as a reader writes them, without quotes, and a choice by its values."""

from __future__ import annotations

import inspect
import re
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

_Class = TypeVar("_Class")
_LITERAL = re.compile(r"\bLiteral\[([^\[\]]*)\]")


class TypeText(str):
    """A type as text; what formats a signature takes its ``repr``, which has no quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def readable(signature: inspect.Signature) -> inspect.Signature:
    """The same signature with its types as text."""
    parameters = [each.replace(annotation=_text_of(each.annotation)) for each in signature.parameters.values()]
    return signature.replace(parameters=parameters, return_annotation=_text_of(signature.return_annotation))


def readable_class(cls: type[_Class]) -> type[_Class]:
    """A class that shows itself with such a signature; it is meant to have no subclass."""
    cls.__signature__ = readable(inspect.signature(cls))  # type: ignore[attr-defined]
    return cls


def _text_of(annotation: Any) -> Any:
    return annotation if annotation is inspect.Signature.empty else TypeText(_text(annotation))


def _text(annotation: Any) -> str:
    """``Optional[Literal['low', 'high']]`` as ``'low' | 'high' | None``, a class by its name."""
    if isinstance(annotation, str):
        return _LITERAL.sub(lambda found: found[1].replace(", ", " | "), annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " | ".join(map(repr, arguments))
    if origin in (Union, UnionType):
        return " | ".join(map(_text, arguments))
    if annotation is type(None):
        return "None"
    if origin is not None:
        return f"{_text(origin)}[{', '.join(map(_text, arguments))}]"
    return getattr(annotation, "__name__", None) or str(annotation)

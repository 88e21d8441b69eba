"""Calls of this package in a notebook's Python: settings that are made, and pictures that are asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vidgo_notebook.app.checking.names import UNKNOWN, literal

PACKAGE = "vidgo_notebook"
_BUYING = ("generate", "sweep", "map", "batch")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of ``function``. ``name`` is the variable that receives its value, '' if none does; arguments
    are None where they can't be read, or where the call stands in code that may run otherwise."""

    function: str
    name: str = ""
    positional: list[Any] | None = None
    named: dict[str, Any] = field(default_factory=dict)


def calls_in(statement: ast.stmt, aliases: set[str], names: Mapping[str, Any]) -> Iterator[Call]:
    """The calls that matter here; ``aliases`` are the package's names, and grow with imports."""
    aliases.update(_aliases(statement))
    plain = _plain_call(statement)
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and (function := _function(node, aliases)):
            yield _read(node, function, statement, names) if node is plain else Call(function)


def _aliases(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Import):
        yield from (alias.asname or alias.name for alias in statement.names if alias.name == PACKAGE)


def _plain_call(statement: ast.stmt) -> ast.expr | None:
    """The call that a statement consists of: ``call()`` or ``name = call()``."""
    return statement.value if isinstance(statement, ast.Expr | ast.Assign) else None


def _function(node: ast.Call, aliases: set[str]) -> str:
    match node.func:
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in aliases and name in (*_BUYING, "configure"):
            return name
        case _:
            return ""


def _read(node: ast.Call, function: str, statement: ast.stmt, names: Mapping[str, Any]) -> Call:
    positional = [literal(argument, names) for argument in node.args]
    named = {keyword.arg or "**": literal(keyword.value, names) for keyword in node.keywords}
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    name = target.id if isinstance(target, ast.Name) else ""
    if "**" in named or any(value is UNKNOWN for value in (*positional, *named.values())):
        return Call(function, name)
    return Call(function, name, positional, named)

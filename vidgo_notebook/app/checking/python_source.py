"""A notebook's Python, read without running it: what its names stand for, and its calls of this package."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

UNKNOWN: Any = type("Unknown", (), {"__repr__": lambda _: "unknown"})()
"""The value of a name or expression that cannot be known without running the notebook."""

_LASTING = (str, bytes, int, float, type(None))
"""Immutable types: a name keeps such a value until it is assigned again."""

PYTHON_MAGICS = ("time", "timeit", "capture", "prun")
"""Cell magics whose body is Python of the notebook."""

_LINE_MAGIC = re.compile(r"^(\s*)[%!?].*$|^(\s*)[\w.\[\]'\"]+\?{1,2}\s*$", re.MULTILINE)
_ASSIGNED_MAGIC = re.compile(r"^(\s*[\w, ]+=)\s*[%!].*$", re.MULTILINE)
_WORD = re.compile(r"[^\W\d]\w*")
_DEFINES_ANYTHING = re.compile(r"^\s*%(run|store|load|pylab|reset|reload_ext|env)\b", re.MULTILINE)


def parsed(source: str) -> ast.Module | None:
    """A cell's Python, without its line magics; None if it is not Python."""
    without = _ASSIGNED_MAGIC.sub(r"\1 object()", source)
    without = _LINE_MAGIC.sub(lambda match: f"{match[1] or match[2] or ''}pass", without)
    for text in (source, without):
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.parse(text)
    return None


def literal(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of an expression of literals and known names; UNKNOWN for any other expression."""
    if isinstance(node, ast.Name):
        return names.get(node.id, UNKNOWN)
    if isinstance(node, ast.Tuple | ast.List):
        values = [literal(each, names) for each in node.elts]
        return UNKNOWN if any(value is UNKNOWN for value in values) else values
    with suppress(ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ast.literal_eval(node)
    return UNKNOWN


def value_of(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression given as text; UNKNOWN if it cannot be known."""
    module = parsed(text)
    only = module.body[0] if module and len(module.body) == 1 else None
    return literal(only.value, names) if isinstance(only, ast.Expr) else UNKNOWN


def learn(source: str, names: dict[str, Any], look: Callable[[ast.stmt], None]) -> None:
    """Bring ``names`` up to date with what a cell of Python binds; ``look`` sees each statement before that."""
    module = parsed(source)
    if module is None:
        forget(names, source)
        return
    for statement in module.body:
        look(statement)
        names.update(dict(_bound(statement, names)))
    star = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(module))
    if star or _DEFINES_ANYTHING.search(source):
        names.update(dict.fromkeys(names, UNKNOWN))


def forget(names: dict[str, Any], text: str) -> None:
    """Take every name in a text as unknown: code that cannot be read may bind it."""
    names.update(dict.fromkeys(_WORD.findall(text), UNKNOWN))


def _bound(statement: ast.stmt, names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        value = literal(statement.value, names)
        if all(isinstance(target, ast.Name) for target in targets) and isinstance(value, _LASTING):
            yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
            return
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name, UNKNOWN
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, UNKNOWN
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, UNKNOWN
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0], UNKNOWN


# Calls of this package: changes of settings, and orders of pictures

_FUNCTIONS = ("generate", "sweep", "map", "batch", "configure")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of ``function``. ``name`` is the variable that receives its value, '' if none does; the arguments
    are None if they cannot be read, or if the call is inside other code, which may run it any number of times."""

    function: str
    name: str = ""
    positional: list[Any] | None = None
    named: dict[str, Any] = field(default_factory=dict)


def calls_in(statement: ast.stmt, aliases: set[str], names: Mapping[str, Any]) -> Iterator[Call]:
    """The calls of this package in a statement; ``aliases`` are the package's names, and grow with imports."""
    if isinstance(statement, ast.Import):
        aliases.update(alias.asname or alias.name for alias in statement.names if alias.name == "vidgo_notebook")
    only = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None  # call(), or name = call()
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=function)):
                if owner in aliases and function in _FUNCTIONS:
                    yield _read(node, function, statement, names) if node is only else Call(function)


def _read(node: ast.Call, function: str, statement: ast.stmt, names: Mapping[str, Any]) -> Call:
    positional = [literal(argument, names) for argument in node.args]
    named = {keyword.arg or "**": literal(keyword.value, names) for keyword in node.keywords}
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    name = target.id if isinstance(target, ast.Name) else ""
    if "**" in named or any(value is UNKNOWN for value in (*positional, *named.values())):
        return Call(function, name)
    return Call(function, name, positional, named)

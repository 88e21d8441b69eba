"""What the names of a notebook stand for, as far as that can be read: literals, in the order of the cells."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

UNKNOWN: Any = type("Unknown", (), {"__repr__": lambda _: "unknown"})()
"""What a name stands for that only running the notebook tells."""

_LASTING = (str, bytes, int, float, type(None))
"""Values that nothing can change after they were assigned."""

_AS_PYTHON = ("time", "timeit", "capture", "prun")
_LINE_MAGIC = re.compile(r"^(\s*)[%!?].*$|^(\s*)[\w.\[\]'\"]+\?{1,2}\s*$", re.MULTILINE)
_ASSIGNED_MAGIC = re.compile(r"^(\s*[\w, ]+=)\s*[%!].*$", re.MULTILINE)
_WORD = re.compile(r"[^\W\d]\w*")
_DEFINES_ANYTHING = re.compile(r"^\s*%(run|store|load|pylab|reset|reload_ext|env)\b", re.MULTILINE)


def parsed(source: str) -> ast.Module | None:
    """A cell's Python, its line magics set aside; None if it is no Python."""
    without = _ASSIGNED_MAGIC.sub(r"\1 object()", source)
    without = _LINE_MAGIC.sub(lambda match: f"{match[1] or match[2] or ''}pass", without)
    for text in (source, without):
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.parse(text)
    return None


def literal(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of an expression of literals and known names; UNKNOWN for any other."""
    if isinstance(node, ast.Name):
        return names.get(node.id, UNKNOWN)
    if isinstance(node, ast.Tuple | ast.List):
        values = [literal(each, names) for each in node.elts]
        return UNKNOWN if any(value is UNKNOWN for value in values) else values
    with suppress(ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ast.literal_eval(node)
    return UNKNOWN


def value_of(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression given as text; UNKNOWN if only running it tells."""
    module = parsed(text)
    only = module.body[0] if module and len(module.body) == 1 else None
    return literal(only.value, names) if isinstance(only, ast.Expr) else UNKNOWN


def learn(source: str, names: dict[str, Any], look: Callable[[ast.stmt], None] = lambda _: None) -> None:
    """Bring ``names`` up to date with what a cell of Python binds; ``look`` sees each statement before that."""
    module = parsed(source)
    if module is None:
        forget(names, source)
        return
    for statement in module.body:
        look(statement)
        names.update(dict(_bound(statement, names)))
    if _DEFINES_ANYTHING.search(source) or _imports_everything(module):
        names.update(dict.fromkeys(names, UNKNOWN))


def forget(names: dict[str, Any], text: str) -> None:
    """What can't be read may bind whatever it names."""
    names.update(dict.fromkeys(_WORD.findall(text), UNKNOWN))


def _bound(statement: ast.stmt, names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        value = literal(statement.value, names)
        if all(isinstance(target, ast.Name) for target in targets) and isinstance(value, _LASTING):
            yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
            return
    for node in ast.walk(statement):
        yield from ((name, UNKNOWN) for name in _names_bound_by(node))


def _names_bound_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.alias(name=name, asname=asname):
            return [asname or name.partition(".")[0]]
        case _:
            return []


def _imports_everything(module: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(module))


def runs_as_python(magic: str) -> bool:
    """Whether the body of a cell magic is Python of this notebook."""
    return magic in _AS_PYTHON

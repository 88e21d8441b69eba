"""What a notebook's names may stand for besides plain values, and what of its code may reach this package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vidgo_notebook.app.checking.cell_code import SHELL
from vidgo_notebook.app.checking.magics import is_harmless_magic, is_harmless_shell

PACKAGE = "vidgo_notebook"

MENTION = re.compile(r"vidgo_notebook|%vidgo|\bvidgo\.\w+\(|^\s*vidgo\b|\bVIDGO_")
"""In a text: the package, or one of its magics, programs or settings."""

SPACES = ("globals", "locals", "vars")
"""Functions that give every name."""

SHELL_METHODS = ("run_line_magic", "run_cell_magic", "magic", "system", "getoutput", "run_cell", "ex")
"""Those of the shell that are followed."""

RUNS_CODE = re.compile(
    r"(exec|eval|compile|__import__|importlib\.import_module|import_module|runpy\.\w+|run_path|run_module"
    r"|os\.(system|popen|exec\w+|spawn\w+|startfile)|(subprocess\.)?(run|Popen|call|check_call|check_output))$"
)
"""Functions that run code, or programs, which stand elsewhere."""


@dataclass(frozen=True, slots=True)
class Public:
    """A public name of the package, or with '' the package itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a value."""

    owner: Any
    name: str


@dataclass
class BatchOf:
    """The value of a sweep or a map: its pictures, in order; UNKNOWN for those that are not known."""

    pictures: list[Any]


@dataclass
class Planned:
    """The value of ``vidgo.plan``: what buying it asks for."""

    arguments: list[Any] | None
    named: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The picture file that ``PIL.Image.open`` was given."""

    path: str


OURS = Public("")
PIL_IMAGE: Any = type("PilImage", (), {})()  # the module
THE_SHELL: Any = type("Shell", (), {})()
TAINTED: Any = type("Tainted", (), {})()
"""A value through which the package may be reached: what its use does is not followed."""


def is_ours(value: Any) -> bool:
    """Whether the package may be reached by a value."""
    if isinstance(value, list | tuple | set):
        return any(map(is_ours, value))
    if isinstance(value, dict):
        return any(map(is_ours, value.values()))
    return value is TAINTED or value is THE_SHELL or isinstance(value, Public | Planned)


def mentions(node: ast.AST, names: Mapping[str, Any]) -> bool:
    """Whether code that is not followed may reach the package, or a magic that buys.

    >>> mentions(ast.parse("for n in range(3): vidgo.generate('a fox')"), {"vidgo": OURS})
    True
    """
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id=name)))) if name == SHELL:
            return _may_buy(node)
        case ast.Call(func=function) if RUNS_CODE.match(ast.unparse(function)):
            return True
        case ast.Name(id=name):
            return name == SHELL or is_ours(names.get(name))
        case ast.Constant(value=str(text)):
            return bool(MENTION.search(text))
        case ast.Import(names=aliases):
            return any(alias.name.partition(".")[0] == PACKAGE for alias in aliases)
        case ast.ImportFrom(module=module) if (module or "").partition(".")[0] == PACKAGE:
            return True
        case ast.Attribute(attr="retry_failed"):
            return True
        case ast.Attribute(value=ast.Name(id=name), attr="resolve" | "buy"):
            if isinstance(names.get(name), BatchOf | Planned):
                return True
    return any(mentions(child, names) for child in ast.iter_child_nodes(node))


def _may_buy(magic: ast.Call) -> bool:
    """Whether a call of the shell, which stands for a magic, may buy."""
    words = [argument.value if isinstance(argument, ast.Constant) else None for argument in magic.args]
    if not words or not isinstance(words[0], str) or not isinstance(magic.func, ast.Attribute):
        return True
    if magic.func.attr in ("system", "getoutput"):
        return not is_harmless_shell(words[0])
    return not is_harmless_magic(words[0]) or any(isinstance(word, str) and MENTION.search(word) for word in words)


def bound_in(whole: ast.AST) -> Iterator[str]:
    """The names that code binds, or deletes."""
    for node in ast.walk(whole):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in aliases)

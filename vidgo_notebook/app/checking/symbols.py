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
    r"((builtins\.)?(exec|eval|compile|__import__)|importlib\.(import_module|reload)|import_module|runpy\.\w+|run_path"
    r"|run_module|os\.(system|popen|exec\w+|(posix_)?spawn\w*|startfile|fork)|pty\.(spawn|fork)"
    r"|(subprocess\.)?(run|Popen|call|check_call|check_output|getoutput|getstatusoutput)"
    r"|asyncio\.create_subprocess_\w+|(papermill\.)?execute_notebook|nbclient\.(execute|NotebookClient))$"
)
"""Functions that run code, or programs, which stand elsewhere, by their full names."""

GIVES_SHELL = re.compile(r"IPython(\.[\w.]+)?\.(get_ipython|InteractiveShell\.instance)$")
"""Functions that give the shell, by their full names."""

_WATCHED = (
    *("subprocess", "os", "importlib", "runpy", "pty", "asyncio", "builtins", "sys", "IPython"),
    *("papermill", "nbclient", "dotenv"),
)
_EVERY_MODULE = "sys.modules"
_NAME = re.compile(r"[^\W\d]\w*")

MOVES = ("os.chdir", "os.fchdir")
"""Functions after which files, modules, and a store that was not looked for yet, are others."""


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


@dataclass(frozen=True, slots=True)
class Foreign:
    """A module, or something in it, by which code elsewhere can be run, or settings be changed; by its full name."""

    name: str


OURS = Public("")
PIL_IMAGE: Any = type("PilImage", (), {})()  # the module
THE_SHELL: Any = type("Shell", (), {})()
TAINTED: Any = type("Tainted", (), {})()
"""A value through which the package may be reached: what its use does is not followed."""


def foreign(name: str, otherwise: Any) -> Any:
    """What something of another module stands for, by its full name."""
    if name == _EVERY_MODULE:
        return TAINTED
    return Foreign(name) if name.partition(".")[0] in _WATCHED else otherwise


def full_name(node: ast.expr, names: Mapping[str, Any]) -> str:
    """How a function is called in full, whatever name its module was imported under."""
    written = ast.unparse(node)
    first, dot, rest = written.partition(".")
    known = names.get(first)
    return f"{known.name}{dot}{rest}" if isinstance(known, Foreign) else written


def is_ours(value: Any) -> bool:
    """Whether the package may be reached by a value."""
    if isinstance(value, list | tuple | set):
        return any(map(is_ours, value))
    if isinstance(value, dict):
        return any(map(is_ours, value.values()))
    if isinstance(value, Foreign):
        return bool(GIVES_SHELL.match(value.name))
    return value is TAINTED or value is THE_SHELL or isinstance(value, Public | Planned)


def reaches(value: Any) -> bool:
    """The same, or whether a text in it names the package."""
    if isinstance(value, str):
        return bool(MENTION.search(value))
    if isinstance(value, list | tuple | set):
        return any(map(reaches, value))
    if isinstance(value, dict):
        return any(map(reaches, value)) or any(map(reaches, value.values()))
    return is_ours(value)


def text_reaches(text: str, names: Mapping[str, Any]) -> bool:
    """Whether code that can't be read may reach the package: by its name, or by that of a variable."""
    return "vidgo" in text or any(is_ours(names.get(name)) for name in _NAME.findall(text))


def mentions(node: ast.AST, names: Mapping[str, Any]) -> bool:
    """Whether code that is not followed may reach the package, or a magic that buys.

    >>> mentions(ast.parse("for n in range(3): vidgo.generate('a fox')"), {"vidgo": OURS})
    True
    """
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id=name)))) if name == SHELL:
            return _may_buy(node)
        case ast.Call(func=function) if _is_watched(full_name(function, names)):
            return True
        case ast.Attribute() if full_name(node, names) == _EVERY_MODULE:
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


def _is_watched(function: str) -> bool:
    return bool(RUNS_CODE.match(function) or GIVES_SHELL.match(function)) or function in MOVES


def _may_buy(magic: ast.Call) -> bool:
    """Whether a call of the shell, which stands for a magic, may buy."""
    words = [argument.value if isinstance(argument, ast.Constant) else None for argument in magic.args]
    if not words or not isinstance(words[0], str) or not isinstance(magic.func, ast.Attribute):
        return True
    if magic.func.attr in ("system", "getoutput"):
        return not is_harmless_shell(words[0])
    return not is_harmless_magic(words[0]) or any(isinstance(word, str) and MENTION.search(word) for word in words)


def sets_environment(node: ast.AST) -> bool:
    """Whether code sets a variable of the environment."""
    return any(
        isinstance(each, ast.Subscript)
        and isinstance(each.ctx, ast.Store)
        and ast.unparse(each.value).endswith("environ")
        for each in ast.walk(node)
    )


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

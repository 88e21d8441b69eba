"""The calls in a notebook: of this package, of magics, and of anything else."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Sequence
from typing import Any

from vidgo_notebook.app.checking.cell_code import SHELL, code_of
from vidgo_notebook.app.checking.expressions import Expressions, TooLongError
from vidgo_notebook.app.checking.findings import Verdict
from vidgo_notebook.app.checking.given_images import is_picture
from vidgo_notebook.app.checking.magics import (
    is_harmless_magic,
    is_harmless_shell,
    is_magic,
    is_text_magic,
    makes_files,
)
from vidgo_notebook.app.checking.notes import Notes
from vidgo_notebook.app.checking.symbols import (
    GIVES_SHELL,
    MOVES,
    PACKAGE,
    PIL_IMAGE,
    RUNS_CODE,
    SPACES,
    TAINTED,
    THE_SHELL,
    BatchOf,
    Method,
    Opened,
    Planned,
    Public,
    full_name,
    is_ours,
    reaches,
    text_reaches,
)
from vidgo_notebook.app.checking.values import PURE, UNKNOWN, called, method

_PYTHON_MAGICS = ("time", "capture", "prun")  # their body or line is Python of the notebook
_MOST_CALLS = 1000  # of this package, in one notebook: each looks into the store
_SHELL_MAGICS = ("bash", "sh", "script", "system", "!", "!!", "sx")
_OF_IPYTHON = ("autoreload", "deduperreload", "storemagic")  # its own extensions
_KEEP_THEIRS = ("list", "tuple", "dict", "set", "sorted", "reversed", "enumerate", "zip", "min", "max")
_SETS_ENVIRONMENT = re.compile(r"environ\.(update|setdefault|pop|popitem|clear|__setitem__)$|^os\.(putenv|unsetenv)$")
_OF_DOTENV = re.compile(r"(^|\.)load_dotenv$")
_BINDS = ("exec", "eval")  # in the notebook's own variables
_KEEP_NOTHING = ("print", "display", "help", "repr", "str", "type", "isinstance", "dir", "len", "hasattr")
_NAME = re.compile(r"[^\W\d]\w*")
_OPTIONS = re.compile(r"^(-\w+(\s*\d+)?\s+)*")


class Calls:
    """Values of calls as the notebook's ``notes`` stand; ``run`` follows the Python within a magic."""

    def __init__(self, notes: Notes, run: Callable[[str], None]) -> None:
        self._notes = notes
        self._run = run
        self._ours = 0
        self.expressions = Expressions(notes, self.value)

    def value(self, node: ast.Call) -> Any:
        """The value of a call. Raises TooLongError, RefusedError."""
        if isinstance(node.func, ast.Name) and node.func.id == SHELL and SHELL not in self._notes.names:
            return THE_SHELL
        function = self.expressions.value(node.func)
        arguments, named = self._arguments(node)
        match function:
            case Public(name=name) if name:
                self._ours += 1
                if self._ours > _MOST_CALLS:
                    raise TooLongError
                found, value = self._notes.orders.call(self._notes.cell, name, ast.unparse(node), arguments, named)
                self._notes.note(found)
                return value
            case Public() | _ if function is TAINTED or isinstance(function, Public):
                self._notes.unknowable(ast.unparse(node), "what it does with this package is not followed")
                return TAINTED
            case Method(owner=owner, name=name):
                return self._method(node, owner, name, arguments, named)
        plain = node.func.id if isinstance(node.func, ast.Name) else ""
        if plain in PURE and plain not in self._notes.names and arguments is not None and named is not None:
            return TAINTED if plain in _KEEP_THEIRS and is_ours(arguments) else called(plain, arguments, named)
        return self._other(node, full_name(node.func, self._notes.names), arguments, named)

    def _arguments(self, node: ast.Call) -> tuple[list[Any] | None, dict[str, Any] | None]:
        """The values of the arguments; None for those of which not even the number is known."""
        positional = self.expressions.elements(node.args)
        named: dict[str, Any] | None = {}
        for keyword in node.keywords:
            value = self.expressions.value(keyword.value)
            if named is None:
                continue
            if keyword.arg:
                named[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(name, str) for name in value):
                named.update(value)
            else:
                named = None
        return (None if positional is UNKNOWN else positional), named

    def _method(
        self, node: ast.Call, owner: Any, name: str, arguments: list[Any] | None, named: dict[str, Any] | None
    ) -> Any:
        if owner is THE_SHELL:
            return self._shell(node, name, arguments)
        if isinstance(owner, Planned) and name == "buy":
            found, value = self._notes.orders.buy(self._notes.cell, owner)
            self._notes.note(found)
            return value
        if isinstance(owner, BatchOf | Planned):
            if name in ("retry_failed", "resolve"):
                self._notes.unknowable(ast.unparse(node), "it buys what failed, or is uncertain, by then")
            return owner if name == "wait" else UNKNOWN
        if owner is PIL_IMAGE and name == "open" and arguments and isinstance(arguments[0], str):
            return Opened(arguments[0])
        if is_picture(owner):
            return owner if name in ("result", "wait") else UNKNOWN
        if is_ours(owner):  # a list, or a dict, that has a function of the package
            return TAINTED
        return UNKNOWN if arguments is None or named is None else method(owner, name, arguments, named)

    def _other(self, node: ast.Call, name: str, given: list[Any] | None, named: dict[str, Any] | None) -> Any:
        """A call of anything else. ``name`` is that of the function in full."""
        arguments = [*(given or []), *(named or {}).values()]
        if GIVES_SHELL.match(name):
            return THE_SHELL
        if name in MOVES:
            self._moved(*arguments)
        elif _SETS_ENVIRONMENT.search(name):
            names = [*(arguments if arguments and isinstance(arguments[0], dict) else arguments[:1]), *(named or {})]
            self._notes.orders.settings.environment(*(names if given is not None and named is not None else [UNKNOWN]))
        elif _OF_DOTENV.search(name):
            self._notes.orders.settings.dotenv()
        if RUNS_CODE.match(name) and (name in dir(builtins) or not self._is_harmless_program(arguments)):
            self._notes.unknowable(ast.unparse(node), "it runs code that is not followed")
            if name in _BINDS:
                self._notes.forget(list(self._notes.names))
            return TAINTED
        if name in SPACES and name not in self._notes.names:
            return TAINTED
        if name in _KEEP_NOTHING:
            return UNKNOWN
        if any(map(reaches, arguments)):
            self._notes.unknowable(ast.unparse(node), "what it does with this package is not followed")
            return TAINTED
        return UNKNOWN

    def _is_harmless_program(self, arguments: Sequence[Any]) -> bool:
        words = arguments[0] if arguments else UNKNOWN
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            words = " ".join(words)
        return isinstance(words, str) and is_harmless_shell(words)

    # Magics

    def _shell(self, node: ast.Call, name: str, words: list[Any] | None) -> Any:
        match name, words:
            case ("run_line_magic", [str(magic), str(line), *_]):
                self._line_magic(magic, line)
            case ("magic", [str(line)]):
                self._line_magic(*line.lstrip("%").partition(" ")[::2])
            case ("run_cell_magic", [str(magic), str(line), str(body)]):
                self._cell_magic(magic, line, body)
            case ("system" | "getoutput", [str(line)]):
                self._program(line)
            case ("run_cell" | "ex", [str(source), *_]):
                self._run(source)
            case _:
                self._notes.unknowable(ast.unparse(node), "it is not followed")
        return UNKNOWN

    def _line_magic(self, name: str, line: str) -> None:
        match name:
            case "vidgo":
                self._notes.note(self._notes.orders.command(self._notes.cell, line))
            case "config":
                self._notes.orders.settings.config(line, self._of_text)
            case "env" | "set_env":
                self._notes.orders.settings.environment(re.split(r"[ =]", line.strip(), maxsplit=1)[0])
            case "time":
                self._run(_OPTIONS.sub("", line))
            case "timeit":
                self._timed(f"%timeit {line}", _OPTIONS.sub("", line))
            case "load_ext" | "reload_ext" | "unload_ext" if line.strip() == PACKAGE:
                self._notes.orders.settings.loaded()
            case "load_ext" | "reload_ext" | "unload_ext" if line.strip() in _OF_IPYTHON:
                pass
            case "load_ext" | "reload_ext" | "aimport":
                for module in re.split(r"[\s,]+", line.strip()):
                    self._run(f"import {module.lstrip('-')}")
            case "cd" | "pushd" | "popd":
                self._moved(line.strip().strip("\"'"))
            case "dotenv":
                self._notes.orders.settings.dotenv()
            case _ if name in _SHELL_MAGICS:
                self._program(line)
            case _ if not is_harmless_magic(name):
                self._notes.unknowable(f"%{name} {line}", "it runs what is not in this notebook")
                self._notes.forget(list(self._notes.names))
            case _ if text_reaches(line, self._notes.names):
                self._notes.unknowable(f"%{name} {line}", "it is not followed")

    def _timed(self, code: str, *sources: str) -> None:
        """What IPython runs any number of times, in a function of its own: the notebook's variables stay."""
        before, found = dict(self._notes.names), len(self._notes.found)
        for source in sources:
            self._run(source)
        if any(each.verdict is not Verdict.FREE for each in self._notes.found[found:]):
            self._notes.unknowable(code, "how often it runs is not followed")
        for name, value in self._notes.names.items():
            if (old := before.get(name)) is not value:
                self._notes.names[name] = TAINTED if is_ours(old) or is_ours(value) else UNKNOWN

    def _moved(self, *folders: Any) -> None:
        self._notes.orders.settings.move()
        self._notes.modules.searched(folders)

    def _program(self, line: str) -> None:
        """A line, or a script, of a shell."""
        if not all(map(is_harmless_shell, line.splitlines())):
            self._notes.unknowable(f"!{line}", "a program runs, which may buy")
        elif makes_files(line):
            self._notes.modules.files_came()

    def _cell_magic(self, name: str, line: str, body: str) -> None:
        if name == "vidgo":
            found, value, variable = self._notes.orders.cell(self._notes.cell, line, body)
            self._notes.note(found)
            if variable:
                self._notes.names[variable] = value
        elif name == "timeit":
            self._timed(f"%%timeit {line}", _OPTIONS.sub("", line), body)  # what is set up before, and what is timed
        elif name in _PYTHON_MAGICS:
            if name == "capture":
                self._notes.forget(_NAME.findall(line))
            elif name != "time":  # what is set up before
                self._run(_OPTIONS.sub("", line))
            self._run(body)
        elif name in _SHELL_MAGICS:
            self._notes.forget(_NAME.findall(line))  # --out color binds a variable
            self._program(body)
        elif is_text_magic(name):
            self._notes.modules.written(line, body)
        elif not is_harmless_magic(name) or text_reaches(f"{line}\n{body}", self._notes.names):
            self._notes.unknowable(f"%%{name} {line}", "it is not followed")

    def automagic(self, source: str) -> bool:
        """A cell of one line that is not Python: a magic without its ``%``, if it begins with the name of one."""
        name, _, line = source.strip().partition(" ")
        if "\n" in source.strip() or name in self._notes.names or not is_magic(name):
            return False
        self._line_magic(name, line.strip())
        return True

    def _of_text(self, text: str) -> Any:
        module = code_of(text)
        only = module.body[0] if module and len(module.body) == 1 else None
        return self.expressions.value(only.value) if isinstance(only, ast.Expr) else UNKNOWN

"""Which modules that a notebook imports may use the package: those beside it, and those that it makes itself."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePath

_MOST_BYTES = 1_000_000
_PACKAGE = b"vidgo"
_REQUIRES = re.compile(r"vidgo[-_.]notebook\b", re.IGNORECASE)


class Modules:
    """``folder`` is where the notebook lies, and so its modules."""

    def __init__(self, folder: Path) -> None:
        self._folders = [folder]
        self._written: dict[str, bytes] = {}
        self._may_be_anywhere = False

    def written(self, line: str, text: str) -> None:
        """The notebook writes a file: ``line`` ends with its path."""
        for word in line.split()[-1:]:
            self._written[PurePath(word.strip("\"'")).stem] = text.encode(errors="replace")

    def files_came(self) -> None:
        """A program may have put modules beside the notebook."""
        self._may_be_anywhere = True

    def searched(self, names: Iterable[object]) -> None:
        """Other folders are searched, of which these may be ``names``."""
        there = [self._folders[0] / name for name in names if isinstance(name, str) and "\0" not in name]
        self._folders += [folder for folder in there if folder.is_dir()]
        self._may_be_anywhere = True

    def why_not_known(self, name: str) -> str:
        """Why importing a module, by its dotted name, may buy; '' if it does not as far as can be seen."""
        seen = set[str]()
        if found := self._users_of(name, seen):
            return f"{found} uses this package"
        first = name.partition(".")[0]
        if self._may_be_anywhere and first not in self._written and not (seen or _is_installed(first)):
            return "the module is neither installed here nor beside the notebook"
        return "it is a package that uses this one" if _requires_ours(first) else ""

    def _users_of(self, name: str, seen: set[str]) -> str:
        """The file of a module, or of one that it imports, that uses the package; ``seen`` gets the files read."""
        for shown, data in self._files(name):
            if shown in seen:
                continue
            seen.add(shown)
            if _PACKAGE in data:
                return shown
            for imported in _imported(data, name):
                if found := self._users_of(imported, seen):
                    return found
        return ""

    def _files(self, name: str) -> Iterator[tuple[str, bytes]]:
        """The files that importing a module executes, as far as they lie beside the notebook."""
        parts = name.split(".")
        if parts[0] in self._written:
            yield f"{parts[0]}.py", self._written[parts[0]]
        for depth in range(1, len(parts) + 1):
            inner = "/".join(parts[:depth])
            for folder in self._folders:
                for path in (folder / f"{inner}.py", folder / inner / "__init__.py"):
                    if path.is_file():
                        yield path.relative_to(folder).as_posix(), path.read_bytes()[:_MOST_BYTES]


def _imported(data: bytes, module: str) -> Iterator[str]:
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        for node in ast.walk(ast.parse(data)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = module.split(".")[: -node.level or None] if node.level else []
                whole = ".".join([*above, *([node.module] if node.module else [])])
                yield from (f"{whole}.{alias.name}".strip(".") for alias in node.names)


def _is_installed(name: str) -> bool:
    if name in sys.stdlib_module_names:
        return True
    with suppress(ImportError, ValueError, AttributeError):
        return importlib.util.find_spec(name) is not None
    return False


def _requires_ours(name: str) -> bool:
    return name in _users()


@cache
def _users() -> frozenset[str]:
    """The modules of the installed packages that require this one."""
    found = set[str]()
    for each in importlib.metadata.distributions():
        if any(map(_REQUIRES.match, each.requires or ())):
            found |= {file.parts[0].removesuffix(".py") for file in each.files or () if file.parts}
    return frozenset(found)

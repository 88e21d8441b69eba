"""A cell's text as Python: every magic becomes the call of the shell that IPython makes of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

SHELL = "get_ipython"
"""The function whose value has the methods that magics stand for."""

_MAGIC = re.compile(r"(?P<before>[ \t]*(?:[\w, ]+=[ \t]*)?)(?P<mark>%|!!|!)(?P<rest>[^\n%!].*)?$")
_HELP = re.compile(r"[ \t]*(\?{1,2}[\w.%]+|%{0,2}[\w.\[\]'\"]+\?{1,2})[ \t]*$")
_TOKEN = re.compile(
    r"""\#[^\n]*                                                # a comment
    |(?P<long>\"{3}|'{3})(?:\\.|(?!(?P=long)).)*(?:(?P=long)|\Z)   # a text over several lines
    |"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?
    |\\\n|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>\n)""",
    re.VERBOSE | re.DOTALL,
)


def code_of(source: str) -> ast.Module | None:
    """A cell as Python; None if it is not Python.

    >>> ast.unparse(code_of("x = !ls\\n%time y = 1"))
    "x = get_ipython().getoutput('ls')\\nget_ipython().run_line_magic('time', 'y = 1')"
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    start = text.lstrip("\n\t ")
    if start.startswith("%%") and not _HELP.match(start.split("\n")[0]):
        line, _, body = start.partition("\n")
        name, _, rest = line[2:].partition(" ")
        return _parsed(_call("run_cell_magic", name.strip(), rest, body))
    return _parsed(text) or _parsed("\n".join(_without_magics(text)))


def _parsed(text: str) -> ast.Module | None:
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse(text)
    return None


def _without_magics(text: str) -> Iterator[str]:
    """The cell's statements, those that are magics as calls."""
    place = 0
    while place <= len(text):
        line, after = _physical(text, place)
        if _HELP.match(line):
            yield "pass"
        elif magic := _MAGIC.match(line):
            yield magic["before"] + _as_call(magic["mark"], (magic["rest"] or "").strip(), magic["before"])
        else:
            after = _end_of_statement(text, place)
            yield text[place : after - 1]
        place = after


def _physical(text: str, place: int) -> tuple[str, int]:
    """The line that begins at ``place``, with those that a backslash at its end adds, and where the next begins."""
    line = ""
    while True:
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        part, place = text[place:end], end + 1
        if not part.endswith("\\") or place > len(text):
            return line + part, place
        line += part[:-1]


def _end_of_statement(text: str, place: int) -> int:
    """Where the line after a statement begins: brackets and texts may hold line breaks."""
    depth = 0
    for token in _TOKEN.finditer(text, place):
        depth += (token["open"] is not None) - (token["close"] is not None)
        if token["end"] and depth <= 0:
            return token.end()
    return len(text) + 1


def _as_call(mark: str, rest: str, before: str) -> str:
    if mark == "%":
        name, _, line = rest.partition(" ")
        return _call("run_line_magic", name, line.strip())
    return _call("getoutput" if mark == "!!" or "=" in before else "system", rest)


def _call(method: str, *words: str) -> str:
    return f"{SHELL}().{method}({', '.join(map(repr, words))})"

"""The first line of a cell as people write it: where it ends, and its words.

``\\`` at its end continues it, ``#`` begins a comment, a no-break space is a blank, and so are typographic quotation
marks the plain ones: a text that was pasted from a page or a chat has those.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from vidgo_notebook.errors import Problem, RequestError

_EXPRESSION = re.compile(r"\{\{.*?\}\}")
_MARK = "\ue001{}\ue001"
_MARKED = re.compile("\ue001(\\d+)\ue001")
_NO_BREAK = "\xa0\u2007\u202f\u3000"
_CURLY = re.compile(r"(?<![^\s=])[“„‟]([^“”„‟\"]*)[“”](?!\S)")
_CONTINUED = re.compile(r"(?:^|\s)\\\s*$")


def whole_first_line(line: str, cell: str) -> tuple[str, str]:
    """The first line with those that ``\\`` at its end adds to it, and the cell below.

    A backslash at the end of a word is the word's own, as in a path of Windows, unless an option follows.

    >>> whole_first_line("hero \\\\", "  --size 16:9\\nA fox")
    ('hero   --size 16:9', 'A fox')
    """
    while cell and line.rstrip().endswith("\\"):
        following, _, rest = cell.partition("\n")
        if not (_CONTINUED.search(line) or following.lstrip().startswith("-")):
            break
        line, cell = f"{line.rstrip()[:-1]}{following}", rest
    return line, cell


def split(line: str, *, has_prompt: bool = False) -> tuple[list[str], list[str]]:
    """The words of a line without quotes, each ``{{ … }}`` replaced by a mark; and the expressions.

    The expressions are taken out first, so that their spaces and quotes do not split words. In a line that
    ``has_prompt`` no ``#`` begins a comment, and an apostrophe is one.
    """
    expressions: list[str] = []

    def mark(match: re.Match[str]) -> str:
        expressions.append(match[0])
        return _MARK.format(len(expressions) - 1)

    text = _CURLY.sub(r'"\1"', _EXPRESSION.sub(mark, line))
    words = shlex.shlex(text if has_prompt else _without_comment(text), posix=True, punctuation_chars=False)
    words.whitespace_split, words.commenters, words.escape = True, "", ""  # a Windows path keeps its backslashes
    words.whitespace += _NO_BREAK
    try:
        return list(words), expressions
    except ValueError:
        if has_prompt:
            return text.split(), expressions
        raise RequestError(
            [Problem("options", "a quotation mark is not closed.")], hint="The prompt goes below the first line."
        ) from None


def spelled_out(text: str, expressions: Sequence[str]) -> str:
    """A word with its expressions in the places of their marks."""
    return _MARKED.sub(lambda match: expressions[int(match[1])], text)


def _without_comment(line: str) -> str:
    """The line before a word that begins with ``#``, outside quotation marks."""
    open_quote, before = "", " "
    for place, letter in enumerate(line):
        if open_quote:
            open_quote = "" if letter == open_quote else open_quote
        elif letter == "#" and before.isspace():
            return line[:place]
        elif letter in "\"'":
            open_quote = letter
        before = letter
    return line

"""Cells as people write them, made readable for IPython, which has no words of ours for what it refuses:

- a cell that is nothing but its first line,
- another blank than a space after ``%%vidgo``,
- a prompt of ``%vidgo quote`` that ends with a question mark, which would ask for help on its last word,
- lines above ``%%vidgo``, which IPython would run as Python.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

from IPython.core.inputtransformer2 import EscapedCommand

from vidgo_notebook.errors import Problem, RequestError

_MAGIC = "%%vidgo"
_OTHER_BLANK = re.compile(r"%%vidgo[^\S \n]+")
_NOT_PYTHON = ("%", "!")


def readable(lines: list[str]) -> list[str]:
    """The lines of a cell as IPython reads them. RequestError where the magic does not stand in the first line."""
    if not lines:
        return lines
    first = _OTHER_BLANK.sub(f"{_MAGIC} ", lines[0], count=1)
    if len(lines) == 1 and first.split()[:1] == [_MAGIC]:
        return [first.rstrip("\n") + "\n", "\n"]
    if not first.startswith("%%"):
        _check_place(lines)
    return [first, *lines[1:]]


# A terminal asks such a transformer not whether a cell is complete: this one would say so after the first line.
readable.has_side_effects = True  # type: ignore[attr-defined]


def _check_place(lines: Sequence[str]) -> None:
    """Refuse a cell magic below other lines. One inside a string of several lines is text."""
    place = next((number for number, line in enumerate(lines) if line.split()[:1] == [_MAGIC]), None)
    if place is None or not _is_complete(lines[:place]):
        return
    is_comment = all(line.lstrip().startswith("#") or not line.strip() for line in lines[:place])
    move = "the comment to the end of that line" if is_comment else "the code above it into another cell"
    raise RequestError([Problem(_MAGIC, f"a cell magic stands in the first line of its cell: move {move}.")])


def _is_complete(lines: Sequence[str]) -> bool:
    """Whether lines are statements, of Python or of IPython, that end where they end."""
    try:
        ast.parse("".join(line for line in lines if not line.startswith(_NOT_PYTHON)))
    except (SyntaxError, ValueError):
        return False
    return True


class Question(EscapedCommand):
    """``%vidgo quote Who is there?`` as a magic; ``%vidgo?`` stays the help on it."""

    priority = 4  # before IPython's help

    @classmethod
    def find(cls, tokens_by_line: Sequence[Sequence[Any]]) -> Question | None:
        """The first such line."""
        for tokens in tokens_by_line:
            words = [token for token in tokens if token.string.strip()]
            if [token.string for token in words[:2]] == ["%", "vidgo"] and words[2:] and words[2].string != "?":
                return cls(words[0].start)
        return None

"""A job that ended without a picture: the words and the colours by which its card and its tile show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vidgo_notebook.door import here
from vidgo_notebook.render import markup

Word = Literal[
    "failed",
    "refused",
    "cancelled",
    "uncertain",
    "forgotten",
    "not sent",
    "not watched",
    "no file",
    "not possible",
    "without a picture",
]
"""``not watched``: it was sent, and the waiting ended; ``no file``: it is billed, and its picture is not here;
``without a picture``: several that ended in different ways."""

Colour = tuple[int, int, int]

_RED, _AMBER, _BLUE = (198, 40, 40), (178, 112, 0), (70, 110, 170)
_COLOURS: dict[Word, Colour] = {
    **dict.fromkeys(("failed", "refused", "no file", "not possible", "without a picture"), _RED),
    **dict.fromkeys(("uncertain", "not watched"), _AMBER),
    **dict.fromkeys(("cancelled", "forgotten", "not sent"), _BLUE),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """``word`` and ``cost`` are the first words of the card: ``failed · 0 credits``; ``share`` is how many of a batch.

    ``cause`` is what happened, ``said`` what it cost and what comes next, in sentences; ``commands`` are lines of
    code that can be run as they are.
    """

    word: Word
    cost: str
    cause: str = ""
    said: Sequence[str] = ()
    commands: Sequence[str] = ()
    share: str = ""

    def __str__(self) -> str:
        ended = f"{self.share} {self.word}" if self.share else self.word
        return f"{ended} · {self.cost}" if self.cost else ended


def colour_of(word: Word) -> Colour:
    """The colour of an ending: it reads on white and on black."""
    return _COLOURS[word]


def ending_html(ending: Ending) -> str:
    """Why there is no picture, and what to do."""
    said = markup.lines([line for text in (ending.cause, *map(here, ending.said)) for line in text.split("\n") if line])
    return said + "".join(markup.code(here(command)) for command in ending.commands)


def ending_lines(ending: Ending) -> list[str]:
    """The same as lines of text."""
    return [line for line in (ending.cause, *map(here, (*ending.said, *ending.commands))) if line]

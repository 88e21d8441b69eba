"""The card beside a contact sheet: what was asked for, its price line by line, and the sheet in words.

Like the card of a picture it depends on what was asked for alone, so it is the same before anything is
sent, after it was bought, and when it comes from the store; only what failed is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from vidgo_notebook.domain.pricing import KindOfPicture
from vidgo_notebook.domain.provider import EMULATOR, OFFICIAL
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import EMULATED

_WORDS = 60  # places that are told one by one


@dataclass(frozen=True, slots=True)
class BatchCard:
    """What a batch's card tells: pictures and price, the prompt if all share one, ``varying`` in words,
    notes (left out, bought once), the sheet in words, and what failed."""

    pictures: int
    price: str
    lines: Sequence[KindOfPicture]
    provider: str
    prompt: str = ""
    varying: str = ""
    notes: Sequence[str] = ()
    words: Sequence[str] = ()
    failures: Sequence[str] = ()


def sheet_text(card: BatchCard) -> str:
    """The fixed plain text of a sheet's output."""
    parts = [f"{card.pictures:,} pictures", card.varying]
    return f"<vidgo contact sheet: {', '.join(part for part in parts if part)}>"


def batch_card_html(card: BatchCard) -> str:
    """The card for a notebook."""
    rows = [line.row for line in card.lines]
    varying = f" · {escape(card.varying)}" if card.varying else ""
    return markup.frame(
        markup.line(f"<b>{escape(card.price)}</b> · {card.pictures:,} pictures{varying}"),
        markup.prompt(card.prompt) if card.prompt else "",
        markup.table(rows, ("", "pictures", "each", "together"))
        if len(rows) > 1
        else markup.line(_only(card), muted=True),
        *(markup.line(escape(note), muted=True) for note in card.notes),
        _folded("The sheet in words", _told(card.words)),
        markup.line(escape(_provider_line(card)), muted=True),
    ) + (_failures_html(card.failures) if card.failures else "")


def batch_card_text(card: BatchCard) -> str:
    """The card for a terminal, and for whoever reads a notebook as text."""
    lines = [
        " · ".join(part for part in (card.price, f"{card.pictures:,} pictures", card.varying) if part),
        *([f"Prompt: {card.prompt}"] if card.prompt else []),
        *(f"  {line}" for line in card.lines),
        *card.notes,
        *_told(card.words),
        _provider_line(card),
        *card.failures,
    ]
    return "\n".join(lines)


def _only(card: BatchCard) -> str:
    return escape(f"Price: {card.lines[0]}") if card.lines else ""


def _told(words: Sequence[str]) -> list[str]:
    more = len(words) - _WORDS
    return [*words[:_WORDS], *([f"and {more:,} more"] if more > 0 else [])]


def _folded(summary: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    body = "".join(markup.line(escape(line)) for line in lines)
    return f'<details style="opacity:.75;font-size:.92em"><summary>{escape(summary)}</summary>{body}</details>'


def _failures_html(failures: Sequence[str]) -> str:
    first, *rest = failures
    return markup.frame(markup.line(f"<b>{escape(first)}</b>"), *(markup.line(escape(line)) for line in rest))


def _provider_line(card: BatchCard) -> str:
    if card.provider == EMULATOR:
        return EMULATED
    return f"Made by {'the Vidgo API' if card.provider == OFFICIAL else f'the API at {card.provider}'}."

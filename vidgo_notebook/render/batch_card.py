"""The card beside a contact sheet: what the pictures cost together, what varies, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vidgo_notebook.domain.pricing import KindOfPicture
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import EMULATED_TAG, next_steps, provider_line, real_picture_html
from vidgo_notebook.render.ending import Ending, colour_of, ending_html, ending_lines
from vidgo_notebook.render.markup import as_item, escape

_MOST_PLACES = 60  # places of a sheet that are described; further ones are counted


@dataclass(frozen=True, slots=True)
class BatchCard:
    """The content of a batch's card: pictures and price, the prompt if all share one, ``varying`` in words,
    notes (left out, bought once), the sheet in words; if some have no picture, how the batch ended; and the variable
    that its cell names it by."""

    pictures: int
    price: str
    lines: Sequence[KindOfPicture]
    provider: str
    emulated: int = 0
    prompt: str = ""
    varying: str = ""
    notes: Sequence[str] = ()
    words: Sequence[str] = ()
    ending: Ending | None = None
    warnings: Sequence[str] = ()
    name: str = ""

    @property
    def tag(self) -> str:
        """Whether they are stand-ins: all of them, or how many."""
        if not self.emulated:
            return ""
        return EMULATED_TAG if self.emulated == self.pictures else f"{self.emulated:,} {EMULATED_TAG}"


def sheet_text(card: BatchCard) -> str:
    """The fixed plain text of a sheet's output."""
    parts = [counted(card.pictures, "picture"), card.varying]
    return f"<vidgo contact sheet: {', '.join(part for part in parts if part)}>"


def batch_card_html(card: BatchCard) -> str:
    """The card of a batch for a notebook."""
    ending, first = card.ending, escape(_first(card))
    rest = "".join(f" · {escape(part)}" for part in _what(card))
    label = f" {markup.tag(card.tag)}" if card.tag else ""
    return markup.frame(
        markup.line(f"<b>{first}</b>{rest}{label}"),
        ending_html(ending) if ending else "",
        markup.prompt(card.prompt) if card.prompt else "",
        markup.lines([f"Note: {text}" for text in card.warnings]),
        markup.lines(card.notes, muted=True),
        markup.fold("Prices and the sheet in words", _folded(card)),
        colour=colour_of(ending.word) if ending else None,
    )


def batch_card_text(card: BatchCard) -> str:
    """The card of a batch as plain text, for terminals and for readers of a notebook's text output."""
    lines = [
        " · ".join(part for part in (_first(card), *_what(card), card.tag) if part),
        *(ending_lines(card.ending) if card.ending else ()),
        *([as_item("Prompt", card.prompt)] if card.prompt else []),
        *(as_item("Note", text) for text in card.warnings),
        *(f"  {line}" for line in card.lines),
        *card.notes,
        *_first_places(card),
        provider_line(_models(card), card.provider),
    ]
    return "\n".join(lines)


def _first(card: BatchCard) -> str:
    return str(card.ending) if card.ending else card.price


def _what(card: BatchCard) -> list[str]:
    return [part for part in (counted(card.pictures, "picture"), card.varying) if part]


def _folded(card: BatchCard) -> str:
    rows = [line.row for line in card.lines]
    one = markup.lines([f"Price: {card.lines[0]}"] if rows else [])
    prices = markup.table(rows, ("", "pictures", "each", "together")) if len(rows) > 1 else one
    places = markup.lines([*_first_places(card), provider_line(_models(card), card.provider)])
    steps = next_steps(f"{{{{ {card.name}[0] }}}}") if card.name and not card.ending else ""
    return prices + places + steps + real_picture_html(card.provider)


def _first_places(card: BatchCard) -> list[str]:
    more = len(card.words) - _MOST_PLACES
    return [*card.words[:_MOST_PLACES], *([f"and {more:,} more"] if more > 0 else [])]


def _models(card: BatchCard) -> str:
    names = dict.fromkeys(line.model for line in card.lines)
    return f"{'Model' if len(names) == 1 else 'Models'} {', '.join(names)}"

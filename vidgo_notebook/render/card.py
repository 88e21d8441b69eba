"""The cards beside a picture and beside a contact sheet: what was requested, by which provider, and the price.

They depend on the requests alone, not on time, id or machine, so they are the same before anything is
sent, after the purchase, and when the pictures come from the store; only failures are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.pricing import OWN_PRICES, KindOfPicture, Quote
from vidgo_notebook.domain.provider import EMULATOR, OFFICIAL
from vidgo_notebook.domain.request import GenerationRequest, effective_fields
from vidgo_notebook.render import markup

EMULATED = (
    "Emulated: a stand-in drawn on this machine, not by Vidgo, and free. "
    "For real pictures set VIDGO_API_KEY, or type a key in with %vidgo key."
)
_MOST_PLACES = 60  # places of a sheet that are described; further ones are counted


@dataclass(frozen=True, slots=True)
class Card:
    """The content of a picture's card: a request, its price, and the provider."""

    request: GenerationRequest
    quote: Quote
    provider: str


@dataclass(frozen=True, slots=True)
class BatchCard:
    """The content of a batch's card: pictures and price, the prompt if all share one, ``varying`` in words,
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


def picture_text(card: Card) -> str:
    """The fixed plain text of a picture's output."""
    return f"<vidgo picture: {', '.join([card.request.model, *_parameters(card)])}>"


def card_html(card: Card) -> str:
    """The card of a picture for a notebook."""
    return markup.frame(
        markup.line(f"<b>{escape(price_text(card.quote))}</b> · {escape(_headline(card))}"),
        markup.prompt(card.request.prompt),
        markup.lines(_details(card), muted=True),
    )


def card_text(card: Card) -> str:
    """The card of a picture as plain text, for terminals and for readers of a notebook's text output."""
    title = f"{price_text(card.quote)} · {_headline(card)}"
    return "\n".join([title, f"Prompt: {card.request.prompt}", *_details(card)])


def price_line(quote: Quote) -> str:
    """The price as arithmetic: ``Price: 12 credits (quality high) × 2 (resolution 2K, as asked) = 24 credits``."""
    factors = [
        f"{line.value} ({', '.join(part for part in (line.label, line.reason) if part)})"
        for line in quote.lines
        if not (line.label == "picture" and line.amount == 1)
    ]
    if quote.total is None:
        return f"Price: nobody has published one for {quote.model}; the service takes what it takes."
    source = f", by {quote.source}" if quote.source == OWN_PRICES else ""
    return f"Price: {' '.join(factors)} = {quote}{source}"


def breakdown_rows(quote: Quote) -> list[tuple[str, str, str]]:
    """The price as a table: label, amount, reason."""
    rows = [(line.label, line.value, line.reason) for line in quote.lines]
    return [*rows, ("total", str(quote), "" if quote.total is None else f"source: {quote.source}")]


def price_text(quote: Quote) -> str:
    """The price as a headline: ``24 credits``, or ``price not published``."""
    return f"price {quote}" if quote.total is None else str(quote)


def sheet_text(card: BatchCard) -> str:
    """The fixed plain text of a sheet's output."""
    parts = [f"{card.pictures:,} pictures", card.varying]
    return f"<vidgo contact sheet: {', '.join(part for part in parts if part)}>"


def batch_card_html(card: BatchCard) -> str:
    """The card of a batch for a notebook."""
    rows = [line.row for line in card.lines]
    varying = f" · {escape(card.varying)}" if card.varying else ""
    price = markup.lines([f"Price: {card.lines[0]}" if rows else ""], muted=True)
    words = f"<summary>The sheet in words</summary>{markup.lines(_first_places(card))}"
    html = markup.frame(
        markup.line(f"<b>{escape(card.price)}</b> · {card.pictures:,} pictures{varying}"),
        markup.prompt(card.prompt) if card.prompt else "",
        markup.table(rows, ("", "pictures", "each", "together")) if len(rows) > 1 else price,
        markup.lines(card.notes, muted=True),
        f'<details style="opacity:.75;font-size:.92em">{words}</details>' if card.words else "",
        markup.lines([_batch_provider(card)], muted=True),
    )
    return html + (markup.message(f"<b>{escape(card.failures[0])}</b>", card.failures[1:]) if card.failures else "")


def batch_card_text(card: BatchCard) -> str:
    """The card of a batch as plain text, for terminals and for readers of a notebook's text output."""
    lines = [
        " · ".join(part for part in (card.price, f"{card.pictures:,} pictures", card.varying) if part),
        *([f"Prompt: {card.prompt}"] if card.prompt else []),
        *(f"  {line}" for line in card.lines),
        *card.notes,
        *_first_places(card),
        _batch_provider(card),
        *card.failures,
    ]
    return "\n".join(lines)


def _parameters(card: Card) -> list[str]:
    fields = effective_fields(card.request)
    take = [f"take {card.request.take}"] if card.request.take > 1 else []
    quality = [fields["quality"]] if "quality" in fields else []
    return [*quality, fields["size"], fields["resolution"], *take]


def _headline(card: Card) -> str:
    return " · ".join([MODELS[card.request.model].title, *_parameters(card)])


def _details(card: Card) -> list[str]:
    """The lines below the prompt. That of the provider says nothing of "made": it is there before, and if it fails."""
    names = [reference.name.partition("?")[0] for reference in card.request.references]
    provider = f"Model {card.request.model} at {_api(card.provider)}."
    return [
        price_line(card.quote),
        *(f"Note: {advice}" for advice in card.quote.advice),
        *(f"Image {number}: {name}" for number, name in enumerate(names, 1)),
        EMULATED if card.provider == EMULATOR else provider,
    ]


def _first_places(card: BatchCard) -> list[str]:
    more = len(card.words) - _MOST_PLACES
    return [*card.words[:_MOST_PLACES], *([f"and {more:,} more"] if more > 0 else [])]


def _batch_provider(card: BatchCard) -> str:
    return EMULATED if card.provider == EMULATOR else f"Made by {_api(card.provider)}."


def _api(provider: str) -> str:
    return "the Vidgo API" if provider == OFFICIAL else f"the API at {provider}"

"""The card beside a picture: what was asked for, by whom it is made, and its price line by line.

It depends on the request alone, not on time, id or machine, so it can be shown before anything is
sent and is the same when the picture comes from the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.pricing import OWN_PRICES, Quote
from vidgo_notebook.domain.provider import EMULATOR, OFFICIAL
from vidgo_notebook.domain.request import GenerationRequest, effective_fields
from vidgo_notebook.render import markup

EMULATED = (
    "Emulated: a stand-in drawn on this machine, not by Vidgo, and free. "
    "For real pictures set VIDGO_API_KEY, or type a key in with %vidgo key."
)


@dataclass(frozen=True, slots=True)
class Card:
    """What a card tells: a request, its price, and the provider."""

    request: GenerationRequest
    quote: Quote
    provider: str


def picture_text(card: Card) -> str:
    """The fixed plain text of a picture's output."""
    return f"<vidgo picture: {', '.join([card.request.model, *_parameters(card)])}>"


def card_html(card: Card) -> str:
    """The card for a notebook."""
    return markup.frame(
        markup.line(f"<b>{escape(price_text(card.quote))}</b> · {escape(_headline(card))}"),
        markup.prompt(card.request.prompt),
        markup.line(escape(price_line(card.quote)), muted=True),
        *(markup.line(f"Note: {escape(str(advice))}", muted=True) for advice in card.quote.advice),
        *(markup.line(escape(_reference_line(number, name)), muted=True) for number, name in _references(card)),
        markup.line(escape(_provider_line(card)), muted=True),
    )


def card_text(card: Card) -> str:
    """The card for a terminal, and for whoever reads a notebook as text."""
    return "\n".join(
        [
            f"{price_text(card.quote)} · {_headline(card)}",
            f"Prompt: {card.request.prompt}",
            price_line(card.quote),
            *(f"Note: {advice}" for advice in card.quote.advice),
            *(_reference_line(number, name) for number, name in _references(card)),
            _provider_line(card),
        ]
    )


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
    """The price as a table: what, how much, why."""
    rows = [(line.label, line.value, line.reason) for line in quote.lines]
    return [*rows, ("total", str(quote), "" if quote.total is None else f"source: {quote.source}")]


def _parameters(card: Card) -> list[str]:
    fields = effective_fields(card.request)
    take = [f"take {card.request.take}"] if card.request.take > 1 else []
    quality = [fields["quality"]] if "quality" in fields else []
    return [*quality, fields["size"], fields["resolution"], *take]


def price_text(quote: Quote) -> str:
    """The price as a headline: ``24 credits``, or that none is published."""
    return f"price {quote}" if quote.total is None else str(quote)


def _headline(card: Card) -> str:
    return " · ".join([MODELS[card.request.model].title, *_parameters(card)])


def _references(card: Card) -> list[tuple[int, str]]:
    return [(number, reference.name.partition("?")[0]) for number, reference in enumerate(card.request.references, 1)]


def _reference_line(number: int, name: str) -> str:
    return f"Image {number}: {name}"


def _provider_line(card: Card) -> str:
    if card.provider == EMULATOR:
        return EMULATED
    where = "the Vidgo API" if card.provider == OFFICIAL else f"the API at {card.provider}"
    return f"Model {card.request.model} at {where}."  # no "made by": it stands there before, and if it fails

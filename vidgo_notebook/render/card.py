"""The card beside a picture: what was requested and its price, folded out how the price comes about and what is next.

The card of a picture depends on the request and the picture alone, not on time, id or machine: it is the same before
anything is sent, after the purchase, and when the picture comes from the store. A job without a picture has a card of
its own colour, whose first words say how it ended and what that cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.celltext import cell_text, python_text
from vidgo_notebook.domain.extra_fields import in_words
from vidgo_notebook.domain.pricing import OWN_PRICES, Quote
from vidgo_notebook.domain.provider import EMULATOR, OFFICIAL
from vidgo_notebook.domain.request import GenerationRequest, effective_fields
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.door import has_magics, here
from vidgo_notebook.render import markup
from vidgo_notebook.render.ending import Ending, colour_of, ending_html, ending_lines
from vidgo_notebook.render.markup import as_item, escape

EMULATED_TAG = "emulated, free"
EMULATED = "Emulated: a stand-in drawn on this machine, not by Vidgo, and free."
REAL_PICTURE = "A real picture instead: this asks for what is missing, a key or live mode. Then run the cell again."
REAL_PICTURE_WITHOUT_MAGICS = "A real picture instead: set VIDGO_API_KEY, and VIDGO_MODE=live where a mode is set."
REAL_PICTURE_CODE = "%vidgo key"
"""It does not say who set the mode: the outputs of a notebook would then differ by reader."""
_LONGEST_REPEATED = 280
"""Characters: a longer prompt is not written a second time, in the cell for another take."""


@dataclass(frozen=True, slots=True)
class Card:
    """The content of a picture's card: a request, its price and the provider, how it ended if there is no picture,
    notes on what did not go as planned, and the variable that its cell names it by, where it does."""

    request: GenerationRequest
    quote: Quote
    provider: str
    ending: Ending | None = None
    notes: Sequence[str] = ()
    name: str = ""


def picture_text(card: Card) -> str:
    """The fixed plain text of a picture's output."""
    return f"<vidgo picture: {', '.join([card.request.model, *_parameters(card.request)])}>"


def card_html(card: Card) -> str:
    """The card of a picture for a notebook."""
    ending, first = card.ending, escape(str(card.ending or price_text(card.quote)))
    label = f" {markup.tag(EMULATED_TAG)}" if card.provider == EMULATOR else ""
    return markup.frame(
        markup.line(f"<b>{first}</b> · {escape(headline(card.request))}{label}"),
        ending_html(ending) if ending else "",
        markup.prompt(card.request.prompt),
        markup.lines(_notes(card), muted=True),
        markup.fold("Price and model" if ending else "Price and next steps", _folded(card)),
        colour=colour_of(ending.word) if ending else None,
    )


def card_text(card: Card) -> str:
    """The card of a picture as plain text, for terminals and for readers of a notebook's text output."""
    first = [str(card.ending or price_text(card.quote)), headline(card.request)]
    lines = [
        " · ".join([*first, *([EMULATED_TAG] if card.provider == EMULATOR else [])]),
        *(ending_lines(card.ending) if card.ending else ()),
        as_item("Prompt", card.request.prompt),
        *_notes(card),
        *_details(card),
    ]
    return "\n".join(lines)


def headline(request: GenerationRequest) -> str:
    """Model and parameters: ``GPT Image 2 · high · 16:9 · 4K``."""
    model = MODELS[request.model].title if request.model in MODELS else request.model
    return " · ".join([model, *_parameters(request)])


def price_line(quote: Quote) -> str:
    """The price as arithmetic: ``Price: 12 credits (quality high) × 2 (resolution 2K, as asked) = 24 credits``."""
    factors = [
        f"{line.value} ({', '.join(part for part in (line.label, line.reason) if part)})"
        for line in quote.lines
        if not (line.label == "picture" and line.amount == 1)
    ]
    if quote.total is None:
        return f"Price: not published for {quote.model}; the service bills what it costs."
    source = f", by {quote.source}" if quote.source == OWN_PRICES else ""
    return f"Price: {' '.join(factors)} = {quote}{source}"


def breakdown_rows(quote: Quote) -> list[tuple[str, str, str]]:
    """The price as a table: label, amount, reason."""
    rows = [(line.label, line.value, line.reason) for line in quote.lines]
    return [*rows, ("total", str(quote), "" if quote.total is None else f"source: {quote.source}")]


def price_text(quote: Quote) -> str:
    """The price as a headline: ``24 credits``, or ``price not published``."""
    return f"price {quote}" if quote.total is None else str(quote)


def provider_line(what: str, provider: str) -> str:
    """Who is asked for ``what``. It says nothing of "made": it is there before, and when that fails."""
    if provider == EMULATOR:
        return f"{what}. {EMULATED}"
    return f"{what} at the Vidgo API." if provider == OFFICIAL else f"{what}, {provider}."


def real_picture_html(provider: str) -> str:
    """For a stand-in: how to get a real picture, as code to copy."""
    if provider != EMULATOR:
        return ""
    if not has_magics():
        return markup.line(escape(REAL_PICTURE_WITHOUT_MAGICS))
    return markup.line(escape(REAL_PICTURE)) + markup.code(REAL_PICTURE_CODE)


def next_steps(picture: str) -> str:
    """What cells can do with a ``picture``, an expression that names it, as code to copy; '' without one."""
    if not picture or not has_magics():
        return ""
    ways = {
        "As the image of an edit:": f"%%vidgo --image {picture}",
        "In the form:": f"%vidgo panel {picture}",
        "What it was made from:": f"%vidgo show {picture} --lineage",
    }
    return "".join(markup.line(said) + markup.code(code) for said, code in ways.items())


def _parameters(request: GenerationRequest) -> list[str]:
    if request.model not in MODELS or problems(request, local_api=True):
        return []  # a row of a table that can't be requested
    fields = effective_fields(request)
    take = [f"take {request.take}"] if request.take > 1 else []
    quality = [fields["quality"]] if "quality" in fields else []
    extra = in_words(request.extra) if request.extra else ()
    resolution = [fields["resolution"]] if "resolution" in fields else []
    return [*quality, fields["size"], *resolution, *extra, *take]


def _notes(card: Card) -> list[str]:
    return [as_item("Note", here(str(note))) for note in (*card.quote.advice, *card.notes)]


def _details(card: Card) -> list[str]:
    names = [reference.name.partition("?")[0] for reference in card.request.references]
    return [
        *([price_line(card.quote)] if card.quote.lines else ()),
        *(as_item(f"Image {number}", name) for number, name in enumerate(names, 1)),
        provider_line(f"Model {card.request.model}", card.provider),
    ]


def _folded(card: Card) -> str:
    return "".join(
        [
            markup.lines(_details(card)),
            "" if card.ending else _another_take(card) + next_steps(card.name),
            real_picture_html(card.provider),
        ]
    )


def _another_take(card: Card) -> str:
    """The code that makes one more picture of the same request, at the same price."""
    request, free = card.request, card.provider == EMULATOR
    if request.references or len(request.prompt) > _LONGEST_REPEATED or request.model not in MODELS:
        return ""  # the images' names are the notebook's; a long prompt stands in the cell already
    again = replace(request, take=request.take + 1, callback_url=None)
    return markup.line(f"Another take ({'free' if free else escape(price_text(card.quote))}):") + markup.code(
        cell_text(again) if has_magics() else python_text(again)
    )

"""The price of a picture before it is paid, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from vidgo_notebook.domain.advice import Advice, advice
from vidgo_notebook.domain.catalogue import MODELS, Model
from vidgo_notebook.domain.request import GenerationRequest, Tier, effective_tier

NOT_PUBLISHED = "not published"
OWN_PRICES = "your setting Vidgo.prices"

PriceTable = Mapping[str, Decimal]
"""Credits for one picture of a model whose price is not published, set by the user."""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a breakdown: a base in credits, or a factor on the lines above it.

    ``amount`` is None when nobody has published it.
    """

    label: str
    kind: Literal["base", "factor"]
    amount: Decimal | None
    reason: str = ""

    @property
    def value(self) -> str:
        """The amount as a person reads it: ``12 credits``, ``× 2``, or ``not published``."""
        if self.amount is None:
            return NOT_PUBLISHED
        return credits_text(self.amount) if self.kind == "base" else f"× {plain(self.amount)}"


@dataclass(frozen=True, slots=True)
class Quote:
    """What a request will cost: ``total`` in credits, None while a price is not published.

    ``tier`` is the resolution that is billed, with the reason; ``source`` names who states the price.
    """

    model: str
    lines: tuple[PriceLine, ...]
    total: Decimal | None
    tier: Tier
    source: str
    advice: tuple[Advice, ...] = ()
    pictures: int = 1

    @property
    def effective_resolution(self) -> str:
        """The resolution that is made and billed."""
        return self.tier.resolution

    @property
    def reason(self) -> str:
        """Why that resolution is billed."""
        return self.tier.reason

    def __str__(self) -> str:
        """``24 credits``, or that the price is not published."""
        return NOT_PUBLISHED if self.total is None else credits_text(self.total)


def quote(request: GenerationRequest, pictures: int = 1, prices: PriceTable | None = None) -> Quote:
    """Price ``pictures`` pictures of a valid request.

    ``prices`` holds credits per picture for models whose price the documents do not give. GPT Image 2:
    base by quality times a multiplier by effective resolution (source: the model's ``Prices``).
    """
    model = MODELS[request.model]
    tier = effective_tier(request)
    lines, source = _lines(model, request, tier, prices or {})
    lines = (*lines, PriceLine("picture" if pictures == 1 else "pictures", "factor", Decimal(pictures)))
    return Quote(model.name, lines, _total(lines), tier, source, advice(request), pictures)


def _lines(
    model: Model, request: GenerationRequest, tier: Tier, prices: PriceTable
) -> tuple[tuple[PriceLine, ...], str]:
    if model.prices and model.quality:
        quality = request.quality or model.quality.default
        note = "" if request.quality else "the default"
        factor = Decimal(model.prices.multiplier[tier.resolution])
        base = PriceLine(f"quality {quality}", "base", model.prices.base[quality], note)
        return (base, PriceLine(f"resolution {tier.resolution}", "factor", factor, tier.reason)), model.prices.source
    price = prices.get(model.name)
    source = NOT_PUBLISHED if price is None else OWN_PRICES
    return (PriceLine(model.name, "base", price, "" if price is None else "as you set it"),), source


@dataclass(frozen=True, slots=True)
class KindOfPicture:
    """Pictures that cost the same for the same reason: how many, and what ``each`` costs, None while nobody
    published it."""

    model: str
    quality: str
    resolution: str
    each: Decimal | None
    pictures: int

    @property
    def total(self) -> Decimal | None:
        """Credits for all of them."""
        return None if self.each is None else self.each * self.pictures

    @property
    def label(self) -> str:
        """What they are: ``gpt-image-2, high, 2K``."""
        return ", ".join(part for part in (self.model, self.quality, self.resolution) if part)

    @property
    def each_text(self) -> str:
        """The price of one, as a person reads it."""
        return NOT_PUBLISHED if self.each is None else credits_text(self.each)

    @property
    def total_text(self) -> str:
        """The price of all, as a person reads it."""
        return NOT_PUBLISHED if self.total is None else credits_text(self.total)

    def __str__(self) -> str:
        each = "" if self.each is None else f"{self.pictures:,} × {plain(self.each)} = "
        return f"{self.label}: {each}{self.total_text}"


def price_lines(quotes: Iterable[Quote]) -> list[KindOfPicture]:
    """The prices of many pictures, alike ones together, in the order in which they come."""
    counts: dict[tuple[str, str, str, Decimal | None], int] = {}
    for price in quotes:
        named = next((line.label for line in price.lines if line.label.startswith("quality ")), "")
        key = (price.model, named.removeprefix("quality "), price.effective_resolution, price.total)
        counts[key] = counts.get(key, 0) + 1
    return [KindOfPicture(*key, pictures) for key, pictures in counts.items()]


def _total(lines: tuple[PriceLine, ...]) -> Decimal | None:
    total = Decimal(1)
    for line in lines:
        if line.amount is None:
            return None
        total *= line.amount
    return total


def plain(amount: Decimal) -> str:
    """A Decimal without exponent or trailing zeros: ``24``, ``0.5``."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def credits_text(amount: Decimal) -> str:
    """An amount with its unit: ``1 credit``, ``24 credits``."""
    return f"{plain(amount)} credit{'' if amount == 1 else 's'}"

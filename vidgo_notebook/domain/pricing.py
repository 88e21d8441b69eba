"""The price of a picture before it is bought, line by line."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from vidgo_notebook.domain.advice import Advice, advice
from vidgo_notebook.domain.catalogue import MODELS, WITH_EXTRA, Model, Prices
from vidgo_notebook.domain.request import GenerationRequest, Tier, effective_tier
from vidgo_notebook.domain.wording import counted

NOT_PUBLISHED = "not published"
OWN_PRICES = "your setting Vidgo.prices"

PriceTable = Mapping[str, Decimal]
"""Credits for one picture of a model whose price is not published, set by the user."""


@dataclass(frozen=True, slots=True)
class CreditFormat:
    """Credits as text: ``48 credits``, or ``48 credits (0.24 USD)`` where the price of one credit is known."""

    rate: Decimal | None = None
    currency: str = ""

    @classmethod
    def of(cls, credit_price: str | None) -> CreditFormat:
        """The format for a checked setting ``credit_price``, such as ``0.005 USD``."""
        if not credit_price:
            return NO_CURRENCY
        rate, currency = credit_price.split()
        return cls(Decimal(rate), currency)

    def money(self, amount: Decimal) -> str:
        """The amount in the currency: ``0.24 USD``; '' without one."""
        return "" if self.rate is None else f"{plain(amount * self.rate)} {self.currency}"

    def text(self, amount: Decimal) -> str:
        """The amount in credits, and in the currency where there is one."""
        return credits_text(amount) + self._in_brackets(amount)

    def number(self, amount: Decimal) -> str:
        """The same without the unit, where it was just named: ``48``, or ``48 (0.24 USD)``."""
        return grouped(amount) + self._in_brackets(amount)

    def price(self, amount: Decimal | None) -> str:
        """A price as text: ``24 credits``, or ``not published`` for None."""
        return NOT_PUBLISHED if amount is None else self.text(amount)

    def _in_brackets(self, amount: Decimal) -> str:
        money = self.money(amount)
        return f" ({money})" if money else ""


NO_CURRENCY = CreditFormat()


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a breakdown: a base in credits, or a factor on the lines above it.

    ``amount`` is None where it is not published.
    """

    label: str
    kind: Literal["base", "factor"]
    amount: Decimal | None
    reason: str = ""

    @property
    def value(self) -> str:
        """The amount as text: ``12 credits``, ``× 2``, or ``not published``."""
        if self.kind == "factor" and self.amount is not None:
            return f"× {plain(self.amount)}"
        return amount_text(self.amount)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a request will cost.

    Attributes
    ----------
    total : Decimal or None
        Credits for all pictures; None while the price is not published.
    lines : tuple of PriceLine
        How the total comes about.
    tier : Tier
        The resolution that is billed, with the reason.
    source : str
        The document that the price is from.
    advice : tuple of Advice
        What the request says in vain, and how to get the same for less.
    pictures : int
        The number of pictures.
    credit_format : CreditFormat
        Writes the total as text.

    Examples
    --------
    >>> price = vidgo.quote("A red bicycle", quality="high", size="1:1", resolution="4K")
    >>> price.total, price.effective_resolution, price.reason
    (Decimal('24'), '2K', '4K does not exist at 1:1, so 2K')
    """

    model: str
    lines: tuple[PriceLine, ...]
    total: Decimal | None
    tier: Tier
    source: str
    advice: tuple[Advice, ...] = ()
    pictures: int = 1
    credit_format: CreditFormat = NO_CURRENCY

    @property
    def effective_resolution(self) -> str:
        """The resolution that is made and billed."""
        return self.tier.resolution

    @property
    def reason(self) -> str:
        """Why that resolution is billed."""
        return self.tier.reason

    def __str__(self) -> str:
        """``24 credits``, ``24 credits (0.12 USD)``, or ``not published``."""
        return self.credit_format.price(self.total)


def quote(
    request: GenerationRequest,
    pictures: int = 1,
    prices: PriceTable | None = None,
    credit_format: CreditFormat = NO_CURRENCY,
) -> Quote:
    """Price ``pictures`` pictures of a valid request.

    ``prices`` holds credits per picture where the documents do not give them: by the name of a model, and by
    that name and ``WITH_EXTRA`` for requests with fields that the catalogue does not know. GPT Image 2:
    base by quality times a multiplier by effective resolution (source: the model's ``Prices``).
    """
    model, tier, own = MODELS[request.model], effective_tier(request), prices or {}
    if model.prices and (model.own or not request.extra):  # what an extra field costs is not in the documents
        lines, source = _published(request, model, model.prices, tier), model.prices.source
    else:
        named = model.name + WITH_EXTRA if request.extra and (model.prices or model.name + WITH_EXTRA in own) else ""
        label = named or model.name
        source, note = (OWN_PRICES, "as you set it") if label in own else (NOT_PUBLISHED, "")
        lines = [PriceLine(label, "base", own.get(label), note)]
    lines.append(PriceLine("picture" if pictures == 1 else "pictures", "factor", Decimal(pictures)))
    amounts = [line.amount for line in lines if line.amount is not None]
    total = math.prod(amounts, start=Decimal(1)) if len(amounts) == len(lines) else None
    return Quote(model.name, tuple(lines), total, tier, source, advice(request), pictures, credit_format)


def _published(request: GenerationRequest, model: Model, prices: Prices, tier: Tier) -> list[PriceLine]:
    quality = (request.quality or model.quality.default) if model.quality else ""
    note = "" if request.quality or not model.quality else "the default"
    lines = [PriceLine(f"quality {quality}" if quality else model.name, "base", prices.base[quality], note)]
    if tier.resolution:
        factor = Decimal(prices.multiplier.get(tier.resolution, 1))
        lines.append(PriceLine(f"resolution {tier.resolution}", "factor", factor, tier.reason))
    return lines


@dataclass(frozen=True, slots=True)
class KindOfPicture:
    """Pictures with the same price for the same reason: how many, and the price of ``each``, None while it is
    not published."""

    model: str
    quality: str
    resolution: str
    each: Decimal | None
    pictures: int
    credit_format: CreditFormat = NO_CURRENCY

    @property
    def total(self) -> Decimal | None:
        """Credits for all of them."""
        return None if self.each is None else self.each * self.pictures

    @property
    def label(self) -> str:
        """Model, quality and resolution: ``gpt-image-2, high, 2K``."""
        return ", ".join(part for part in (self.model, self.quality, self.resolution) if part)

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The texts of a table: what they are, how many, the price of one and of all."""
        return self.label, f"{self.pictures:,}", amount_text(self.each), self.credit_format.price(self.total)

    def __str__(self) -> str:
        each = "" if self.each is None else f"{self.pictures:,} × {grouped(self.each)} = "
        return f"{self.label}: {each}{self.credit_format.price(self.total)}"


def price_lines(quotes: Iterable[Quote]) -> list[KindOfPicture]:
    """The prices of many pictures, equal ones counted together, in the order in which they come."""
    counts: Counter[tuple[str, str, str, Decimal | None]] = Counter()
    credit_format = NO_CURRENCY
    for each in quotes:
        credit_format = each.credit_format
        named = next((line.label for line in each.lines if line.label.startswith("quality ")), "")
        counts[each.model, named.removeprefix("quality "), each.effective_resolution, each.total] += 1
    return [KindOfPicture(*kind, pictures, credit_format) for kind, pictures in counts.items()]


def plain(amount: Decimal) -> str:
    """A Decimal without exponent or trailing zeros, as code and data have it: ``24``, ``0.5``, ``10000``."""
    return _short(f"{amount:f}")


def grouped(amount: Decimal) -> str:
    """The same for a reader: ``10,000``."""
    return _short(f"{amount:,f}")


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Total:
    """Credits added up, and the number of prices among them that are not published."""

    credits: Decimal = Decimal(0)
    unpublished: int = 0

    @classmethod
    def of(cls, prices: Iterable[Decimal | None]) -> Total:
        """The sum of some prices; None is one that is not published."""
        known, unpublished = Decimal(0), 0
        for price in prices:
            if price is None:
                unpublished += 1
            else:
                known += price
        return cls(known, unpublished)

    def __add__(self, other: Total) -> Total:
        return Total(self.credits + other.credits, self.unpublished + other.unpublished)

    def __bool__(self) -> bool:
        """Whether there is an amount, known or not."""
        return bool(self.credits or self.unpublished)

    def text(self, credit_format: CreditFormat = NO_CURRENCY) -> str:
        """``8 credits``, ``8 credits and 4 unpublished``, or ``4 unpublished prices`` alone."""
        if not self.unpublished:
            return credit_format.text(self.credits)
        if not self.credits:
            return counted(self.unpublished, "unpublished price")
        return f"{credit_format.text(self.credits)} and {self.unpublished:,} unpublished"

    def number(self, credit_format: CreditFormat = NO_CURRENCY) -> str:
        """The same without the unit of the credits, where it was just named: ``8``, ``8 and 4 unpublished``."""
        unpublished = f"{self.unpublished:,} unpublished" if self.unpublished else ""
        known = credit_format.number(self.credits) if self.credits or not unpublished else ""
        return " and ".join(part for part in (known, unpublished) if part)


NO_CREDITS = Total()


def total_of(quotes: Iterable[Quote]) -> Decimal:
    """The published prices together, in credits."""
    return sum((quote.total or Decimal(0) for quote in quotes), Decimal(0))


def credits_text(amount: Decimal) -> str:
    """An amount with its unit: ``1 credit``, ``24 credits``."""
    return f"{grouped(amount)} credit{'' if amount == 1 else 's'}"


def amount_text(amount: Decimal | None) -> str:
    """A price as text: ``24 credits``, or ``not published`` for None."""
    return NOT_PUBLISHED if amount is None else credits_text(amount)

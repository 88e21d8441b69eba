"""The models as a listing: what each takes, and its prices by quality and resolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from vidgo_notebook.domain.catalogue import MODELS, Model, Prices
from vidgo_notebook.domain.pricing import NO_CURRENCY, NOT_PUBLISHED, CreditFormat
from vidgo_notebook.render.listing import Column, Listing


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model: the values that its fields take, and the price of a picture in credits, by quality and resolution.

    ``prices`` is empty where none is published.
    """

    model: str
    images: str
    qualities: tuple[str, ...]
    sizes: tuple[str, ...]
    resolutions: tuple[str, ...]
    prices: Mapping[str, Mapping[str, Decimal]]

    def range(self, write: CreditFormat) -> str:
        """The lowest and the highest price, as text."""
        every = [price for by_resolution in self.prices.values() for price in by_resolution.values()]
        return f"{write.number(min(every))} to {write.number(max(every))}" if every else NOT_PUBLISHED


def model_table(write: CreditFormat = NO_CURRENCY) -> Listing[ModelRow]:
    """The models with what each takes, and below them a table of prices for each price list."""
    rows = [_row(model) for model in MODELS.values()]
    columns = [
        Column[ModelRow]("model", lambda row: row.model),
        Column[ModelRow]("images", lambda row: row.images),
        Column[ModelRow]("quality", lambda row: ", ".join(row.qualities) or "–"),
        Column[ModelRow]("size", lambda row: ", ".join(row.sizes)),
        Column[ModelRow]("resolution", lambda row: ", ".join(row.resolutions) or "–"),
        Column[ModelRow]("credits a picture", lambda row: row.range(write)),
    ]
    return Listing("Models", rows, columns, more=_price_lists(rows, write))


def _row(model: Model) -> ModelRow:
    images = "none"
    if model.edits:
        least, most = model.references.minimum, model.references.maximum
        images = f"{least} to {most}" if most else f"{least} or more"
    sizes = (*model.size.values, *(["WIDTHxHEIGHT"] if model.custom_sizes else []))
    quality = model.quality.values if model.quality else ()
    resolutions = model.resolution.values if model.resolution else ()
    prices = _by_quality(model.prices, resolutions or ("any",)) if model.prices else {}
    return ModelRow(model.name, images, quality, sizes, resolutions, prices)


def _by_quality(prices: Prices, resolutions: Sequence[str]) -> dict[str, dict[str, Decimal]]:
    return {
        quality or "any": {resolution: base * prices.multiplier.get(resolution, 1) for resolution in resolutions}
        for quality, base in prices.base.items()
    }


@dataclass(frozen=True, slots=True)
class QualityPrices:
    """The prices of a quality, in credits by resolution."""

    quality: str
    credits: Mapping[str, Decimal]


def _price_lists(rows: list[ModelRow], write: CreditFormat) -> list[Listing[QualityPrices]]:
    """One list for all the models that share it."""
    lists: dict[str, list[ModelRow]] = {}
    for row in rows:
        if row.prices:
            lists.setdefault(repr(row.prices), []).append(row)
    return [_price_list(", ".join(row.model for row in group), group[0].prices, write) for group in lists.values()]


def _price_list(
    models: str, prices: Mapping[str, Mapping[str, Decimal]], write: CreditFormat
) -> Listing[QualityPrices]:
    def column(resolution: str) -> Column[QualityPrices]:
        return Column(resolution, lambda row: write.number(row.credits[resolution]))

    resolutions = next(iter(prices.values()))
    columns = [Column[QualityPrices]("quality", lambda row: row.quality), *map(column, resolutions)]
    rows = [QualityPrices(quality, amounts) for quality, amounts in prices.items()]
    return Listing(f"Credits for a picture of {models}", rows, columns)

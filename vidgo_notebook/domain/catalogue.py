"""The models as data: the fields that each one takes, its limits and prices, with the source of every fact.

A rule is *binding* when the service's own documents state it; breaking it is a problem. A rule that
only a sister service documents (``SISTER``) is likely but not guaranteed: it sets defaults and gives
advice, and never rejects a request.

To add a model, add it to ``MODELS``: validation, quotes, completion and the emulator read it there.

The classes are named tuples: defining frozen dataclasses takes eight times as long, at every ``%load_ext``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

GPT_DOC = "Vidgo API documentation, GPT Image 2"
FLUX_DOC = "Vidgo API documentation, Flux 2"
SISTER = "a sister service's documentation"

DEFAULT_MODEL = "gpt-image-2"

# What type checkers and editors know of the models below; a test holds them equal.
ModelName = Literal[
    "gpt-image-2", "gpt-image-2-edit", "flux-2-pro", "flux-2-pro-edit", "flux-2-flex", "flux-2-flex-edit"
]
Quality = Literal["low", "medium", "high"]
Ratio = Literal["auto", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "16:9", "9:16", "21:9"]
Resolution = Literal["1K", "2K", "4K"]


class Choice(NamedTuple):
    """A field that takes listed values. ``default`` is the value that applies when the field is left out."""

    values: tuple[str, ...]
    default: str
    source: str
    binding: bool = True
    always_sent: bool = False


class CustomSizes(NamedTuple):
    """Limits of a custom WIDTHxHEIGHT size; edges in pixels, ``max_ratio`` of the long edge to the short one."""

    multiple: int
    max_edge: int
    max_ratio: int
    min_pixels: int
    max_pixels: int
    resolutions: tuple[str, ...]
    source: str


class Tiers(NamedTuple):
    """When the resolution that is made and billed differs from the requested one."""

    auto: str
    true_4k_sizes: tuple[str, ...]
    true_4k_edge: int
    source: str


class Prices(NamedTuple):
    """Credits for one picture: ``base`` by quality ('' for a model without qualities), times ``multiplier`` by
    effective resolution (1 for one that is not listed)."""

    base: Mapping[str, Decimal]
    multiplier: Mapping[str, Decimal | int]
    source: str


class References(NamedTuple):
    """How many reference images a request may have. ``maximum`` None: no limit is documented."""

    minimum: int
    maximum: int | None
    source: str
    count_binding: bool
    """Whether the service itself documents that images are required, or not accepted."""


class Model(NamedTuple):
    """One model of the service; ``sibling`` is the editing or text counterpart, '' for none. Without ``resolution`` it
    takes none. ``own`` is the definition, as JSON, of a model that is the user's, from a file of further models."""

    name: str
    title: str
    sibling: str
    references: References
    size: Choice
    resolution: Choice | None
    source: str
    quality: Choice | None = None
    custom_sizes: CustomSizes | None = None
    tiers: Tiers | None = None
    prices: Prices | None = None
    prompt_limit: int | None = None
    own: str = ""

    @property
    def edits(self) -> bool:
        """Whether the model takes reference images."""
        return self.references.maximum != 0

    def choice(self, name: str) -> Choice | None:
        """The listed values of field ``name`` (quality, size, resolution); None if the model does not take it."""
        return {"quality": self.quality, "size": self.size, "resolution": self.resolution}[name]


CHOICE_FIELDS = ("quality", "size", "resolution")

_GPT_QUALITY = Choice(("low", "medium", "high"), "low", GPT_DOC, always_sent=True)
_GPT_SIZE = Choice(("auto", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "16:9", "9:16", "21:9"), "auto", GPT_DOC)
# That a ratio without a resolution means 1K is our interpretation; sending the 1K makes the quote binding.
_GPT_RESOLUTION = Choice(("1K", "2K", "4K"), "1K", GPT_DOC)
_GPT_CUSTOM = CustomSizes(16, 3840, 3, 655_360, 8_294_400, ("2K", "4K"), GPT_DOC)
_GPT_TIERS = Tiers("1K", ("16:9", "9:16", "21:9"), 3840, GPT_DOC)
_GPT_PRICES = Prices(
    {"low": Decimal(2), "medium": Decimal(3), "high": Decimal(12)}, {"1K": 1, "2K": 2, "4K": 4}, GPT_DOC
)
_FLUX_SIZE = Choice(
    ("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "auto"), "1:1", SISTER, binding=False, always_sent=True
)
_FLUX_RESOLUTION = Choice(("1K", "2K"), "1K", FLUX_DOC, always_sent=True)


def _gpt(name: str, title: str, sibling: str, references: References) -> Model:
    return Model(
        name,
        title,
        sibling,
        references,
        _GPT_SIZE,
        _GPT_RESOLUTION,
        GPT_DOC,
        quality=_GPT_QUALITY,
        custom_sizes=_GPT_CUSTOM,
        tiers=_GPT_TIERS,
        prices=_GPT_PRICES,
        prompt_limit=4000,
    )


def _flux(name: str, title: str, sibling: str, references: References) -> Model:
    return Model(name, title, sibling, references, _FLUX_SIZE, _FLUX_RESOLUTION, FLUX_DOC)


_NO_FLUX_REFERENCES = References(0, 0, SISTER, count_binding=False)
_FLUX_REFERENCES = References(1, 8, FLUX_DOC, count_binding=False)

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        _gpt("gpt-image-2", "GPT Image 2", "gpt-image-2-edit", References(0, 0, GPT_DOC, count_binding=True)),
        _gpt("gpt-image-2-edit", "GPT Image 2 Edit", "gpt-image-2", References(1, None, GPT_DOC, count_binding=True)),
        _flux("flux-2-pro", "FLUX.2 Pro", "flux-2-pro-edit", _NO_FLUX_REFERENCES),
        _flux("flux-2-pro-edit", "FLUX.2 Pro Edit", "flux-2-pro", _FLUX_REFERENCES),
        _flux("flux-2-flex", "FLUX.2 Flex", "flux-2-flex-edit", _NO_FLUX_REFERENCES),
        _flux("flux-2-flex-edit", "FLUX.2 Flex Edit", "flux-2-flex", _FLUX_REFERENCES),
    )
}


def know(models: Iterable[Model]) -> None:
    """Make the user's own models known to this process. They stay known until it ends: jobs may be under way."""
    for model in models:
        MODELS[model.name] = model


def own_models() -> tuple[Model, ...]:
    """The user's own models that are known."""
    return tuple(model for model in MODELS.values() if model.own)


WITH_EXTRA = " --set"
"""Among the prices that a user sets it follows the name of a model, for requests with fields that the catalogue does
not know."""

"""The service's rules said a second time, as tables and sets, to check the package against.

It shares no code and no form with the package: custom sizes are the members of one enumerated set,
prices are the nine cells of the printed table, and the tier is looked up by kind of size.
"""

from __future__ import annotations

from dataclasses import dataclass

# Edges in units of 16 pixels: 3840 is 240, 655,360 pixels are 2,560 units and 8,294,400 are 32,400.
CUSTOM_SIZES = {
    f"{16 * width}x{16 * height}"
    for width in range(1, 241)
    for height in range(1, 241)
    if 2560 <= width * height <= 32400 and width <= 3 * height and height <= 3 * width
}

KIND_OF_SIZE = {
    None: "none", "auto": "none",
    "16:9": "true4k", "9:16": "true4k", "21:9": "true4k",
    "1:1": "ratio", "2:3": "ratio", "3:2": "ratio", "3:4": "ratio", "4:3": "ratio", "4:5": "ratio", "5:4": "ratio",
}  # fmt: skip

# Kind of size, then the resolution asked for: the tier that is made; what is missing is forbidden.
TIER = {
    "none": {None: "1K", "1K": "1K", "2K": "1K", "4K": "1K"},
    "ratio": {None: "1K", "1K": "1K", "2K": "2K", "4K": "2K"},
    "true4k": {None: "1K", "1K": "1K", "2K": "2K", "4K": "4K"},
    "custom": {"2K": "2K", "4K": "2K"},
    "custom3840": {"4K": "4K"},
}

CREDITS = {
    ("low", "1K"): 2, ("low", "2K"): 4, ("low", "4K"): 8,
    ("medium", "1K"): 3, ("medium", "2K"): 6, ("medium", "4K"): 12,
    ("high", "1K"): 12, ("high", "2K"): 24, ("high", "4K"): 48,
}  # fmt: skip

IMAGES = {"gpt-image-2": range(1), "gpt-image-2-edit": range(1, 10**6)}
FLUX_MODELS = {"flux-2-pro", "flux-2-pro-edit", "flux-2-flex", "flux-2-flex-edit"}
FLUX_EDITS = {"flux-2-pro-edit", "flux-2-flex-edit"}


@dataclass(frozen=True)
class Asked:
    """A request as plain values, with nothing of the package in it."""

    model: str
    prompt: str
    quality: str | None = None
    size: str | None = None
    resolution: str | None = None
    images: int = 0


def valid(asked: Asked) -> bool:
    """Whether the documents allow the request."""
    if not asked.prompt.strip():
        return False
    if asked.model in FLUX_MODELS:
        too_many = asked.model in FLUX_EDITS and asked.images > 8
        return asked.quality is None and asked.resolution in {None, "1K", "2K"} and not too_many
    return (
        asked.model in IMAGES
        and asked.images in IMAGES[asked.model]
        and len(asked.prompt.strip()) <= 4000
        and asked.quality in {None, "low", "medium", "high"}
        and tier(asked) is not None
    )


def tier(asked: Asked) -> str | None:
    """The resolution made and billed by GPT Image 2; None where size and resolution don't go together."""
    return TIER.get(_kind(asked.size), {}).get(asked.resolution)


def credits_for(asked: Asked) -> int | None:
    """Credits for one picture of a valid request; None where no price is published."""
    if asked.model in FLUX_MODELS:
        return None
    made = tier(asked)
    return None if made is None else CREDITS[asked.quality or "low", made]


def _kind(size: str | None) -> str:
    if size in CUSTOM_SIZES:
        return "custom3840" if "3840" in size.split("x") else "custom"
    return KIND_OF_SIZE.get(size, "unknown")

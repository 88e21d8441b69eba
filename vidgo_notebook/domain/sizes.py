"""Sizes as the service writes them: ``auto``, ratios such as ``16:9``, and WIDTHxHEIGHT in pixels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from vidgo_notebook.domain.catalogue import CustomSizes, Model

_CUSTOM = re.compile(r"(0|[1-9][0-9]{0,8})x(0|[1-9][0-9]{0,8})")
_PAIR = re.compile(r"\s*(\d{1,9}(?:\.\d+)?)\s*[:xX×*/]\s*(\d{1,9}(?:\.\d+)?)\s*")

Edges = tuple[int, int]


def parse_custom(size: str) -> Edges | None:
    """``"2304x1536"`` as (2304, 1536) pixels; None for anything that is not written exactly like that."""
    match = _CUSTOM.fullmatch(size)
    return (int(match[1]), int(match[2])) if match else None


def loose_pair(size: str) -> tuple[float, float] | None:
    """Two positive numbers with any separator, to suggest a valid size for an invalid one."""
    match = _PAIR.fullmatch(size)
    if not match:
        return None
    pair = float(match[1]), float(match[2])
    return pair if min(pair) > 0 else None


def custom_faults(edges: Edges, limits: CustomSizes) -> Iterator[str]:
    """Every limit that a custom size breaks, in words."""
    width, height = edges
    if width % limits.multiple or height % limits.multiple:
        yield f"both edges must be divisible by {limits.multiple}"
    if max(edges) > limits.max_edge:
        yield f"the longest edge is at most {limits.max_edge} pixels"
    if max(edges) > limits.max_ratio * min(edges):
        yield f"the ratio is at most {limits.max_ratio}:1"
    if not limits.min_pixels <= width * height <= limits.max_pixels:
        yield f"width × height must be {limits.min_pixels:,} to {limits.max_pixels:,} pixels"


def nearest_custom(width: float, height: float, limits: CustomSizes) -> Edges:
    """The valid custom size closest to ``width`` × ``height`` pixels, by relative change of the edges."""
    width, height = max(width, 1.0), max(height, 1.0)

    def distance(edges: Edges) -> float:
        return math.hypot(math.log(edges[0] / width), math.log(edges[1] / height))

    widths = range(limits.multiple, limits.max_edge + 1, limits.multiple)
    candidates = ((w, h) for w in widths for h in _heights(w, height, limits))
    return min(candidates, key=lambda edges: (distance(edges), edges))


def _heights(width: int, wanted: float, limits: CustomSizes) -> Iterator[int]:
    """The one or two valid heights for ``width`` nearest to ``wanted``."""
    step = limits.multiple
    lowest = max(math.ceil(width / limits.max_ratio), math.ceil(limits.min_pixels / width))
    highest = min(width * limits.max_ratio, limits.max_edge, limits.max_pixels // width)
    lowest, highest = -(-lowest // step) * step, highest // step * step
    if lowest <= highest:
        below = int(wanted // step) * step
        yield from {min(max(h, lowest), highest) for h in (below, below + step)}


def nearest_ratio(wanted: float, sizes: tuple[str, ...]) -> str:
    """The listed ratio closest to ``wanted`` (width ÷ height)."""

    def gap(size: str) -> float:
        width, height = size.split(":")
        return abs(math.log(int(width) / int(height) / wanted))

    return min((size for size in sizes if ":" in size), key=gap)


def pixel_size(size: str, resolution: str, model: Model) -> Edges:
    """The width and height in pixels of the emulator's pictures and of progress frames.

    The service documents exact pixels for custom sizes only. For a ratio the long edge is 1024, 2048
    or 3840 and the short one is rounded to a multiple of 16; ``auto`` counts as square.
    """
    custom = parse_custom(size)
    if custom and model.custom_sizes:
        return custom
    ratio = loose_pair(size) or (1.0, 1.0)
    long_edge = {"2K": 2048, "4K": 3840}.get(resolution, 1024)
    short_edge = max(16, round(long_edge * min(ratio) / max(ratio) / 16) * 16)
    return (long_edge, short_edge) if ratio[0] >= ratio[1] else (short_edge, long_edge)

"""Rows and random requests as the package's own requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.contract.oracle import CUSTOM_SIZES, Asked
from vidgo_notebook.domain.request import GenerationRequest, Reference

if TYPE_CHECKING:
    from tests.contract.rules_table import Row

MODEL_NAMES = ["gpt-image-2", "gpt-image-2-edit", "flux-2-pro", "flux-2-pro-edit", "flux-2-flex", "flux-2-flex-edit"]
RATIOS = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "16:9", "9:16", "21:9"]
AWKWARD_SIZES = ["0x0", "16:10", "1024X1024", "01024x1024", "x", "1024x", "9:21", "AUTO", "\u0661024x1024"]


def image_urls(count: int) -> tuple[str, ...]:
    """``count`` different addresses of reference images."""
    return tuple(f"https://example.com/{number}.png" for number in range(1, count + 1))


def references(count: int) -> tuple[Reference, ...]:
    """``count`` different reference images."""
    return tuple(Reference("url", url) for url in image_urls(count))


def from_row(row: Row) -> GenerationRequest:
    """The request of a row of the table."""
    return GenerationRequest(
        "a" * row.prompt_length,
        row.model,
        row.quality,
        row.size,
        row.resolution,
        references(row.images),
        callback_url=row.callback_url,
    )


def from_asked(asked: Asked) -> GenerationRequest:
    """The request of plain values."""
    return GenerationRequest(
        asked.prompt, asked.model, asked.quality, asked.size, asked.resolution, references(asked.images)
    )


def _aligned() -> st.SearchStrategy[str]:
    edges = st.integers(1, 260).map(lambda units: 16 * units)
    return st.builds("{}x{}".format, edges, edges)


def sizes() -> st.SearchStrategy[str | None]:
    """Sizes of every kind: none, listed, custom within and beyond the limits, and nonsense."""
    return st.one_of(
        st.none(),
        st.just("auto"),
        st.sampled_from(RATIOS),
        st.sampled_from(sorted(CUSTOM_SIZES)),
        st.sampled_from(sorted(size for size in CUSTOM_SIZES if "3840" in size)),
        _aligned(),
        st.builds("{}x{}".format, st.integers(0, 4100), st.integers(0, 4100)),
        st.sampled_from(AWKWARD_SIZES),
        st.text(max_size=12),
    )


def prompts() -> st.SearchStrategy[str]:
    """Prompts of any script, some empty, some around the limit of 4,000 characters."""
    words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
    return st.one_of(words, words, st.integers(3998, 4003).map("é".__mul__))


def any_request() -> st.SearchStrategy[Asked]:
    """Requests right and wrong in every field."""
    return st.builds(
        Asked,
        model=st.sampled_from(MODEL_NAMES),
        prompt=prompts(),
        quality=st.sampled_from([None, "low", "medium", "high", "low", "ultra", ""]),
        size=sizes(),
        resolution=st.sampled_from([None, "1K", "2K", "4K", "4K", "8K", "2k"]),
        images=st.sampled_from([0, 0, 1, 1, 2, 8, 9]),
    )


def likely_valid_request() -> st.SearchStrategy[Asked]:
    """Requests of which most are valid, so that a test of valid ones needs to drop only a few."""
    gpt_text = st.builds(Asked, model=st.just("gpt-image-2"), **_usual())
    gpt_edit = st.builds(Asked, model=st.just("gpt-image-2-edit"), images=st.integers(1, 10), **_usual())
    flux = st.builds(
        Asked,
        model=st.sampled_from(["flux-2-pro", "flux-2-flex"]),
        prompt=_usual()["prompt"],
        size=st.sampled_from([None, "1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3"]),
        resolution=st.sampled_from([None, "1K", "2K"]),
    )
    return st.one_of(gpt_text, gpt_edit, flux)


def _usual() -> dict[str, st.SearchStrategy[object]]:
    listed = st.sampled_from([None, "auto", *RATIOS])
    return {
        "prompt": st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80),
        "quality": st.sampled_from([None, "low", "medium", "high"]),
        "size": st.one_of(listed, st.sampled_from(sorted(CUSTOM_SIZES))),
        "resolution": st.sampled_from([None, "1K", "2K", "4K", "4K"]),
    }

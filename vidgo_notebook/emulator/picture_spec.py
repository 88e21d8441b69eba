"""From a request to the order for its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from vidgo_notebook.domain.catalogue import MODELS, Model
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest, effective_fields, fingerprint
from vidgo_notebook.domain.sizes import Edges, pixel_size

MOST_RATIO = 3  # of the edges where a reference gives them; the documents allow custom sizes as much

PictureFormat: TypeAlias = Literal["PNG", "JPEG"]


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """What is to be drawn: ``edges`` are width and height in pixels.

    ``seed`` (hex) depends on the request's canonical contents and on ``variant``, which numbers the
    submits of one and the same request from 1; equal seeds give equal bytes. ``depth`` counts the edits
    that it was made by: 0 for one from a prompt alone or from foreign images, 1 for an edit of such a one.
    """

    request: GenerationRequest
    variant: int
    edges: Edges
    format: PictureFormat
    quality: Literal["low", "medium", "high"]
    seed: str
    depth: int = 0


Draw: TypeAlias = Callable[[PictureOrder], bytes]
"""Makes the bytes of a picture; called in a worker thread."""


def picture_order(request: GenerationRequest, variant: int, like: Edges | None = None, depth: int = 0) -> PictureOrder:
    """The order for the ``variant``-th picture of a valid request.

    Where the size is ``auto`` the picture has the ratio of ``like``, the edges of the first reference.
    GPT Image models give PNG and Flux models JPEG, as the examples of the documents do.
    """
    model, fields = MODELS[request.model], effective_fields(request)
    return PictureOrder(
        request=request,
        variant=variant,
        edges=_edges(fields, model, like),
        format="PNG" if model.quality else "JPEG",
        quality=_quality(fields.get("quality", "high")),
        seed=fingerprint(replace(request, take=variant), EMULATOR),
        depth=depth,
    )


def _edges(fields: dict[str, str], model: Model, like: Edges | None) -> Edges:
    size = fields["size"]
    if size == "auto" and like and min(like) > 0:
        least = -(-max(like) // MOST_RATIO)
        size = f"{max(like[0], least)}:{max(like[1], least)}"
    return pixel_size(size, fields["resolution"], model)


def _quality(word: str) -> Literal["low", "medium", "high"]:
    return "low" if word == "low" else "medium" if word == "medium" else "high"

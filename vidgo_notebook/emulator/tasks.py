"""A task: what it makes, what it costs, and how far it is at a given time."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from vidgo_notebook.domain.catalogue import MODELS, Model
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest, effective_fields, fingerprint
from vidgo_notebook.domain.sizes import Edges, pixel_size

EMULATOR_VERSION = "2"
"""Value of the emulator's response header; it changes when the same request would be drawn differently."""

QUEUED_SHARE = 0.1  # of a task's time, before it is seen to run
FILES_KEPT = 24 * 3600.0  # seconds; source: the sister service's documentation

_ALPHABET = string.ascii_lowercase + string.digits
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


@dataclass(slots=True)
class Task:
    """One accepted request. Times are seconds of the emulator's clock, ``price`` is in credits.

    ``error`` is set when the task is to end as failed: then it costs nothing.
    """

    id: str
    order: PictureOrder
    price: Decimal
    created_time: str
    accepted_at: float
    ends_at: float
    error: str | None = None

    @property
    def request(self) -> GenerationRequest:
        """What was asked for."""
        return self.order.request

    def ended(self, now: float) -> bool:
        """Whether the task is finished or failed at ``now``."""
        return now >= self.ends_at

    def state(self, now: float) -> tuple[str, int]:
        """The status word and the progress (0 to 100, linear in time) at ``now``."""
        if self.ended(now):
            return ("finished" if self.error is None else "failed"), 100
        share = max(0.0, (now - self.accepted_at) / (self.ends_at - self.accepted_at))
        return ("running", int(100 * share)) if share >= QUEUED_SHARE else ("not_started", 0)

    def has_file(self, now: float) -> bool:
        """Whether the picture can be fetched at ``now``: from the end on, for 24 hours."""
        return self.error is None and self.ends_at <= now < self.ends_at + FILES_KEPT


def new_task_id(unix_time: float, taken: Container[str]) -> str:
    """A fresh id in the service's form: ``task-unified-<unix seconds>-<8 characters>``."""
    while True:
        tail = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        if (task_id := f"task-unified-{int(unix_time)}-{tail}") not in taken:
            return task_id


def iso_time(unix_time: float) -> str:
    """ISO 8601 in UTC without an offset, as the service writes times."""
    return datetime.fromtimestamp(unix_time, UTC).replace(tzinfo=None).isoformat(timespec="seconds")

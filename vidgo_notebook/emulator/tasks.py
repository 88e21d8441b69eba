"""Tasks: the picture each makes, its price, and its state at a given time."""

from __future__ import annotations

import secrets
import string
from collections import OrderedDict
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest, effective_fields, fingerprint
from vidgo_notebook.domain.sizes import Edges, pixel_size
from vidgo_notebook.emulator.refusal import Refusal

EMULATOR_VERSION = "2"
"""Value of the emulator's response header; it changes when the same request is drawn differently."""

QUEUED_SHARE = 0.1  # of a task's time, before its state changes to running
FILES_KEPT = 24 * 3600.0  # seconds; source: the sister service's documentation
TASKS_KEPT = 20_000
TASK_BYTES_KEPT = 64 * 2**20  # of the texts of all of them
MAX_RATIO = 3  # of the edges where a reference gives them; the limit that the documents set for custom sizes

PictureFormat: TypeAlias = Literal["PNG", "JPEG"]


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """What is to be drawn: ``edges`` are width and height in pixels.

    ``seed`` (hex) depends on the request's canonical contents and on ``variant``, which numbers the
    submits of one and the same request from 1; equal seeds give equal bytes. ``depth`` counts the edits
    that lead to it: 0 for a picture made from a prompt alone or from foreign images, 1 for an edit of one.
    """

    request: GenerationRequest
    variant: int
    edges: Edges
    format: PictureFormat
    quality: str
    seed: str
    depth: int = 0


Draw: TypeAlias = Callable[[PictureSpec], bytes]
"""Makes the bytes of a picture; called in a worker thread."""


def picture_spec(request: GenerationRequest, variant: int, like: Edges | None = None, depth: int = 0) -> PictureSpec:
    """What the ``variant``-th picture of a valid request looks like.

    Where the size is ``auto`` the picture has the ratio of ``like``, the edges of the first reference.
    GPT Image models give PNG and Flux models JPEG, as the examples of the documents do.
    """
    model, fields = MODELS[request.model], effective_fields(request)
    size = fields["size"]
    if size == "auto" and like and min(like) > 0:
        least = -(-max(like) // MAX_RATIO)
        size = f"{max(like[0], least)}:{max(like[1], least)}"
    return PictureSpec(
        request=request,
        variant=variant,
        edges=pixel_size(size, fields.get("resolution", "1K"), model),
        format="PNG" if model.quality else "JPEG",
        quality=fields.get("quality", "high"),
        seed=fingerprint(replace(request, take=variant), EMULATOR),
        depth=depth,
    )


@dataclass(slots=True)
class Task:
    """One accepted request. Times are seconds of the emulator's clock, ``price`` is in credits.

    ``error`` is set when the task is to end as failed: then it costs nothing.
    """

    id: str
    picture: PictureSpec
    price: Decimal
    created_time: str
    accepted_at: float
    ends_at: float
    error: str | None = None

    @property
    def request(self) -> GenerationRequest:
        """What was asked for."""
        return self.picture.request

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


class TaskList(OrderedDict[str, Task]):
    """Tasks by their ids, oldest first. Where there are too many, the oldest that have ended are forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = 0

    def make_room(self, request: GenerationRequest, now: float) -> None:
        """Forget what must be forgotten for a task of ``request``. Raises ``Refusal`` (429) if too many go on."""
        while len(self) >= TASKS_KEPT or self._bytes + _size(request) > TASK_BYTES_KEPT:
            oldest = next((task for task in self.values() if task.ended(now)), None)
            if oldest is None:
                raise Refusal(429, "too many tasks are under way; send it again later", headers={"Retry-After": "1"})
            self._bytes -= _size(self.pop(oldest.id).request)

    def add(self, task: Task) -> None:
        """Keep ``task``."""
        self[task.id] = task
        self._bytes += _size(task.request)


def _size(request: GenerationRequest) -> int:
    """Characters that a request keeps in memory."""
    return (
        len(request.prompt)
        + len(request.callback_url or "")
        + sum(len(each.value) + len(each.name) for each in request.references)
    )


def new_task_id(unix_time: float, taken: Container[str]) -> str:
    """An unused id in the service's form: ``task-unified-<unix seconds>-<8 characters>``."""
    while True:
        tail = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))
        if (task_id := f"task-unified-{int(unix_time)}-{tail}") not in taken:
            return task_id


def iso_time(unix_time: float) -> str:
    """ISO 8601 in UTC without an offset, as the service writes times."""
    return datetime.fromtimestamp(unix_time, UTC).replace(tzinfo=None).isoformat(timespec="seconds")

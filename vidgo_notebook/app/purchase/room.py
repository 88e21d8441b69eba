"""Room on the disk for what is to be bought: counted by what such pictures took before, and asked about if short."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import mean
from typing import TYPE_CHECKING

from vidgo_notebook.domain.request import GenerationRequest, effective_tier
from vidgo_notebook.engine.image_file import Payload
from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.results.local_files import LARGEST_PICTURE, Room
from vidgo_notebook.visible_text import visible_name

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_MOST = {"1K": 4_000_000, "2K": 13_000_000}  # bytes of the pixels uncompressed: no file has more
_USUAL = {"1K": 2_000_000, "2K": 6_000_000}  # of a photograph as PNG
_USUAL_OTHERS = 20_000_000  # in 4K, and in what a model brings that was added to the catalogue
_LOOKED_AT = 500  # records of the store
_ENOUGH = 5  # pictures of a kind from which its size is known
_MARGIN = 1.2


def check_room(
    session: Session, place: Room, requests: Sequence[GenerationRequest], *, yes: bool, ask: Callable[[str], bool]
) -> None:
    """Raise StoreError where the pictures may not fit into ``place``, unless the person goes on all the same.

    Only of what stays on this machine: of a remote store's pictures, those that are under way at a time.
    """
    if not place.stays:
        requests = sorted(requests, key=_most)[-session.settings.concurrency :]
    own = _own_images(requests) if place.stays and session.settings.keep_references else 0
    if sum(map(_most, requests)) + own <= place.free:
        return
    usual = _sizes_before(session) if place.stays else {}
    needed = round(sum(usual.get(_kind(request), _usual(request)) for request in requests)) + own
    if needed <= place.free:
        return
    known = {_kind(request) for request in requests} <= usual.keys()
    by = "by the size of such pictures before" if known else "at about 2 MB for 1K, 6 MB for 2K and 20 MB for 4K"
    short = (
        f"{visible_name(place.folder)} has {_size(place.free)} left, and the pictures may take {_size(needed)}, {by}."
    )
    if yes or ask(f"{short} Continue?"):
        return
    move = (
        "keep the store on another disk (%config Vidgo.store = '/path/to/.vidgo')"
        if place.stays
        else "set XDG_CACHE_HOME to a folder on another disk"
    )
    raise StoreError(short, cost=NOTHING_SPENT, hint=f"Free some space, {move}, or add --yes.")


def _own_images(requests: Sequence[GenerationRequest]) -> int:
    """Bytes of the user's own images, each counted once, as they were given: what is sent is seldom larger."""
    own = {each.identity: each.payload for request in requests for each in request.references if not each.parent}
    return sum(len(payload.read()) for payload in own.values() if isinstance(payload, Payload))


def _sizes_before(session: Session) -> dict[tuple[str, str], float]:
    """Bytes that a picture of a model and a resolution takes, as far as the store has enough of this provider's."""
    sizes: dict[tuple[str, str], list[int]] = defaultdict(list)
    provider = session.target.provider
    for record in session.store.some_records(_LOOKED_AT):
        if record.provider == provider:
            sizes[record.model, record.effective_fields.get("resolution", "")].append(record.size_bytes)
    return {kind: _MARGIN * mean(each) for kind, each in sizes.items() if len(each) >= _ENOUGH}


def _kind(request: GenerationRequest) -> tuple[str, str]:
    return request.model, effective_tier(request).resolution


def _most(request: GenerationRequest) -> int:
    return _MOST.get(effective_tier(request).resolution, LARGEST_PICTURE)


def _usual(request: GenerationRequest) -> int:
    return _USUAL.get(effective_tier(request).resolution, _USUAL_OTHERS)


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"

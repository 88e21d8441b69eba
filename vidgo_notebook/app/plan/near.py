"""What a store almost has: named where a picture is missing, in a dry run, and before it is bought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from weakref import WeakKeyDictionary

from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.near_miss import Known, NearMisses
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore

_READ_BEFORE_BUYING, _READ_FOR_A_MISS, _READ_FROM_AFAR = 500, 5000, 100  # records read anew at most

_last = WeakKeyDictionary[ResultStore, tuple[dict[int, ResultRecord], NearMisses]]()
"""Of each store, what was compared with last, by identity: a record that has not changed is the same object."""


def near_misses_in(store: ResultStore) -> NearMisses:
    """What a store has, to name what is almost a missing picture. Nothing if it can't be read."""
    records: list[ResultRecord] = []
    with suppress(StoreError):  # what is missing is reported without it
        records = store.some_records(_READ_FOR_A_MISS if store.folder else _READ_FROM_AFAR)
    return _compared_with(store, records)


def nearest(store: ResultStore, requests: Sequence[GenerationRequest]) -> list[str]:
    """In what each request differs from the nearest that the store has: a sentence without a full stop, or ''."""
    known = near_misses_in(store)
    return [nearest_of(known, request) for request in requests]


def nearest_of(known: NearMisses, request: GenerationRequest) -> str:
    """The same of one request."""
    if found := known.of(request):
        return found.text
    alike = known.most_alike(request)
    return f"the most similar prompt in the store is {shown(alike)}" if alike else ""


def before_buying(store: ResultStore, target: Target) -> NearMisses | None:
    """What is compared before a purchase, if anything is: nothing in emulator mode, nor a store elsewhere, where each
    record takes a request."""
    real = target.readable[0]
    if real == EMULATOR or store.folder is None:
        return None
    records = []
    with suppress(StoreError):  # raised again by the purchase, which needs the store
        records = [each for each in store.some_records(_READ_BEFORE_BUYING) if each.provider == real]
    return _compared_with(store, records) if records else None


def named_before(
    store: ResultStore, target: Target, new: Iterable[GenerationRequest], together: Iterable[GenerationRequest]
) -> dict[str, str]:
    """By their prompts, in what ``new`` pictures of a plan differ from those of the store. Pictures of the same plan
    (``together``) are not compared."""
    if (index := before_buying(store, target)) is None:
        return {}
    asked = {fingerprint(request, target.provider) for request in together}
    found = ((request, index.of(request, asked)) for request in new if not request.waits)
    return {shown(request.prompt): near.text for request, near in found if near and not near.only_take}


def _compared_with(store: ResultStore, records: list[ResultRecord]) -> NearMisses:
    """The requests of some records of a store, made ready to be compared with: each cell does it, and adds a record."""
    before, index = _last.get(store) or ({}, NearMisses(()))
    now = {id(record): record for record in records}
    if not before.keys() <= now.keys():  # one was deleted, or written anew
        before, index = {}, NearMisses(())
    if new := [record for key, record in now.items() if key not in before]:
        index = index.with_more(map(_known, new))
    _last[store] = now, index
    return index


def _known(record: ResultRecord) -> Known:
    return Known(
        record.fingerprint,
        record.provider,
        record.prompt,
        record.model,
        record.effective_fields,
        record.references,
        record.take,
        record.extra,
    )

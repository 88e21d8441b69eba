"""Requests that are almost one of which the store has a picture: named where it is missing, and before it is bought."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial

from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.near_miss import Known, NearMisses
from vidgo_notebook.domain.pricing import Total
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import BudgetError, StoreError
from vidgo_notebook.store.results.result_store import ResultStore

_READ_BEFORE_BUYING, _READ_FOR_A_MISS, _READ_FROM_AFAR = 500, 5000, 100  # records read anew at most
_NAMED = 10  # requests that a question or a notice lists


def near_misses_in(store: ResultStore) -> NearMisses:
    """What a store has, to name what is almost a missing picture. Nothing if it can't be read."""
    known: list[Known] = []
    with suppress(StoreError):  # what is missing is reported without it
        known = _known_of(store, _READ_FOR_A_MISS if store.folder else _READ_FROM_AFAR)
    return NearMisses(known)


def nearest(store: ResultStore, requests: Sequence[GenerationRequest]) -> list[str]:
    """In what each request differs from the nearest that the store has: a sentence without a full stop, or ''."""
    known = near_misses_in(store)
    return [_nearest(known, request) for request in requests]


def _nearest(known: NearMisses, request: GenerationRequest) -> str:
    if found := known.of(request):
        return found.text
    alike = known.most_alike(request)
    return f"the most similar prompt in the store is {shown(alike)}" if alike else ""


def heed(
    session: Session, jobs: Sequence[Job], target: Target, asked: Collection[str], choices: PurchaseChoices
) -> None:
    """Ask about jobs that differ from a stored picture in nothing that is seen, and note on others in what they do.

    Pictures of the same order (``asked``) are not compared, nor is anything before a fresh purchase, in emulator
    mode, or with a store elsewhere, where each record takes a request. Notes stand on a card until its picture is
    there, since outputs depend on the request alone. Where no one is there to see it, and for stand-ins in place of
    an author's pictures, a notice is given. Raises BudgetError.
    """
    index = _before_buying(session.store, target, choices)
    if index is None:
        return
    unseen, other = dict[Job, str](), dict[Job, str]()
    for job in jobs:
        if (found := index.of(job.request, asked)) and not found.only_take:
            (unseen if found.unseen else other)[job] = found.text
    if target.emulated:
        if noticed := unseen | other:
            session.notify(f"A stand-in is drawn, though the store has almost the same:\n{_lines(noticed)}")
        return
    for job, text in other.items():
        _write_on_card(job, text)
    if not unseen:
        return
    price = Total.of(job.quote.total for job in unseen).text(session.settings.credit_format)
    if choices.yes or not session.attended():
        session.notify(f"This costs {price}, though the store has almost the same:\n{_lines(unseen)}")
    elif not session.person_agrees(f"{_lines(unseen)}\nBuy {'it' if len(unseen) == 1 else 'them'} for {price}?"):
        raise BudgetError(
            f"Not sent, since it was not confirmed:\n{_lines(unseen)}",
            quote=next(iter(unseen)).quote,
            hint="Write the prompt as the store has it, which costs nothing, or add --yes.",
        )


def heed_in_its_turn(
    job: Job, store: ResultStore, target: Target, asked: Collection[str], choices: PurchaseChoices
) -> None:
    """Note on the card of a job in what it differs, now that the pictures are there that it is made from: its price was
    approved when it was ordered."""
    index = _before_buying(store, target, choices)
    if index and (found := index.of(job.request, asked)) and not found.only_take:
        _write_on_card(job, found.text)


def _before_buying(store: ResultStore, target: Target, choices: PurchaseChoices) -> NearMisses | None:
    """What is compared before a purchase, if anything is."""
    real = target.readable[0]
    if choices.fresh or real == EMULATOR or store.folder is None:
        return None
    known = []
    with suppress(StoreError):  # raised again by the purchase, which needs the store
        known = [each for each in _known_of(store, _READ_BEFORE_BUYING) if each.provider == real]
    return NearMisses(known) if known else None


def _write_on_card(job: Job, text: str) -> None:
    """Until the picture is there."""
    note = f"{text[0].upper()}{text[1:]}."
    job.notes.append(note)
    job.add_done_callback(partial(_drop, note))


def _drop(note: str, job: Job) -> None:
    with suppress(ValueError):
        job.notes.remove(note)


def _lines(near: dict[Job, str]) -> str:
    lines = [f"{shown(job.request.prompt)}: {text}." for job, text in list(near.items())[:_NAMED]]
    return "\n".join([*lines, *([f"and {len(near) - _NAMED:,} more."] if len(near) > _NAMED else [])])


def _known_of(store: ResultStore, most: int) -> list[Known]:
    """What the store has, by one listing; at most so many records are read anew. Raises StoreError."""
    return [
        Known(
            record.fingerprint,
            record.provider,
            record.prompt,
            record.model,
            record.effective_fields,
            record.references,
            record.take,
            record.extra,
        )
        for record in store.some_records(most)
    ]

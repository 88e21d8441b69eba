"""Requests that are almost one of which the store has a picture are asked about, or noted, before they are bought."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial

from vidgo_notebook.app.plan.near import before_buying
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.pricing import Total
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import BudgetError
from vidgo_notebook.store.results.result_store import ResultStore

_NAMED = 10  # requests that a question or a notice lists


def heed(
    session: Session, jobs: Sequence[Job], target: Target, asked: Collection[str], choices: PurchaseChoices
) -> None:
    """Ask about jobs that differ from a stored picture in nothing that is seen, and note on others in what they do.

    Pictures of the same order (``asked``) are not compared, nor is anything before a fresh purchase, in emulator
    mode, or with a store elsewhere, where each record takes a request. Notes stand on a card until its picture is
    there, since outputs depend on the request alone. Where no one is there to see it, and for stand-ins in place of
    an author's pictures, a notice is given. Raises BudgetError.
    """
    index = None if choices.fresh else before_buying(session.store, target)
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
    index = None if choices.fresh else before_buying(store, target)
    if index and (found := index.of(job.request, asked)) and not found.only_take:
        _write_on_card(job, found.text)


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

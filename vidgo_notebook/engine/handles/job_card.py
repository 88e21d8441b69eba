"""A job as its card: what it was quoted while it goes on, how it ended and what that cost if it has no picture."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from vidgo_notebook.engine.handles.amounts import is_free, price_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import RequestError, VidgoError
from vidgo_notebook.render.card import Card
from vidgo_notebook.render.ending import Ending, Word

_WORDS: dict[str, Word] = {
    "failed": "failed",
    "refused": "refused",
    "cancelled": "cancelled",
    "uncertain": "uncertain",
    "forgotten": "forgotten",
    **dict.fromkeys(("submitting", "not_started", "running"), "not watched"),
    **dict.fromkeys(("fetching", "finished"), "no file"),
}
"""By the job's status."""


def card_of(job: Job) -> Card:
    """The card of a job as it is now."""
    return Card(job.request, job.quote, job.provider, ending_of(job), tuple(job.notes))


def ending_of(job: Job) -> Ending | None:
    """How a job ended without a picture; None while it goes on, and for a picture."""
    error = job.exception() if job.done() else None
    if error is None:
        return None
    word = _word(job, error)
    cause = getattr(error, "message", str(error))
    said, commands = _next(job, word, error)
    return Ending(word, cost_of(job, word), cause, said, commands)


def cost_of(job: Job, word: Word) -> str:
    """What it cost or may cost: ``0 credits``, ``up to 12 credits``, ``12 credits``."""
    if word == "not possible":
        return ""
    price, nothing = job.quote, job.quote.credit_format.text(Decimal(0))
    if is_free(job):
        return nothing
    if word == "forgotten" and job.charge is not None:  # it was accepted after it had been given up
        return f"{price.credit_format.text(job.charge)} charged"
    if word in ("uncertain", "not watched", "forgotten"):
        return "price not published" if price.total is None else f"up to {price}"
    if word == "no file":
        return "price not published" if price.total is None else f"{price} charged"
    return nothing


def _word(job: Job, error: BaseException) -> Word:
    if isinstance(error, RequestError):
        return "not possible"
    return _WORDS.get(job.status, "not sent")


def _next(job: Job, word: Word, error: BaseException) -> tuple[Sequence[str], Sequence[str]]:
    """What it cost and what happens next, in sentences; and the commands."""
    cost, hint = (error.cost, error.hint) if isinstance(error, VidgoError) else ("", "")
    if word == "uncertain":
        commands = [f"%vidgo resolve {job.id}{way}" for way in ("", " --resubmit", " --forget")]
        return [cost, "The first line shows what is known, the second buys it again, the third drops it."], commands
    if word in ("not watched", "no file"):
        return [cost, hint], ["%vidgo resume"]
    if word == "not possible":
        return [cost, hint], []
    again = f"Running the cell again sends it{' again' if word == 'failed' else ''}{_price_again(job)}."
    same = word == "failed" or hint.startswith("Run its cell again")  # said with the price
    return [cost, *([] if same else [hint]), again], []


def _price_again(job: Job) -> str:
    if is_free(job):
        return ": it is emulated, and free"
    return f", for {price_of(job)}"

"""Mime bundles: what a notebook receives for a job, a card, a table."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.pricing import Quote, plain
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import Card, breakdown_rows, card_html, card_text, picture_text, price_text
from vidgo_notebook.render.progress import Snapshot, error_html, progress_html

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""Data by media type, and metadata."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is put into the notebook: preview, full or none, and its width in pixels."""

    show: str = "preview"
    width: int | None = None


def card_of(job: Job) -> Card:
    """The card of a job, as values."""
    return Card(job.request, job.quote, job.provider)


def card_bundle(job: Job) -> Bundle:
    """The card; notes of the job are added where something did not go as planned."""
    card = card_of(job)
    notes = "".join(markup.frame(markup.line(f"<b>Note:</b> {note}")) for note in map(markup.escape, job.notes))
    text = "\n".join([card_text(card), *(f"Note: {note}" for note in job.notes)])
    return {"text/html": card_html(card) + notes, "text/plain": text}, {}


def placeholder_bundle(job: Job, *, live: bool) -> Bundle:
    """The output that the picture will replace; a progress bar if it will be ``live``."""
    data = {"text/plain": picture_text(card_of(job))}
    if live:
        data["text/html"] = progress_html(snapshot(job))
    return data, {}


def ended_bundle(job: Job, look: Look, session: Session) -> Bundle:
    """The picture, or why there is none."""
    error = job.exception()
    return picture_bundle(job, look, session) if error is None else error_bundle(error)


def error_bundle(error: BaseException) -> Bundle:
    """What went wrong, in place of the picture."""
    name = type(error).__name__
    return {"text/html": error_html(name, str(error)), "text/plain": f"{name}: {error}"}, {}


def picture_bundle(job: Job, look: Look, session: Session) -> Bundle:
    """The picture as ``image/png`` or ``image/jpeg``; what this run cost is in the metadata."""
    data: dict[str, Any] = {"text/plain": picture_text(card_of(job))}
    charge = None if job.charge is None else plain(job.charge)
    metadata: dict[str, Any] = {"vidgo": {"job": job.id, "charged": charge, "digest": job.result().digest}}
    if look.show != "none":
        embedded = session.embedded(job.result(), full_size=look.show == "full")
        data[embedded.media_type] = base64.b64encode(embedded.data).decode()
        metadata[embedded.media_type] = {"width": look.width} if look.width else {}
    return data, metadata


def table_bundle(title: str, rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> Bundle:
    """A table with a title line."""
    html = markup.frame(markup.line(f"<b>{markup.escape(title)}</b>"), markup.table(rows, head) if rows else "")
    text = "\n".join([title, markup.text_table(rows, head)]) if rows else title
    return {"text/html": html, "text/plain": text}, {}


def quote_bundle(price: Quote) -> Bundle:
    """A price line by line, and what to know about it."""
    title = f"{price_text(price)} for {price.model}; nothing was sent."
    rows, notes = breakdown_rows(price), [f"Note: {advice}" for advice in price.advice]
    html = markup.frame(
        markup.line(f"<b>{markup.escape(title)}</b>"),
        markup.table(rows),
        *(markup.line(markup.escape(note)) for note in notes),
    )
    return {"text/html": html, "text/plain": "\n".join([title, markup.text_table(rows), *notes])}, {}


def snapshot(job: Job) -> Snapshot:
    """The state of a job, for a progress bar."""
    known = moving.tracking(job)
    elapsed = None if known.began is None else max(0.0, time.time() - known.began)
    return Snapshot(job.id, job.status, job.progress, elapsed, known.expected, known.activity)

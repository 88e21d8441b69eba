"""What each value shows of itself where nothing can be updated afterwards: its final picture and card, in one bundle.

A running job is waited for, as in a notebook without a person; what failed shows its card.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vidgo_notebook.domain.pillow import NoPillowError, has_pillow
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.pricing import Quote as Price
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch, sheet_as_served, sheet_of, source_type_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.job_card import card_of
from vidgo_notebook.engine.handles.lineage_drawing import drawn_lineage, words_html
from vidgo_notebook.engine.handles.moving import complete
from vidgo_notebook.engine.handles.quote import Quote
from vidgo_notebook.engine.handles.result import Lineage, Result
from vidgo_notebook.engine.handles.shown import Bundle, as_text
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.render import markup
from vidgo_notebook.render.batch_card import batch_card_html, batch_card_text, sheet_text
from vidgo_notebook.render.card import breakdown_rows, card_html, card_text, picture_text, price_text
from vidgo_notebook.render.preview import MAX_BYTES, Embedded, shrunk, unshown_html
from vidgo_notebook.render.progress import error_html
from vidgo_notebook.render.sheet import WIDEST

_MOST_BYTES = 3 * MAX_BYTES
_MOST_BYTES_FULL = 8 * 1024 * 1024
_ALT = 200  # characters of a prompt that describe its picture to a screen reader


@dataclass(frozen=True, slots=True)
class Showing:
    """``embedded`` makes the preview of a result, ``credit_format`` gives how credits are written now."""

    embedded: Callable[[Result], Embedded]
    credit_format: Callable[[], CreditFormat]

    def bundle(self, value: object) -> Bundle:
        """The bundle of a job, batch, result, lineage or price; an error of the package is shown in its place."""
        try:
            match value:
                case Job():
                    return self._job(value)
                case Batch() if value:
                    return self._job(value[0]) if len(value) == 1 and not value.axes else _batch(value)
                case Result():
                    return self._result(value)
                case Lineage():
                    return self._lineage(value)
                case Price():
                    return price_bundle(value)
        except VidgoError as error:
            name = type(error).__name__
            return {"text/html": error_html(name, str(error)), "text/plain": f"{name}: {error}"}
        return as_text(value)

    def _job(self, job: Job) -> Bundle:
        complete([job.wait()])  # its notes belong on the card
        card = card_of(job)
        if card.ending:
            return {"text/html": card_html(card), "text/plain": card_text(card)}
        words = one_line(job.request.prompt, _ALT)
        return self._picture(job.result(), words, [card_html(card)], picture_text(card))

    def _result(self, result: Result) -> Bundle:
        return self._picture(result, one_line(result.record.prompt, _ALT), [], result_text(result))

    def _picture(self, result: Result, words: str, below: Sequence[str], text: str) -> Bundle:
        try:
            return _with_picture(self.embedded(result), words, below, text)
        except NoPillowError as error:
            return {"text/html": "".join([unshown_html(error), *below]), "text/plain": text}

    def _lineage(self, lineage: Lineage) -> Bundle:
        drawing, words = drawn_lineage(lineage, self.embedded, self.credit_format())
        html = words_html(words)
        return _with_picture(drawing, "lineage", [html], words) if drawing else {"text/html": html, "text/plain": words}


def _batch(batch: Batch) -> Bundle:
    complete(batch.wait())
    card = card_of_batch(batch)
    if not has_pillow():
        return {"text/html": sheet_as_served(batch) + batch_card_html(card), "text/plain": batch_card_text(card)}
    return _with_picture(sheet_picture(batch), sheet_text(card), [batch_card_html(card)], batch_card_text(card))


def result_text(result: Result) -> str:
    """The fixed plain text of a result, the same on every machine."""
    record = result.record
    return f"<vidgo picture: {record.model}, {record.width}×{record.height}>"


def sheet_picture(batch: Batch, *, full: bool = False) -> Embedded:
    """The contact sheet as a notebook embeds it, as large as it can be read. Raises VidgoError."""
    # A few small pictures take no more than one picture of their own; many of them must stay readable.
    most_bytes = min(_MOST_BYTES, MAX_BYTES * (1 + len(batch) // 10))
    sheet = shrunk(sheet_of(batch, full=full, page=1), WIDEST, _MOST_BYTES_FULL if full else most_bytes)
    return sheet.marked(source_type_of(batch))


def price_bundle(price: Price) -> Bundle:
    """A price line by line, what to know about it, and what became of the job that it is the quote of."""
    title = f"Quote: {price_text(price)} for {price.model}."
    rows, notes = breakdown_rows(price), [f"Note: {advice}" for advice in price.advice]
    if isinstance(price, Quote) and price.standing:
        notes.append(price.standing)
    html = markup.frame(markup.line(f"<b>{markup.escape(title)}</b>"), markup.table(rows), markup.lines(notes))
    return {"text/html": html, "text/plain": "\n".join([title, markup.text_table(rows), *notes])}


def _with_picture(picture: Embedded, words: str, below: Sequence[str], text: str) -> Bundle:
    """One bundle for hosts that show HTML and for those that show pictures; ``words`` describe the picture."""
    data = base64.b64encode(picture.data).decode()
    return {
        "text/html": "".join([markup.picture(picture.media_type, data, words), *below]),
        picture.media_type: data,
        "text/plain": text,
    }

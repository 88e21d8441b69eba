"""What the package shows of things that strangers may have written, with one text in all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.fixtures.ended_jobs import FOX, STATES, job_in
from tests.fixtures.sample_records import record
from vidgo_notebook.app.checking.findings import Check, Finding, Verdict
from vidgo_notebook.app.commands.check import CheckTable
from vidgo_notebook.app.costs import CostRow, CostTable
from vidgo_notebook.app.library.report import Report
from vidgo_notebook.domain.job_state import JobRecord
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.job_card import card_of
from vidgo_notebook.engine.handles.lineage_drawing import words_html
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import APIError, Problem, RequestError
from vidgo_notebook.render import form_text
from vidgo_notebook.render.batch_card import batch_card_html, batch_card_text, sheet_text
from vidgo_notebook.render.card import card_html, card_text, picture_text
from vidgo_notebook.render.ending import Ending
from vidgo_notebook.render.lineage import lineage_text
from vidgo_notebook.render.listing import Column, Listing, facts, message
from vidgo_notebook.render.progress import Progress, error_html, progress_html
from vidgo_notebook.ui.output.bundles import error_bundle


@dataclass(frozen=True)
class Row:
    text: str


def requests(text: str) -> list[Any]:
    edit = replace(FOX, model="gpt-image-2-edit", references=(Reference("file", "/a", name=text),))
    return [replace(FOX, prompt=text), replace(FOX, prompt=text + " and more" * 60), edit, replace(FOX, model=text)]


def html_of(text: str) -> Iterator[tuple[str, str]]:
    """The name of an output, and its HTML."""
    cards = [card_of(job_in(state, request)) for request in requests(text)[:2] for state in STATES[::3]]
    cards += [replace(card_of(job_in("finished")), request=request) for request in requests(text)]
    said = Ending("failed", "0 credits", text, [text], [text])
    cards += [replace(cards[0], notes=[text]), replace(cards[0], ending=said), replace(cards[0], provider=text)]
    yield from ((f"card {number}", card_html(card)) for number, card in enumerate(cards))
    batch = Batch([job_in("finished", replace(FOX, prompt=text, take=take)) for take in (1, 2)])
    card = replace(card_of_batch(batch), varying=text, notes=[text], words=[text], warnings=[text], provider=text)
    yield "batch", batch_card_html(card)
    yield "ended batch", batch_card_html(replace(card, ending=said))
    yield "report", Report([replace(record(), prompt=text, model=text, provider=text, package=text)])._repr_html_()
    yield "costs", CostTable([cost_row(text)], notes=[text])._repr_html_()
    yield "listing", listing(text)._repr_html_()
    yield "facts", facts(text, [(text, text)], [text])._repr_html_()
    yield "message", message(text, [text])._repr_html_()
    yield "error", error_html(text, text)
    yield "error bundle", error_bundle(APIError(text))[0]["text/html"]
    yield "progress", progress_html(progress_in(text))
    yield "lineage", words_html(lineage_text([text, text], [(0, 1)], [[text], []], text))


def progress_in(text: str) -> Progress:
    """The progress of one job in a state, and with an activity, of this name."""
    return Progress(50.0, state=text, activity=text)


def widgets_of(text: str) -> Iterator[tuple[str, str]]:
    """The HTML of the form and the gallery, which stands inside an element of ours."""
    yield "problems", form_text.wrong([text]) + form_text.notes([text]) + form_text.muted(text)
    yield "progress", form_text.progress([(text, progress_in(text), text)])
    yield "thumbnail", form_text.thumbnail(b"", text, text, text) + form_text.thumbnail(None, text, text, text, text)


def texts_of(text: str) -> Iterator[tuple[str, str]]:
    """The name of an output, and its plain text as a terminal prints it."""
    from vidgo_notebook.ui.output.live import _as_text

    for number, request in enumerate(requests(text)):
        card = replace(card_of(job_in("finished")), request=request, notes=[text])
        for text_of in (card_text, picture_text):
            yield f"{text_of.__name__} {number}", _as_text({"text/plain": text_of(card)})["text/plain"]
    batch = card_of_batch(Batch([job_in("finished", replace(FOX, prompt=text))] * 2))
    card = replace(batch, varying=text, notes=[text], words=[text], warnings=[text], provider=text)
    yield "batch", _as_text({"text/plain": batch_card_text(card) + sheet_text(card)})["text/plain"]
    yield "job", repr(Job(replace(FOX, model=text), quote(FOX), JobRecord(text, "f" * 64), text))
    yield "named batch", repr(Batch([job_in("running")], name=text))
    yield "result", repr(Result(replace(record(), model=text), Path(text.replace("\0", "")), None, b""))
    yield "report", repr(Report([replace(record(), prompt=text, model=text, provider=text, package=text)]))
    yield "costs", repr(CostTable([cost_row(text)], notes=[text]))
    yield "listing", repr(listing(text))
    yield "message", str(message(text, [text]))
    yield "check", repr(CheckTable([check(text)]))
    for error in (APIError(text, hint=text, cost=text), RequestError([Problem(text, text, text)])):
        yield type(error).__name__, str(error) + "\n".join(error._render_traceback_())


def listing(text: str) -> Listing[Row]:
    return Listing(text, [Row(text)], [Column(text, lambda row: row.text)], [text], [message(text)])


def cost_row(text: str) -> CostRow:
    return CostRow(text, text, text, text, 1, Decimal(3), Decimal(3), Decimal(3), 0)


def check(text: str) -> Check:
    return Check(Path(text.replace("\0", "")), (Finding(1, text, Verdict.MISSING, text),))

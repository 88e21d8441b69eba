"""The results of the form: in it, the newest on top; and as static outputs below it, which stay in the notebook."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from vidgo_notebook.app.form import FormState, form_state
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.door import here, in_a_form
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.job_card import card_of
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.render import form_text, markup
from vidgo_notebook.render.annotation import common_source_type
from vidgo_notebook.render.card import Card, card_html, card_text, picture_text
from vidgo_notebook.render.preview import preview, shrunk
from vidgo_notebook.render.sheet import numbered_sheet
from vidgo_notebook.ui.output.bundles import Bundle
from vidgo_notebook.ui.output.live import shown, update
from vidgo_notebook.ui.panel.parts import box, button, close, icon, row, show, words
from vidgo_notebook.ui.panel.result_view import Acts, ResultView, Subject

_MOST_SHOWN = 12
_MOST_KEPT = 16  # of the newest results; more could not be recognised on one sheet
_CHANGE = "Change the prompt, the settings or the images in the form, and press Generate."
_SHORTEST_SHEET = 768  # pixels: the longest side of a sheet, however small single previews are set


class ResultBox:
    """One ended job: its picture with what can be done with it, or the reason why there is none."""

    def __init__(
        self, job: Job, session: Session, variables: Mapping[str, Any], acts: Acts, remove: Callable[[ResultBox], None]
    ) -> None:
        self.job = job
        self.card = card_html(_in_form(card_of(job)))
        away = icon("times", "Remove this result from the form", lambda: remove(self))

        def state() -> FormState:
            return form_state(job, session, variables)

        if not ended_well(job):
            again = button("Open in form", lambda: acts.open_in_form(state()), hint="Fill the form with this request")
            self.view = words(self.card)
            self.box = box(self.view, row(again, away), kind="vidgo-result")
            self.box.add_class("vidgo-wide")
            return
        subject = Subject(job.result(), job.request, job.quote, self.card, state)
        self.picture = ResultView(subject, session, acts, away)
        self.view, self.box = self.picture.view, self.picture.box


def _in_form(card: Card) -> Card:
    """A card in the words of the form: there is no cell to run again, and no option."""
    advice = tuple(replace(each, message=in_a_form(each.message)) for each in card.quote.advice)
    card = replace(card, quote=replace(card.quote, advice=advice))
    if not card.ending:
        return card
    said = [in_a_form(text) for text in card.ending.said]
    if card.ending.word == "failed":
        said.insert(1, _CHANGE)
    return replace(card, ending=replace(card.ending, said=said))


class ResultList:
    """Places that exist from the start and are filled from below: a new result does not disturb a person who is
    typing in an older one. When all are filled, the oldest result is replaced."""

    def __init__(self) -> None:
        self._free = [box() for _ in range(_MOST_SHOWN)]
        self.results: list[ResultBox] = []
        self.box = box(*self._free)
        self.earlier = words()
        self._replaced = 0
        for place in self._free:
            show(place, False)

    def remove(self, result: ResultBox) -> None:
        """Take one result out; the others stay where they are."""
        if result not in self.results:
            return  # the second of two clicks
        place = next(each for each in self.box.children if result.box in each.children)
        show(place, False)
        place.children = ()
        close(result.box)
        self.results.remove(result)
        self._free.insert(0, place)
        self.box.children = [place, *(each for each in self.box.children if each is not place)]

    def has(self, job: Job) -> bool:
        """Whether the picture of such a job is here."""
        return any(each.job.fingerprint == job.fingerprint and ended_well(each.job) for each in self.results)

    def put(self, result: ResultBox) -> None:
        """Put a result on top; one of a job that had ended without a picture takes the place of that end."""
        if earlier := next((each for each in self.results if each.job is result.job), None):
            place = next(each for each in self.box.children if earlier.box in each.children)
            place.children = [result.box]
            close(earlier.box)
            self.results[self.results.index(earlier)] = result
            return
        if self._free:
            place = self._free.pop()
        else:
            *others, place = self.box.children
            close(place.children[0])
            self.box.children = [place, *others]
            self._replaced += 1
            left_out = counted(self._replaced, "earlier result")
            self.earlier.value = form_text.muted(f"{left_out} not shown here: the gallery has every picture.")
        place.children = [result.box]
        show(place, True)
        self.results = [result, *self.results][:_MOST_SHOWN]


class StaticOutputs:
    """Two outputs of the current cell, a picture and the cards, updated with every result.

    They need no widget, so a reopened or converted notebook shows them when the form is gone.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs: list[Job] = []
        self._left_out = 0
        self._picture, self._cards = (shown(({"text/plain": ""}, {})) for _ in range(2))

    def add(self, job: Job) -> None:
        """Keep a result; the job must have its picture."""
        if any(job.fingerprint == each.fingerprint for each in self._jobs):
            return
        self._left_out += len(self._jobs) == _MOST_KEPT
        self._jobs = [*self._jobs, job][-_MOST_KEPT:]
        self._update()

    def _update(self) -> None:
        if not self._jobs:
            for output in (self._picture, self._cards):
                update(output, ({"text/plain": ""}, {}))
            return
        pictures = [self._session.embedded(each.result()).data for each in self._jobs]
        longest = self._session.settings.preview
        if len(pictures) == 1:
            sheet = preview(pictures[0], longest)
        else:
            sheet = shrunk(numbered_sheet(pictures), max(longest, _SHORTEST_SHEET))
        text = "\n".join(picture_text(card_of(each)) for each in self._jobs)
        sheet = sheet.marked(common_source_type(each.result().record.source_type for each in self._jobs))
        picture = {sheet.media_type: base64.b64encode(sheet.data).decode(), "text/plain": text}
        update(self._picture, (picture, {}))
        update(self._cards, self._cards_bundle())

    def drop(self, job: Job) -> None:
        """Keep a result no longer."""
        left = [each for each in self._jobs if each.fingerprint != job.fingerprint]
        if len(left) < len(self._jobs):
            self._jobs = left
            self._update()

    def _cards_bundle(self) -> Bundle:
        cards = [card_of(job) for job in self._jobs]
        several = len(cards) > 1
        heads = [markup.line(f"<b>Picture {number}</b>") if several else "" for number, _ in enumerate(cards, 1)]
        earlier = here(f"{self._left_out} earlier: %vidgo gallery shows everything.") if self._left_out else ""
        html = "".join(head + card_html(card) for head, card in zip(heads, cards, strict=True))
        text = "\n\n".join([*map(card_text, cards), *([earlier] if earlier else [])])
        return {"text/html": html + (markup.line(earlier, muted=True) if earlier else ""), "text/plain": text}, {}

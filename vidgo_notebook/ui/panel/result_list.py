"""The results of the form: in it, the newest on top; and as static outputs below it, which stay in the notebook."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets as widgets

from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.door import here
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.job_card import card_of
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.engine.handles.saving import SaveAs
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import card_html, card_text, picture_text, price_text
from vidgo_notebook.render.preview import preview, shrunk
from vidgo_notebook.render.sheet import numbered_sheet
from vidgo_notebook.ui.output.bundles import Bundle
from vidgo_notebook.ui.output.live import shown, update
from vidgo_notebook.ui.panel.parts import box, button, close, on_enter, row, show, words

_MOST_SHOWN = 12
_MOST_KEPT = 16  # of the newest results; more could not be recognised on one sheet
_SHORTEST_SHEET = 768  # pixels: the longest side of a sheet, however small single previews are set


@dataclass(frozen=True)
class Acts:
    """What the panel does with a result's job."""

    use_as_reference: Callable[[Job], None]
    another_take: Callable[[Job], None]
    use_settings: Callable[[Job], None]


class ResultBox:
    """One ended job; it has a picture, or says why there is none."""

    def __init__(self, job: Job, session: Session, acts: Acts) -> None:
        self.job = job
        self._session = session
        self._is_full = False
        self.view = words()
        self.view.add_class("vidgo-picture")
        self.note = words()
        self.card = card_html(card_of(job))
        settings = button("Use these settings", lambda: acts.use_settings(job), hint="Fill the form with this request")
        if job.exception():
            self.view.value = self.card
            self.box = box(self.view, row(settings), kind="vidgo-result")
            return
        self._show_picture()
        self.full = button("Full size", self._toggle_size, hint="Show every pixel")
        self.file_name = widgets.Text(description="File or folder", value=_file_name(job))
        self.file_name.on_msg(on_enter(self._save))
        self.save_row = row(box(self.file_name, kind="vidgo-field"), button("Save", self._save))
        self.save_row.add_class("vidgo-ways")
        show(self.save_row, False)
        buttons = row(
            button("Use as reference", lambda: acts.use_as_reference(job), hint="Edit this picture next"),
            button(
                f"Another take · {price_text(job.quote)}",
                lambda: acts.another_take(job),
                hint="Buy one more of the same",
            ),
            self.full,
            button("Save as…", lambda: show(self.save_row, True)),
            settings,
        )
        side = box(words(self.card), buttons, self.save_row, self.note)
        self.box = box(self.view, side, kind="vidgo-result")

    def _picture(self) -> str:
        embedded = self._session.embedded(self.job.result(), full_size=self._is_full)
        return html.picture(embedded, f"{picture_text(card_of(self.job))} {one_line(self.job.request.prompt, 200)}")

    def _show_picture(self) -> bool:
        try:
            self.view.value = self._picture()
        except VidgoError as error:
            self.note.value = html.wrong(str(error).split("\n"))
            return False
        return True

    def _toggle_size(self) -> None:
        self._is_full = not self._is_full
        if not self._show_picture():
            self._is_full = not self._is_full
            return
        (self.view.add_class if self._is_full else self.view.remove_class)("vidgo-full")
        self.full.description = "Smaller" if self._is_full else "Full size"

    def _save(self) -> None:
        try:
            name = self.file_name.value.strip() or _file_name(self.job)
            saved = SaveAs.of(name).write(self.job.result())
        except VidgoError as error:
            self.note.value = html.wrong([str(error)])
        else:
            self.note.value = html.muted(saved.note or f"Saved: {saved.path}")
            show(self.save_row, False)


def _file_name(job: Job) -> str:
    return f"vidgo-{job.id}{job.result().record.suffix}"


class ResultList:
    """Places that exist from the start and are filled from below: a new result does not disturb a person who is
    typing in an older one. When all are filled, the oldest result is replaced."""

    def __init__(self) -> None:
        self._free = [box() for _ in range(_MOST_SHOWN)]
        self.results: list[ResultBox] = []
        self.box = box(*self._free)
        for place in self._free:
            show(place, False)

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
        pictures = [self._session.embedded(each.result()).data for each in self._jobs]
        longest = self._session.settings.preview
        if len(pictures) == 1:
            sheet = preview(pictures[0], longest)
        else:
            sheet = shrunk(numbered_sheet(pictures), max(longest, _SHORTEST_SHEET))
        text = "\n".join(picture_text(card_of(each)) for each in self._jobs)
        picture = {sheet.media_type: base64.b64encode(sheet.data).decode(), "text/plain": text}
        update(self._picture, (picture, {}))
        update(self._cards, self._cards_bundle())

    def _cards_bundle(self) -> Bundle:
        cards = [card_of(job) for job in self._jobs]
        several = len(cards) > 1
        heads = [markup.line(f"<b>Picture {number}</b>") if several else "" for number, _ in enumerate(cards, 1)]
        earlier = here(f"{self._left_out} earlier: %vidgo gallery shows everything.") if self._left_out else ""
        html = "".join(head + card_html(card) for head, card in zip(heads, cards, strict=True))
        text = "\n\n".join([*map(card_text, cards), *([earlier] if earlier else [])])
        return {"text/html": html + (markup.line(earlier, muted=True) if earlier else ""), "text/plain": text}, {}

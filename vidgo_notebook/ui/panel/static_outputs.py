"""What stays when the form is gone: a picture and the cards, displayed together with the form.

They need no widget, so a reopened notebook shows them, and so does a converted one.
"""

from __future__ import annotations

import base64

from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import card_html, card_text, picture_text
from vidgo_notebook.render.preview import preview, shrunk
from vidgo_notebook.render.sheet import numbered_sheet
from vidgo_notebook.ui.output.bundles import Bundle, card_of
from vidgo_notebook.ui.output.job_view import shown, update

_LEAST = 768  # pixels: the longest side of a sheet, however small single previews are set

_MOST = 16
"""The newest results; more could not be recognised on one sheet."""


class StaticOutputs:
    """Two static outputs of the current cell, brought up to date with every result."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs: list[Job] = []
        self._left_out = 0
        self._picture, self._cards = (shown(({"text/plain": ""}, {})) for _ in range(2))

    def add(self, job: Job) -> None:
        """Keep a result; the job must have its picture."""
        if any(job.fingerprint == each.fingerprint for each in self._jobs):
            return
        self._left_out += len(self._jobs) == _MOST
        self._jobs = [*self._jobs, job][-_MOST:]
        pictures = [self._session.embedded(each.result()).data for each in self._jobs]
        longest = self._session.settings.preview
        if len(pictures) == 1:
            sheet = preview(pictures[0], longest)
        else:
            sheet = shrunk(numbered_sheet(pictures), max(longest, _LEAST))
        text = "\n".join(picture_text(card_of(each)) for each in self._jobs)
        picture = {sheet.media_type: base64.b64encode(sheet.data).decode(), "text/plain": text}
        update(self._picture, (picture, {}))
        update(self._cards, self._cards_bundle())

    def _cards_bundle(self) -> Bundle:
        cards = [card_of(job) for job in self._jobs]
        several = len(cards) > 1
        heads = [markup.line(f"<b>Picture {number}</b>") if several else "" for number, _ in enumerate(cards, 1)]
        earlier = f"{self._left_out} earlier: %vidgo gallery shows everything." if self._left_out else ""
        html = "".join(head + card_html(card) for head, card in zip(heads, cards, strict=True))
        text = "\n\n".join([*map(card_text, cards), *([earlier] if earlier else [])])
        return {"text/html": html + (markup.line(earlier, muted=True) if earlier else ""), "text/plain": text}, {}

"""What stays when the form is gone: a picture and the cards, displayed together with the form.

They need no widget, so a reopened notebook shows them, and so does a converted one.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from IPython.display import DisplayHandle, display

from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import card_html, card_text, picture_text
from vidgo_notebook.render.preview import Embedded, preview, shrunk
from vidgo_notebook.render.sheet import numbered_sheet
from vidgo_notebook.ui.output.bundles import card_of

_LEAST = 768  # pixels: the longest side of a sheet, however small single previews are set

_MOST = 16
"""The newest results; more would no longer be recognised on one sheet."""


class StaticOutputs:
    """Two static outputs of the current cell, brought up to date with every result."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs: list[Job] = []
        self._left_out = 0
        self._picture = _empty()
        self._cards = _empty()

    def add(self, job: Job) -> None:
        """Keep a result; the job must have its picture."""
        if any(job.fingerprint == each.fingerprint for each in self._jobs):
            return
        self._left_out += len(self._jobs) == _MOST
        self._jobs = [*self._jobs, job][-_MOST:]
        pictures = [self._session.embedded(each.result()).data for each in self._jobs]
        sheet = _one_picture(pictures, self._session.settings.preview)
        text = "\n".join(picture_text(card_of(each)) for each in self._jobs)
        _update(self._picture, {sheet.media_type: base64.b64encode(sheet.data).decode(), "text/plain": text})
        _update(self._cards, self._all_cards())

    def _all_cards(self) -> dict[str, str]:
        cards = [card_of(job) for job in self._jobs]
        several = len(cards) > 1
        heads = [markup.line(f"<b>Picture {number}</b>") if several else "" for number, _ in enumerate(cards, 1)]
        earlier = f"{self._left_out} earlier: %vidgo gallery shows everything." if self._left_out else ""
        html = "".join(head + card_html(card) for head, card in zip(heads, cards, strict=True))
        text = "\n\n".join([*map(card_text, cards), *([earlier] if earlier else [])])
        return {"text/html": html + (markup.line(earlier, muted=True) if earlier else ""), "text/plain": text}


def _one_picture(pictures: Sequence[bytes], longest: int) -> Embedded:
    if len(pictures) == 1:
        return preview(pictures[0], longest)
    return shrunk(numbered_sheet(pictures), max(longest, _LEAST))


def _empty() -> DisplayHandle:
    handle: Any = display({"text/plain": ""}, raw=True, display_id=True)
    assert isinstance(handle, DisplayHandle)
    return handle


def _update(handle: DisplayHandle, data: dict[str, Any]) -> None:
    handle.update(data, raw=True)

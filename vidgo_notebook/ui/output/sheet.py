"""A batch in a notebook's outputs: one contact sheet and one card, however many jobs there are."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from vidgo_notebook.domain.pillow import has_pillow
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.batch_progress import progress_of
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch, sheet_as_served
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.engine.handles.showing import sheet_picture
from vidgo_notebook.render.batch_card import batch_card_html, batch_card_text, sheet_text
from vidgo_notebook.render.progress import progress_html
from vidgo_notebook.ui.output.bundles import Bundle, Look

_MOST_FILES = 60  # that a terminal lists


class Sheet:
    """The contact sheet of a batch, and its card."""

    empty = False
    at_hand = False

    def __init__(self, batch: Batch, look: Look, name: str = "") -> None:
        """``name`` is the variable that its cell puts it into."""
        self.batch = batch
        self._look = look
        self._name = name
        self._printed: Sequence[str] = ()

    def waiting(self, *, live: bool) -> Bundle:
        """One bar for all."""
        html = {"text/html": progress_html(progress_of(self.batch))} if live else {}
        return {"text/plain": self._text, **html}, {}

    def final(self) -> Bundle:
        """The sheet as a picture, as large as it can be read."""
        data: dict[str, Any] = {"text/plain": self._text}
        metadata: dict[str, Any] = {
            "vidgo": {"digests": [job.result().digest for job in self.batch if ended_well(job)]}
        }
        if self._look.show == "none":
            return data, metadata
        if not has_pillow():
            return {**data, "text/html": sheet_as_served(self.batch)}, metadata
        embedded = sheet_picture(self.batch, full=self._look.show == "full")
        data[embedded.media_type] = base64.b64encode(embedded.data).decode()
        metadata[embedded.media_type] = {"width": self._look.width} if self._look.width else {}
        return data, metadata

    def card(self) -> Bundle:
        """The price of all, the sheet in words, and what failed."""
        card = replace(card_of_batch(self.batch), name=self._name)
        return {"text/html": batch_card_html(card), "text/plain": batch_card_text(card)}, {}

    def heading(self) -> str:
        """The card as text."""
        card = card_of_batch(self.batch)
        self._printed = card.warnings
        return batch_card_text(card)

    def outcome(self) -> list[str]:
        """What is new since the heading, and the file of each picture."""
        if not self.batch.done():
            return ["It is still running. %vidgo wait waits for it."]
        notes = [f"Note: {note}" for note in card_of_batch(self.batch).warnings if note not in self._printed]
        good = [job for job in self.batch if ended_well(job)]
        files = [f"{self.batch.where(job)}: {job.result().path or 'in memory only'}" for job in good[:_MOST_FILES]]
        more = [f"and {len(good) - _MOST_FILES:,} more"] if len(good) > _MOST_FILES else []
        return [*notes, *files, *more]

    @cached_property
    def _text(self) -> str:
        """The fixed plain text of the sheet."""
        return sheet_text(card_of_batch(self.batch))

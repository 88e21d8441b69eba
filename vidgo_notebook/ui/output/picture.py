"""One job in a notebook's outputs: its picture and its card."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import cached_property
from typing import Any

from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.pillow import NoPillowError
from vidgo_notebook.domain.pricing import plain
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.batch_progress import progress_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.job_card import card_of
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import Card, card_html, card_text, picture_text
from vidgo_notebook.render.ending import ending_lines
from vidgo_notebook.render.preview import unshown_html
from vidgo_notebook.render.progress import progress_html
from vidgo_notebook.ui.output.bundles import Bundle, Look


class Picture:
    """The picture of a job, and its card."""

    def __init__(self, job: Job, look: Look, session: Session, name: str = "") -> None:
        """``name`` is the variable that its cell puts it into."""
        self.job = job
        self._look = look
        self._name = name
        self._session = session
        self._printed: Card | None = None

    @cached_property
    def batch(self) -> Batch:
        """The job, as a batch of one."""
        return Batch([self.job])

    @property
    def empty(self) -> bool:
        """Whether it failed."""
        return self.job.done() and self.job.exception() is not None

    @property
    def at_hand(self) -> bool:
        """Whether there is no picture to show, or its preview was made before."""
        job, show = self.job, self._look.show
        if show == "none" or card_of(job).ending:
            return True
        return show == "preview" and self._session.kept_preview(job.result()) is not None

    def waiting(self, *, live: bool) -> Bundle:
        """A placeholder; a progress bar if it will be ``live``."""
        data = {"text/plain": picture_text(card_of(self.job))}
        if live:
            data["text/html"] = progress_html(progress_of(self.batch))
        return data, {}

    def final(self) -> Bundle:
        """The picture as ``image/png`` or ``image/jpeg``, with what this run cost in the metadata; or why there is
        none. Raises StoreError."""
        job, look = self.job, self._look
        if ending := card_of(job).ending:  # the card says why there is none
            return {"text/html": markup.nothing(), "text/plain": f"<no picture: {ending}>"}, {}
        data: dict[str, Any] = {"text/plain": picture_text(card_of(job))}
        charge = None if job.charge is None else plain(job.charge)
        metadata: dict[str, Any] = {"vidgo": {"job": job.id, "charged": charge, "digest": job.result().digest}}
        if look.show == "none":
            return data, metadata
        try:
            embedded = self._session.embedded(job.result(), full_size=look.show == "full")
        except NoPillowError as error:
            data["text/html"] = unshown_html(error)
        else:
            data[embedded.media_type] = base64.b64encode(embedded.data).decode()
            metadata[embedded.media_type] = {"width": look.width} if look.width else {}
        return data, metadata

    def card(self) -> Bundle:
        """The card, with notes where something did not go as planned."""
        card = replace(card_of(self.job), name=self._name)
        return {"text/html": card_html(card), "text/plain": card_text(card)}, {}

    def heading(self) -> str:
        """The card as text."""
        self._printed = card_of(self.job)
        return card_text(self._printed)

    def outcome(self) -> list[str]:
        """What is new since the heading, and where the picture's file is."""
        job, card, printed = self.job, card_of(self.job), self._printed
        notes = [f"Note: {note}" for note in card.notes if printed is None or note not in printed.notes]
        if not job.done():
            return [*notes, f"Job {job.id} is still running. %vidgo wait {job.id} waits for it."]
        if card.ending is None:
            return [*notes, f"Picture: {job.result().path or 'in memory only'}"]
        if printed and printed.ending:
            return notes
        return [*notes, str(card.ending), *ending_lines(card.ending)]

"""A batch in a notebook's outputs: one contact sheet and one card, however many jobs there are."""

from __future__ import annotations

import base64
import threading
import time
from typing import Any

from IPython.display import DisplayHandle

from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch, tally_of
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.render.card import BatchCard, batch_card_html, batch_card_text, sheet_text
from vidgo_notebook.render.preview import MAX_BYTES, shrunk
from vidgo_notebook.render.progress import batch_progress_html
from vidgo_notebook.ui.output.bundles import Bundle, Look
from vidgo_notebook.ui.output.job_view import SECONDS_BETWEEN_UPDATES, painter, shown, update

_LONGEST = 4096  # pixels; browsers show no larger picture reliably
_MOST_BYTES = 3 * MAX_BYTES


class BatchView:
    """Two outputs in the current cell: the sheet (first one bar for all), and the card."""

    def __init__(self, batch: Batch, look: Look) -> None:
        self.batch = batch
        self._look = look
        self._sheet: DisplayHandle | None = None
        self._card: DisplayHandle | None = None
        self._updated_at = 0.0
        self._left = len(batch)
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def done(self) -> bool:
        """Whether every job has ended."""
        return self.batch.done()

    def show(self) -> None:
        """Display once, as it is now: final if all has ended, else a silent placeholder."""
        card = card_of_batch(self.batch)
        self._sheet = shown(self._sheet_bundle(card) if self.done() else ({"text/plain": sheet_text(card)}, {}))
        self._card = shown(batch_card_bundle(card))

    def follow(self) -> None:
        """Display, and keep up to date from the background until every job has ended."""
        if self.done():
            self.show()
            return
        self._sheet = shown(self._progress_bundle())
        self._card = shown(batch_card_bundle(card_of_batch(self.batch)))
        for job in self.batch:
            moving.watch(job, self._changed)
            job.add_done_callback(lambda _: self._one_ended())

    def finish(self) -> None:
        """Bring both outputs to their final state; every job must have ended."""
        if not self._ended.is_set():
            self._ended.set()
            card = card_of_batch(self.batch)
            update(self._sheet, self._sheet_bundle(card))
            if card.failures:
                update(self._card, batch_card_bundle(card))

    def _one_ended(self) -> None:
        with self._lock:
            self._left -= 1
            over = self._left == 0
        if over:
            painter.paint(self.finish)

    def _changed(self, _: Job) -> None:
        """Called at every change of any job, on the engine's thread: passes on to the painter now and then."""
        now = time.monotonic()
        if now - self._updated_at >= SECONDS_BETWEEN_UPDATES:
            self._updated_at = now
            painter.paint(self._show_progress)

    def _show_progress(self) -> None:
        if not (self._ended.is_set() or self.done()):
            update(self._sheet, self._progress_bundle())

    def _progress_bundle(self) -> Bundle:
        html = batch_progress_html(tally_of(self.batch))
        return {"text/plain": sheet_text(card_of_batch(self.batch)), "text/html": html}, {}

    def _sheet_bundle(self, card: BatchCard) -> Bundle:
        data: dict[str, Any] = {"text/plain": sheet_text(card)}
        metadata: dict[str, Any] = {
            "vidgo": {"digests": [job.result().digest for job in self.batch if ended_well(job)]}
        }
        if self._look.show == "none":
            return data, metadata
        # A few small pictures take no more than one picture of their own; many of them must stay readable.
        most_bytes = min(_MOST_BYTES, MAX_BYTES * (1 + len(self.batch) // 10))
        embedded = shrunk(self.batch.sheet(), _LONGEST, most_bytes)
        data[embedded.media_type] = base64.b64encode(embedded.data).decode()
        metadata[embedded.media_type] = {"width": self._look.width} if self._look.width else {}
        return data, metadata


def batch_card_bundle(card: BatchCard) -> Bundle:
    """The card of a batch, or of a plan before it is paid for."""
    return {"text/html": batch_card_html(card), "text/plain": batch_card_text(card)}, {}

"""What is looked for in the gallery, and in which order it is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

import ipywidgets as widgets

from vidgo_notebook.app.library.index import ORDERS, LibraryIndex, RecordFilter
from vidgo_notebook.app.session import Session
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.ui.panel.parts import Choice, Looks, box, show

_ORIGINS = {"all": None, "a service": True, "the emulator": False}
_ALL = "all"


class Filters:
    """What is wanted; ``changed`` is called at every change."""

    def __init__(self, session: Session, changed: Callable[[], None], looks: Looks) -> None:
        self._session, self._changed, self._silent = session, changed, False
        self.text = widgets.Text(description="Search in prompts", placeholder="bicycle", **looks.layout)
        labels = ("Model", "Quality", "Size", "Made by", "Batch", "Order")
        choices = [Choice(label, self._any, **looks.choice) for label in labels]
        self.model, self.quality, self.size, self.origin, self.batch, self.order = choices
        self.since = widgets.DatePicker(description="From", **looks.choice)
        self.until = widgets.DatePicker(description="To", **looks.choice)
        self.starred = widgets.Checkbox(description="Starred only", indent=False, **looks.layout)
        for choice, values in ((self.origin, _ORIGINS), (self.order, ORDERS)):
            choice.offer([(value, value) for value in values], next(iter(values)))
        for choice in (self.model, self.quality, self.size, self.batch):
            choice.offer([(_ALL, "")], "")
        for widget in (self.text, self.since, self.until, self.starred):
            widget.observe(lambda _: self._any(), "value")
        search, since, until = (
            box(each, kind="vidgo-field", **looks.layout) for each in (self.text, self.since, self.until)
        )
        search.add_class("vidgo-search")
        self.box = box(
            search, *(each.box for each in choices), since, until, self.starred, kind="vidgo-fields", **looks.layout
        )
        show(self.batch.box, False)

    def offer(self, index: LibraryIndex) -> None:
        """Offer what the store has; what is selected stays so."""
        self._silent = True
        for choice, values in (
            (self.model, index.models),
            (self.quality, index.values("quality")),
            (self.size, index.values("size")),
            (self.batch, self._batches()),
        ):
            choice.offer([(_ALL, ""), *((value, value) for value in values)], str(choice.select.value or ""))
        show(self.batch.box, len(self.batch.select.options) > 1)
        self._silent = False

    def wanted(self, providers: Collection[str]) -> RecordFilter:
        """What is asked for now, of pictures that some providers made."""
        batch = str(self.batch.select.value or "")
        return RecordFilter(
            self.text.value.strip(),
            str(self.model.select.value or ""),
            _iso(self.since.value),
            _iso(self.until.value),
            str(self.quality.select.value or ""),
            str(self.size.select.value or ""),
            _ORIGINS[str(self.origin.select.value)],
            self._made_by(batch, providers) if batch else None,
            self._session.store.stars.all() if self.starred.value else None,
        )

    def clear(self) -> None:
        """Ask for everything, in the order that was chosen."""
        self._silent = True
        self.text.value, self.since.value, self.until.value, self.starred.value = "", None, None, False
        self.origin.select.value = next(iter(_ORIGINS))
        for choice in (self.model, self.quality, self.size, self.batch):
            choice.select.value = ""
        self._silent = False
        self._changed()

    def _batches(self) -> list[str]:
        try:
            return [each.name for each in self._session.journal.batches()]
        except VidgoError:  # what needs the journal says so
            return []

    def _made_by(self, batch: str, providers: Collection[str]) -> Collection[str]:
        from vidgo_notebook.app.batches.named import fingerprints_in  # late: it brings what plans and buys

        return fingerprints_in(self._session, batch, providers)

    def _any(self) -> None:
        if not self._silent:
            self._changed()


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""

"""Search in prompts, and filters by model and date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import ipywidgets as widgets

from vidgo_notebook.app.library.index import Wanted
from vidgo_notebook.ui.panel.parts import Choice, box

_ANY = ("all models", "")


class Filters:
    """What is wanted; ``changed`` is called at every change."""

    def __init__(self, models: Sequence[str], changed: Callable[[], None]) -> None:
        self.text = widgets.Text(description="Search in prompts", placeholder="bicycle")
        self.model = Choice("Model", lambda: None)
        self.model.offer([_ANY, *((model, model) for model in models)], "")
        self.since = widgets.DatePicker(description="From")
        self.until = widgets.DatePicker(description="To")
        for widget in (self.text, self.model.select, self.since, self.until):
            widget.observe(lambda _: changed(), "value")
        fields = [box(each, kind="vidgo-field") for each in (self.text, self.since, self.until)]
        self.box = box(fields[0], self.model.box, *fields[1:], kind="vidgo-fields")

    @property
    def wanted(self) -> Wanted:
        """What is asked for now."""
        return Wanted(
            self.text.value.strip(), str(self.model.select.value), _iso(self.since.value), _iso(self.until.value)
        )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""

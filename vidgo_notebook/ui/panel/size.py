"""The size field: the model's presets, or width × height as typed."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from vidgo_notebook.domain.catalogue import Model
from vidgo_notebook.domain.sizes import parse_custom
from vidgo_notebook.ui.panel.parts import Choice, box, row, show, words

_CUSTOM = "custom"


class SizeField:
    """Presets in a list; ``custom`` opens two fields, whose text stays as it was typed."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.choice = Choice("Size", self._chosen)
        self.width = widgets.Text(description="Width, pixels", placeholder="2304")
        self.height = widgets.Text(description="Height, pixels", placeholder="1536")
        self.custom = row(*(box(each, kind="vidgo-field") for each in (self.width, self.height)))
        self.limits = words()
        self.problem = words()
        self.custom_box = box(self.custom, self.limits, self.problem)
        for each in (self.width, self.height):
            each.observe(lambda _: changed(), "value")

    @property
    def value(self) -> str:
        """The size as the API names it; half typed, it is what was typed."""
        if self.choice.select.value != _CUSTOM:
            return str(self.choice.select.value)
        return f"{self.width.value.strip()}x{self.height.value.strip()}"

    @property
    def unfinished(self) -> str:
        """What is still missing of a custom size; '' if it can be judged."""
        if self.choice.select.value != _CUSTOM:
            return ""
        edges = {"width": self.width.value, "height": self.height.value}
        missing = [name for name, typed in edges.items() if not typed.strip().isdecimal()]
        if not missing:
            return ""
        numbers = "is a whole number" if len(missing) == 1 else "are whole numbers"
        return f"a custom {' and a custom '.join(missing)} {numbers} of pixels, such as 2304 × 1536."

    def follow(self, model: Model, value: str) -> None:
        """Offer what ``model`` takes, and choose ``value``."""
        edges = parse_custom(value) if model.custom_sizes else None
        options = [(size, size) for size in model.size.values]
        if model.custom_sizes:
            options.append(("custom", _CUSTOM))
        if edges:
            self.width.value, self.height.value = map(str, edges)
        self.choice.offer(options, _CUSTOM if edges else value)
        self._chosen()

    def keep(self, model: Model) -> None:
        """Offer what ``model`` takes, and keep what was chosen as far as it takes it."""
        value = str(self.choice.select.value)
        possible = value in model.size.values or (value == _CUSTOM and model.custom_sizes)
        if value == _CUSTOM and possible:
            self.choice.offer([*((size, size) for size in model.size.values),
                               ("custom", _CUSTOM)], _CUSTOM)  # fmt: skip
        else:
            self.follow(model, value if possible else model.size.default)

    def tell(self, problems: str) -> None:
        """Show what is wrong, beside the field that is in use."""
        custom = self.choice.select.value == _CUSTOM
        self.problem.value = problems if custom else ""
        self.choice.problem.value = "" if custom else problems

    def _chosen(self) -> None:
        show(self.custom_box, self.choice.select.value == _CUSTOM)
        self._changed()

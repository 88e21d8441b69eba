"""The form as text to run: copied where the browser allows that, and shown."""

from __future__ import annotations

import ipywidgets as widgets

from vidgo_notebook.app.form import FormState, LiveQuote
from vidgo_notebook.domain.celltext import ImageSource, cell_text, python_text
from vidgo_notebook.render import form_text as html
from vidgo_notebook.ui.panel.page import copy_button, copy_now
from vidgo_notebook.ui.panel.parts import box, button, row, show, words

_WRITERS = {"cell": cell_text, "Python": python_text}
_HOW = "Paste it into a new cell."
_CHANGED = "The form has changed: copy it again."
_NOT_ALLOWED = "The browser did not allow copying: click into the text, select all (Ctrl+A), copy (Ctrl+C)."


class Copying:
    """Copy as cell and Copy as Python; the text follows the form while it is visible."""

    def __init__(self) -> None:
        self.cell = button(
            "Copy as cell", lambda: self._open("cell"), hint="Copy the %%vidgo cell of this form, and show it"
        )
        self.python = button(
            "Copy as Python", lambda: self._open("Python"), hint="Copy the Python call of this form, and show it"
        )
        self.buttons = (self.cell, self.python)
        self.text = widgets.Textarea(rows=5)
        self.note = words()
        field = box(self.text, kind="vidgo-field")
        field.add_class("vidgo-text")
        self.copy = copy_button("Copy", "Copy the text that is shown", self._copied)
        hide = button("Hide", self.hide, hint="Put the text away")
        self.box = box(field, row(self.copy, hide), self.note)
        self._kind = ""
        self._state: FormState | None = None
        self._quote: LiveQuote | None = None
        self._reasons: list[str] = []
        self.hide()

    def follow(self, state: FormState, live: LiveQuote, reasons: list[str]) -> None:
        """What the form holds now; ``reasons`` say why it can't be copied."""
        nameless = [n for n, image in enumerate(state.images, 1) if image.source is None]
        named = [f"Image {n} has no name that a cell could use: put it into a variable or a file." for n in nameless]
        self._state, self._quote, self._reasons = state, live, [*reasons, *named]
        if self._kind:
            self._write()

    def hide(self) -> None:
        """Put the text away."""
        self._kind = ""
        show(self.box, False)

    def _copied(self, done: bool) -> None:
        self.note.value = html.muted(f"Copied. {_HOW}") if done else html.notes([_NOT_ALLOWED])

    def _open(self, kind: str) -> None:
        self._kind = kind
        self._write()
        show(self.box, True)
        if self.text.value:
            self.note.value = html.muted(_HOW)
            copy_now(self.copy, self.text.value)

    def _write(self) -> None:
        assert self._state and self._quote
        self.text.description = f"The form as {self._kind}"
        if self._reasons:
            self.text.value, self.copy.text, self.note.value = "", "", html.wrong(self._reasons)
            return
        sources = [image.source or ImageSource("") for image in self._state.images]
        text = _WRITERS[self._kind](self._quote.requests[0], sources, self._state.takes)
        if text != self.text.value:
            self.note.value = html.muted(_CHANGED)
        self.text.value = self.copy.text = text

"""A request as text to run: copied where the browser allows that, and shown."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from vidgo_notebook.errors import RequestError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.ui.panel.page import copy_button, copy_now
from vidgo_notebook.ui.panel.parts import box, button, row, sentence, show, words

_HOW = "Paste it into a new cell."
_CHANGED = "The form has changed: copy it again."
_NOT_ALLOWED = "The browser did not allow copying: click into the text, select all (Ctrl+A), copy (Ctrl+C)."


class Copying:
    """Copy as cell and Copy as Python. ``write`` gives the text (in Python, or as a cell) of ``what``, such as "The
    form", or raises RequestError with the reasons why there is none."""

    def __init__(self, what: str, write: Callable[[bool], str]) -> None:
        self._what, self._writer = what, write
        self.cell = button(
            "Copy as cell", lambda: self._open("cell"), hint="Copy the %%vidgo cell that requests this, and show it"
        )
        self.python = button(
            "Copy as Python", lambda: self._open("Python"), hint="Copy the Python call that requests this, and show it"
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
        self.hide()

    def changed(self) -> None:
        """What is to be copied has changed: a visible text follows it."""
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
        self.text.description = f"{self._what} as {self._kind}"
        try:
            text = self._writer(self._kind == "Python")
        except RequestError as error:
            reasons = [sentence(problem, named=True) for problem in error.problems]
            self.text.value, self.copy.text, self.note.value = "", "", html.wrong(reasons)
            return
        if text != self.text.value:
            self.note.value = html.muted(_CHANGED)
        self.text.value = self.copy.text = text

"""Widgets with JavaScript of their own: a button that takes files or fills the clipboard, and one that keeps
Jupyter's single-key commands from acting while the form has the focus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets


class PageButton(anywidget.AnyWidget):
    """``role`` is upload or copy; ``limit`` is the largest file in bytes, ``text`` what is copied."""

    _esm = Path(__file__).with_name("page.js")
    role = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    limit = traitlets.Int().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)


Received = Callable[[str, int, "bytes | None"], None]
"""Name, size in bytes, and content: None for a file that was too large to be sent."""


def upload_button(label: str, hint: str, limit: int, received: Received) -> PageButton:
    """A button that takes picture files of at most ``limit`` bytes."""
    made = PageButton(role="upload", label=label, hint=hint, limit=limit)

    def take(_: Any, content: Any, buffers: Sequence[Any]) -> None:
        name, size = str(content.get("name", "")), int(content.get("size", 0))
        received(name, size, bytes(buffers[0]) if buffers else None)

    made.on_msg(take)
    return made


def copy_button(label: str, hint: str, copied: Callable[[bool], None]) -> PageButton:
    """A button that puts its ``text`` on the clipboard, where the browser allows it."""
    made = PageButton(role="copy", label=label, hint=hint)
    made.on_msg(lambda _, content, __: copied(bool(content.get("copied"))))
    return made


def copy_now(button: PageButton, text: str) -> None:
    """Put ``text`` on the clipboard as if ``button`` had been pressed."""
    button.text = text
    button.send({"copy": True})


class KeyGuard(anywidget.AnyWidget):
    """Shows nothing. ``reloaded`` is called when the page was loaded again: from then on Jupyter no longer
    knows the outputs that were displayed before, so nothing can be added to them."""

    _esm = Path(__file__).with_name("key_guard.js")

    def __init__(self, reloaded: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._reloaded = reloaded
        self._loads = 0
        self.add_class("vidgo-sheet")
        self.on_msg(lambda *_: self._loaded())

    def _loaded(self) -> None:
        self._loads += 1
        if self._loads > 1:
            self._reloaded()

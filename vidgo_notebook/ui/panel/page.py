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
    """Shows nothing, and does on the page what the kernel can't, with keys and the focus.

    ``reloaded`` is called when the page was loaded again: from then on Jupyter no longer knows the outputs that were
    displayed before, so nothing can be added to them. ``generate`` is called at Ctrl+Enter with the prompt and the
    label of the button as the person saw them, and ``bring_back`` with a prompt that a form of this cell held when its
    kernel ended.
    """

    _esm = Path(__file__).with_name("key_guard.js")

    def __init__(
        self,
        reloaded: Callable[[], None] = lambda: None,
        generate: Callable[[str, str], None] = lambda *_: None,
        bring_back: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._reloaded, self._generate, self._bring_back = reloaded, generate, bring_back
        self._loads = 0
        self.add_class("vidgo-sheet")
        self.on_msg(lambda _, content, __: self._hear(content))

    def reveal(self, selector: str) -> None:
        """Bring a part of the form into sight, and put the focus into it."""
        self.send({"reveal": selector})

    def focus(self, *names: str) -> None:
        """Put the focus on the first button of these names that can be pressed."""
        self.send({"focus": names})

    def _hear(self, content: dict[str, Any]) -> None:
        match content:
            case {"loaded": True}:
                self._loads += 1
                if self._loads > 1:
                    self._reloaded()
            case {"generate": str(label), "prompt": str(prompt)}:
                self._generate(prompt, label)
            case {"before": str(prompt)}:
                self._bring_back(prompt)

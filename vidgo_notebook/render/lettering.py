"""Text on a drawing: what the bundled font can't draw becomes a number, which a legend beside the drawing explains."""

from __future__ import annotations

from vidgo_notebook.domain.pillow import has_pillow
from vidgo_notebook.drawable_text import is_drawable, simpler
from vidgo_notebook.visible_text import visible


class Lettering:
    """The texts of one drawing, in the order in which they are asked for."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def drawn(self, text: str) -> str:
        """The text itself, or its number in brackets."""
        text = visible(text)
        if is_drawable(plain := simpler(text)) or not has_pillow():  # nothing is drawn without it
            return plain
        return f"[{self._numbers.setdefault(text, len(self._numbers) + 1)}]"

    @property
    def legend(self) -> list[str]:
        """The texts that were given numbers: ``[1] 日本語``."""
        return [f"[{number}] {text}" for text, number in self._numbers.items()]

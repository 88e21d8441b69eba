"""Two pictures in one frame, one to the left of a line and the other to its right."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from vidgo_notebook.render.preview import Embedded

if TYPE_CHECKING:
    from PIL import Image

_QUALITY = 85
_LINE = 2  # pixels to each side
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


class Comparison:
    """Decoded once; ``at`` is quick enough to follow a slider. The second is fitted into the first's frame."""

    def __init__(self, first: bytes, second: bytes) -> None:
        from PIL import Image, ImageOps

        self._first = Image.open(io.BytesIO(first)).convert("RGB")
        other = Image.open(io.BytesIO(second)).convert("RGB")
        self._second = ImageOps.pad(other, self._first.size, color=(128, 128, 128))

    def at(self, percent: float) -> Embedded:
        """The frame with ``percent`` of its width showing the first picture."""
        width, height = self._first.size
        edge = round(width * percent / 100)
        frame = self._second.copy()
        frame.paste(self._first.crop((0, 0, edge, height)), (0, 0))
        _draw_line(frame, edge)
        file = io.BytesIO()
        frame.save(file, "JPEG", quality=_QUALITY)
        return Embedded("image/jpeg", file.getvalue())


def _draw_line(frame: Image.Image, edge: int) -> None:
    """White between black, so that it is seen on any picture; none at the very ends."""
    if 0 < edge < frame.width:
        from PIL import ImageDraw

        draw = ImageDraw.Draw(frame)
        draw.rectangle((edge - _LINE, 0, edge + _LINE, frame.height), fill=_BLACK)
        draw.rectangle((edge - _LINE // 2, 0, edge + _LINE // 2, frame.height), fill=_WHITE)

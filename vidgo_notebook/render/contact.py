"""Several pictures as one: numbered, in rows. What a panel leaves in its notebook."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vidgo_notebook.render.preview import Embedded, preview

if TYPE_CHECKING:
    from PIL import Image

_CELL, _GAP, _LABEL = 384, 12, 26
_PAPER, _INK = (250, 250, 250), (60, 60, 60)


def contact_sheet(pictures: Sequence[bytes], longest: int) -> Embedded:
    """One picture as its preview; several as a sheet, numbered in their order."""
    if len(pictures) == 1:
        return preview(pictures[0], longest)
    file = io.BytesIO()
    _drawn(pictures).save(file, "PNG")
    return preview(file.getvalue(), max(longest, 2 * _CELL))


def _drawn(pictures: Sequence[bytes]) -> Image.Image:
    from PIL import Image, ImageDraw, ImageFont, ImageOps

    columns = min(len(pictures), 2 if len(pictures) < 5 else math.ceil(math.sqrt(len(pictures))))
    rows = math.ceil(len(pictures) / columns)
    canvas = Image.new("RGB", (columns * (_CELL + _GAP) + _GAP, rows * (_CELL + _LABEL + _GAP) + _GAP), _PAPER)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=16)
    for index, data in enumerate(pictures):
        x = _GAP + index % columns * (_CELL + _GAP)
        y = _GAP + index // columns * (_CELL + _LABEL + _GAP)
        thumb = ImageOps.contain(Image.open(io.BytesIO(data)).convert("RGB"), (_CELL, _CELL))
        canvas.paste(thumb, (x + (_CELL - thumb.width) // 2, y + (_CELL - thumb.height) // 2))
        draw.text((x + _CELL // 2, y + _CELL + 4), str(index + 1), _INK, font, anchor="ma")
    return canvas

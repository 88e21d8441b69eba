"""Two pictures in one frame with a slider between them."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets


class Comparison(anywidget.AnyWidget):
    """``first`` to the left of the slider and ``second`` to its right, both as JPEG; the second is fitted into
    the first's frame. ``descriptions`` say in words what each shows."""

    _esm = Path(__file__).with_name("comparison.js")
    first = traitlets.Bytes().tag(sync=True)
    second = traitlets.Bytes().tag(sync=True)
    descriptions = traitlets.List(traitlets.Unicode(), ["", ""]).tag(sync=True)

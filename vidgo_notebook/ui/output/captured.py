"""Outputs that are taken from their cell.

A front end finds an output to update by its display id on the page alone. What an Output widget took (inside ``with``,
``interact``, a button's handler, a tab) is not there, and ``%%capture`` keeps what was displayed first.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from IPython.core.displayhook import CapturingDisplayHook, DisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.getipython import get_ipython
from IPython.display import display


def is_put_elsewhere() -> bool:
    """Whether the value that IPython formats now is put where outputs of a display id of ours do not go: an output that
    has its own id, or a place that takes only the data, as ``Output.append_display_data`` and ``glue`` do."""
    frame: FrameType | None = sys._getframe()
    for inside in (False, True):  # up to the formatter, and out of it
        while frame and isinstance(frame.f_locals.get("self"), DisplayFormatter) is inside:
            frame = frame.f_back
    if frame is None or isinstance(frame.f_locals.get("self"), (DisplayHook, CapturingDisplayHook)):
        return False
    return frame.f_code is not display.__code__ or bool(frame.f_locals["display_id"])


def is_stored() -> bool:
    """Whether what is displayed now is stored, as by ``%%capture``, and shown later as it was displayed."""
    return isinstance(getattr(get_ipython(), "display_pub", None), CapturingDisplayPublisher)


def in_output_widget() -> bool:
    """Whether what is displayed now goes into an Output widget: one that takes the running request's messages."""
    module = sys.modules.get("ipywidgets")
    if module is None or is_stored():
        return False
    library: Any = module
    known = getattr(sys.modules.get(library.Widget.__module__), "_instances", None)  # ipywidgets 8
    widgets = library.Widget.widgets if known is None else known
    taken = {each.msg_id for each in list(widgets.values()) if isinstance(each, library.Output) and each.msg_id}
    header = getattr(get_ipython().display_pub, "parent_header", None)  # type: ignore[union-attr]  # a widget needs one
    return bool(taken) if header is None else header.get("msg_id") in taken

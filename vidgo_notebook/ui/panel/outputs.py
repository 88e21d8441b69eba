"""A widget as an output, with words for where it can't be shown."""

from __future__ import annotations

from typing import Any

from IPython.display import DisplayHandle, display

from vidgo_notebook.render import markup

_WIDGET = "application/vnd.jupyter.widget-view+json"


def display_widget(widget: Any, otherwise: str) -> DisplayHandle:
    """Display a widget; a converted notebook, which has none, shows ``otherwise``."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    data = {_WIDGET: view, "text/html": markup.frame(markup.line(otherwise, muted=True)), "text/plain": otherwise}
    handle: Any = display(data, raw=True, display_id=True)
    assert isinstance(handle, DisplayHandle)
    return handle

"""Where updates never arrive: outputs that an Output widget or IPython's ``capture_output`` takes for itself.

A front end finds an output to update by its display id on the page alone. What an Output widget took (inside ``with``,
``interact``, a button's handler, a tab) is not there, and ``%%capture`` keeps what was displayed first.
"""

from __future__ import annotations

import sys
from typing import Any

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.getipython import get_ipython
from IPython.display import display

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


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


class WidgetHandle:
    """An output inside an Output widget, which can be updated there: one more Output widget, that holds only it."""

    def __init__(self, data: dict[str, Any], metadata: dict[str, Any] | None) -> None:
        from ipywidgets import Output  # late: it is loaded, since an Output widget is there

        self._output = Output()
        self.update(data, metadata=metadata)
        view = {"version_major": 2, "version_minor": 0, "model_id": self._output.model_id}
        display({WIDGET_VIEW: view, "text/plain": data.get("text/plain", "")}, raw=True)

    def update(self, data: dict[str, Any], *, metadata: dict[str, Any] | None = None, raw: bool = True) -> None:
        """Replace what it shows, from any thread."""
        assert raw, "a bundle, not an object to format"
        self._output.outputs = ({"output_type": "display_data", "data": data, "metadata": metadata or {}},)

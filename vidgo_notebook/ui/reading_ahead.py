"""Loads, while a person writes the first cell, what that cell would otherwise load itself: most of its time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

_PAUSE = 0.25
"""Seconds. Cells that are run together come sooner, and load what they need with nothing in their way."""

_OF_A_FIRST_CELL = (
    "vidgo_notebook.domain.option_parser",
    "vidgo_notebook.ui.cells.cell",
    "vidgo_notebook.store.journal.sqlite",
    "vidgo_notebook.app.purchase.near_misses",
    "vidgo_notebook.store.results.contents",
    "vidgo_notebook.wire.auth",
)
"""What a ``%%vidgo`` cell with a new picture loads before it gives the prompt back. HTTP and Pillow are not among it:
the engine loads them in its own thread."""


def read_ahead() -> Callable[[], None]:
    """Load it soon, in a thread; what is returned keeps that from happening, if it has not begun."""
    reading = threading.Timer(_PAUSE, _load)
    reading.name, reading.daemon = "vidgo-reading-ahead", True
    with suppress(RuntimeError):  # a Python without threads, as in JupyterLite
        reading.start()
    return reading.cancel


def _load() -> None:
    with suppress(Exception):  # what can't be loaded is said by the cell that needs it
        for name in _OF_A_FIRST_CELL:
            import_module(name)

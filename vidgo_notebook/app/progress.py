"""One line about a batch, in a terminal; gone when the waiting is over."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidgo_notebook.engine.handles.batch import Batch

_SECONDS = 0.5


@contextmanager
def progress_in_terminal(batch: Batch) -> Iterator[None]:
    """Keep one line of the terminal up to date inside the block; nothing where nobody looks."""
    if batch.done() or not sys.stderr.isatty():
        yield
        return
    try:
        with repeating(lambda: _write(batch)):
            yield
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


@contextmanager
def repeating(work: Callable[[], None]) -> Iterator[None]:
    """Do ``work`` twice a second inside the block, beside it. A display that breaks must not end the waiting."""
    over = threading.Event()

    def repeat() -> None:
        with suppress(Exception):
            while not over.wait(_SECONDS):
                work()

    # The cell's own context: what is shown belongs to the cell that waits.
    thread = threading.Thread(target=contextvars.copy_context().run, args=(repeat,), name="vidgo-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _write(batch: Batch) -> None:
    from vidgo_notebook.engine.handles.batch import tally_of
    from vidgo_notebook.render.progress import batch_progress_text

    sys.stderr.write(f"\r\x1b[K{batch_progress_text(tally_of(batch))}")
    sys.stderr.flush()

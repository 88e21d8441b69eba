"""A person at a terminal: whether one is there, a question to them, one line of progress while they wait."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, TextIO

from vidgo_notebook.door import here
from vidgo_notebook.visible_text import visible

if TYPE_CHECKING:
    from vidgo_notebook.engine.handles.batch import Batch

_SECONDS = 0.5


def attended_terminal(setting: bool | None) -> bool:
    """Whether a person sits at the terminal of a script: as set, else whether the input is a terminal."""
    return _is_terminal(sys.stdin) if setting is None else setting


def _is_terminal(stream: TextIO | None) -> bool:
    """A process may have been started, or may go on, without its streams, or with something simpler."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):  # ValueError: it is closed
        return False


def say(text: str, to: Literal["stdout", "stderr"] = "stdout") -> None:
    """Print a text; nothing where that stream is closed. Everything that is printed passes through here."""
    stream: TextIO | None = getattr(sys, to)
    if stream is not None and not getattr(stream, "closed", False):
        print(visible(text), file=stream)


def ask_in_terminal(question: str) -> bool:
    """Put a yes-or-no question on the terminal; no is the default."""
    try:
        return input(f"{visible(here(question))} [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


@contextmanager
def progress_in_terminal(batch: Batch) -> Iterator[None]:
    """Keep one line of the terminal up to date inside the block; does nothing where the output is not a terminal."""
    if batch.done() or not _is_terminal(sys.stderr):
        yield
        return

    def show() -> None:
        from vidgo_notebook.engine.handles.batch import progress_of
        from vidgo_notebook.render.progress import progress_text

        sys.stderr.write(f"\r\x1b[K{visible(progress_text(progress_of(batch)))}")
        sys.stderr.flush()

    try:
        with repeating(show):
            yield
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


@contextmanager
def repeating(work: Callable[[], None]) -> Iterator[None]:
    """Call ``work`` twice a second inside the block, in a thread. A display that fails must not end the waiting."""
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

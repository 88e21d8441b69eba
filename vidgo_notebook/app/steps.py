"""How far a long piece of work is: one line, after a second, for a person who waits for it; gone when it is done.

tqdm counts, estimates and writes the line. It is not shown by tqdm's own notebook widget, since a saved notebook would
keep that as an output that says "model not found".
"""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import suppress
from typing import Any, TypeVar

from vidgo_notebook.app.presence import is_terminal
from vidgo_notebook.visible_text import encodable

_Item = TypeVar("_Item")
_AFTER, _BETWEEN = 1.0, 0.2  # seconds
_AT_ONCE = 1e-9  # seconds; 0 lets tqdm show a line before it knows when the work began

Draw = Callable[[str, float | None], None]
"""Shows a line, and the share of the work in percent where it is known; '' clears it."""


class Steps:
    """Follows work step by step. ``open`` begins a line, or is None where no person would see it, as in a pipe."""

    def __init__(self, open: Callable[[], Draw | None]) -> None:
        self._open = open

    def over(self, items: Iterable[_Item], doing: str, total: int | None = None) -> Iterator[_Item]:
        """The items, one by one, as ``for item in steps.over(records, "Exporting")``."""
        if total is None and isinstance(items, Sized):
            total = len(items)
        began, bar, shows = time.monotonic(), None, True
        try:
            for done, item in enumerate(items, 1):
                yield item
                if bar is not None:
                    bar.update()
                elif shows and (taken := time.monotonic() - began) > _AFTER:
                    draw = self._open() if threading.current_thread() is threading.main_thread() else None
                    shows = draw is not None  # a display from another thread lands in some cell
                    bar = draw and _bar(draw, doing, total, done, taken)
        finally:
            if bar is not None:
                bar.close()


def _bar(draw: Draw, doing: str, total: int | None, done: int, taken: float) -> Any:
    """A bar that is so far already."""
    bar = _bar_class(draw)(
        desc=doing,
        total=total,
        initial=done,
        file=io.StringIO(),
        leave=False,
        mininterval=_BETWEEN,
        delay=_AT_ONCE,
        bar_format=_format(total),
    )
    bar.initial, bar.start_t = 0, bar.start_t - taken  # the time for the rest follows from what is done
    bar.refresh()
    return bar


def _format(total: int | None) -> str:
    return "{desc}: {n:,} of {total:,}, {remaining} left" if total else "{desc}: {n:,}"


def _bar_class(draw: Draw) -> Any:
    """tqdm, showing its line by ``draw``: imported when a bar is needed, and without threads and locks of its own."""
    from tqdm.std import tqdm

    class Bar(tqdm):  # type: ignore[misc]  # it carries no annotations
        monitor_interval = 0

        def display(self, msg: str | None = None, pos: int | None = None) -> bool:  # noqa: ARG002  tqdm's own
            with suppress(Exception):  # a front end that went away must not end the work
                draw(str(self) if msg is None else msg, 100 * self.n / self.total if self.total else None)
            return True

    Bar.set_lock(threading.RLock())
    return Bar


def _open_in_terminal() -> Draw | None:
    if not is_terminal(sys.stderr):
        return None

    def draw(text: str, _: float | None) -> None:
        sys.stderr.write(f"\r\x1b[K{encodable(text, sys.stderr)}")
        sys.stderr.flush()

    return draw


QUIET = Steps(lambda: None)
IN_TERMINAL = Steps(_open_in_terminal)

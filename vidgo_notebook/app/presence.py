"""Where there is no IPython: who is there, a question to them, and what is printed for them.

By layers: the setting; a host whose page shows values to a person in a browser, who can't be asked by ``input``, since
that would wait at the terminal of its server; a person at a terminal; no one.
"""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TextIO

from vidgo_notebook.door import here
from vidgo_notebook.visible_text import encodable

if TYPE_CHECKING:
    from vidgo_notebook.engine.handles.batch import Batch

_SECONDS = 0.5


Who = Literal["at a page", "at a terminal", "no one"]


def who_is_there(setting: bool | None) -> Who:
    """Who sees what a script does. ``setting`` says whether a person is there; None: find out."""
    if setting is False:
        return "no one"
    if page_host():
        return "at a page"
    return "at a terminal" if setting or is_terminal(sys.stdin) else "no one"


def page_host() -> str:
    """The host whose page shows a person what the running code makes; '' without one. Nothing is imported for it."""
    for name, (module, shows) in _PAGES.items():
        with suppress(Exception):  # another version of the host, which cannot say so
            if (loaded := sys.modules.get(module)) and shows(loaded):
                return name
    return ""


_PAGES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "marimo": ("marimo", lambda marimo: marimo.running_in_notebook()),
    "Streamlit": ("streamlit.runtime", lambda runtime: runtime.exists() or _runs_a_streamlit_script()),
    "Panel": ("panel", lambda panel: panel.state.curdoc is not None),
    "Solara": ("solara.server.kernel_context", lambda context: context.has_current_context()),
}
"""Each host, a module that is loaded where it runs, and whether that runs code for a page now."""


Page = Callable[[], AbstractContextManager[Any]]
"""What a thread enters to act for a page."""


def page_context() -> Page:
    """The page that the running code acts for: in some hosts a widget that is made outside is on none."""
    find = _CONTEXTS.get(page_host())
    return find() if find else nullcontext


def _panel_document() -> Page:
    return partial(sys.modules["panel.io.state"].set_curdoc, sys.modules["panel"].state.curdoc)


def _solara_kernel() -> Page:
    context = sys.modules["solara.server.kernel_context"].get_current_context()
    return lambda: context


_CONTEXTS: dict[str, Callable[[], Page]] = {"Panel": _panel_document, "Solara": _solara_kernel}


def _runs_a_streamlit_script() -> bool:
    """Whether a script runs without a server, as in a test of an app."""
    context = sys.modules["streamlit.runtime.scriptrunner"].get_script_run_ctx(suppress_warning=True)
    return context is not None


def is_terminal(stream: TextIO | None) -> bool:
    """A process may have been started, or may go on, without its streams, or with something simpler."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):  # ValueError: it is closed
        return False


def say(text: str, to: Literal["stdout", "stderr"] = "stdout") -> None:
    """Print a text; nothing where that stream is closed. Everything that is printed passes through here."""
    stream: TextIO | None = getattr(sys, to)
    if stream is not None and not getattr(stream, "closed", False):
        print(encodable(text, stream), file=stream)


def ask(question: str) -> bool:
    """Put a yes-or-no question to a person at the terminal; no is the default, and the answer at a page."""
    if page_host():
        return False
    try:
        return input(f"{encodable(here(question), sys.stdout)} [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


@contextmanager
def progress_in_terminal(batch: Batch) -> Iterator[None]:
    """Keep one line of the terminal up to date inside the block; does nothing where the output is not a terminal."""
    if batch.done() or not is_terminal(sys.stderr):
        yield
        return

    def show() -> None:
        from vidgo_notebook.engine.handles.batch_progress import progress_of
        from vidgo_notebook.render.progress import progress_text

        sys.stderr.write(f"\r\x1b[K{encodable(progress_text(progress_of(batch)), sys.stderr)}")
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

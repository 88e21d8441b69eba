"""The one session of this process: the extension's where it is loaded, else one for a script."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from vidgo_notebook.errors import NOTHING_SPENT, VidgoError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.engine.handles.job import Job


class _Process:
    """One process, one session: the budget, the leases and the loop depend on it."""

    lock = threading.Lock()
    session: Session | None = None
    make: Callable[[], Session] | None = None
    parents: Session | None = None
    """In a forked child the session of its parent, held so that nobody closes its journal."""


def current_session() -> Session:
    """The session, made when it is first needed."""
    with _Process.lock:
        if _Process.session is None:
            _Process.session = (_Process.make or _script_session)()
            atexit.register(_leave, _Process.session)
        return _Process.session


def existing_session() -> Session | None:
    """The session if there is one already."""
    return _Process.session


def provide(make: Callable[[], Session] | None) -> None:
    """Let ``make`` build the next session (None: a script's), after closing the one there is."""
    with _Process.lock:
        if _Process.session:
            atexit.unregister(_leave)
            _Process.session.close()
        _Process.session, _Process.make = None, make


def _in_forked_child() -> None:
    """The child has neither the parent's thread nor a right to its connections, and would spend its budget again."""
    _Process.lock = threading.Lock()
    atexit.unregister(_leave)
    if _Process.session or _Process.make:
        _Process.parents, _Process.session, _Process.make = _Process.session, None, _refuse


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)


def _refuse() -> Session:
    raise VidgoError(
        "This process was forked from one that uses vidgo_notebook, and can't share its thread, journal and budget.",
        cost=NOTHING_SPENT,
        hint="Ask for pictures in the parent: vidgo.generate returns at once, and its jobs run side by side. "
        "Processes that are started anew (multiprocessing's 'spawn') may ask too.",
    )


def _script_session() -> Session:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.app.settings.traits import Vidgo

    settings = Vidgo()
    return Session(settings, attended=lambda: script_attended(settings.attended), ask=ask_in_terminal)


def script_attended(setting: bool | None) -> bool:
    """Whether a person sits at the terminal of a script."""
    return sys.stdin is not None and sys.stdin.isatty() if setting is None else setting


def ask_in_terminal(question: str) -> bool:
    """Put a yes-or-no question on the terminal; no is the default."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


def _leave(session: Session) -> None:
    """Say what is left under way, and let it go, so that the next session need not wait for a lease."""
    left = session.under_way()
    session.close()  # first: only then is it known which of them were sent
    if left:
        told = " ".join([f"leaving with {len(left)} job(s) under way.", *_what_becomes_of(left)])
        print(f"vidgo_notebook: {told}", file=sys.stderr)


def _what_becomes_of(left: Sequence[Job]) -> Iterator[str]:
    free = [job.id for job in left if job.provider == "emulator" or job.record.state.unsent]
    sent = [job.id for job in left if job.id not in free]
    if free:
        yield f"Ended, and cost nothing: {', '.join(free)}."
    if sent:
        yield f"Sent, and not lost: {', '.join(sent)}; %vidgo resume fetches what the service makes of it."

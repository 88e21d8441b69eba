"""The one session of this process: the extension's where it is loaded, else one for a script."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from vidgo_notebook.domain.provider import EMULATOR, IN_KERNEL
from vidgo_notebook.door import here
from vidgo_notebook.errors import NOTHING_SPENT, VidgoError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.engine.budget import Budget
    from vidgo_notebook.engine.handles.job import Job


class _Process:
    """One session for each process: the budget, the leases and the event loop depend on it."""

    lock = threading.Lock()
    session: Session | None = None
    make: Callable[[], Session] | None = None
    budgets: ClassVar[dict[str, Budget]] = {}
    """What the sessions of this process spent: loading the extension again must not begin at 0."""
    prepare: Callable[[], None] | None = None
    """Called before the first session, where nothing was provided until then; it may ``provide`` one."""
    provided = False
    parents: Session | None = None
    """In a forked child, its parent's session: kept alive, since collecting it would close the journal."""


def current_session() -> Session:
    """The session, made when it is first needed."""
    prepare, _Process.prepare = _Process.prepare, None
    if prepare and not (_Process.session or _Process.provided):
        prepare()
    with _Process.lock:
        if _Process.session is None:
            _Process.session = (_Process.make or _script_session)()
            _Process.session.budgets = _Process.budgets = {**_Process.session.budgets, **_Process.budgets}
            atexit.register(_leave, _Process.session)
        return _Process.session


def prepare_with(prepare: Callable[[], None]) -> None:
    """Let ``prepare`` provide a session where the extension was never loaded."""
    _Process.prepare = prepare


def existing_session() -> Session | None:
    """The session if there is one already."""
    return _Process.session


def provide(make: Callable[[], Session] | None) -> None:
    """Let ``make`` build the next session (None: a script's), after closing the one there is."""
    with _Process.lock:
        if _Process.session:
            atexit.unregister(_leave)
            _Process.session.close()
            _release_unsent(_Process.session)
        _Process.session, _Process.make, _Process.provided = None, make, True


def _release_unsent(session: Session) -> None:
    """Give back the prices of jobs that a closed session never sent."""
    from vidgo_notebook.engine.handles import moving  # late: loading the extension makes no jobs

    for job in session.under_way():
        if moving.state(job).unsent:
            session.budget(job.provider).release(job.id)


def _in_forked_child() -> None:
    """The child has no event loop thread, must not use the parent's connections, and would spend its budget again."""
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
        "New processes (multiprocessing's 'spawn') may ask too.",
    )


def _script_session() -> Session:
    from vidgo_notebook.app.presence import ask, say, who_is_there
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.app.settings import origins
    from vidgo_notebook.app.settings.profile import profile_section, running_config
    from vidgo_notebook.app.settings.traits import Vidgo

    # In a notebook that never loads the extension, the limits of the reader's profile hold too.
    origins.outside.read_profile(profile_section())
    settings = Vidgo(config=running_config())
    for notice in settings.notices:
        say(here(f"vidgo: {notice}"), "stderr")
    return Session(settings, attended=lambda: who_is_there(settings.attended) != "no one", ask=ask)


def _end_with_this_process(session: Session, jobs: Sequence[Job]) -> set[str]:
    """The jobs of the emulator inside this process; one that is served elsewhere goes on with its own."""
    emulated = [job.id for job in jobs if job.provider == EMULATOR]
    with suppress(VidgoError):  # without its journal nothing is known of a session's jobs
        entries = [session.journal.entry(job_id) for job_id in emulated]
        return {entry.record.job_id for entry in entries if entry and entry.api == IN_KERNEL}
    return set(emulated)


def _leave(session: Session) -> None:
    """Close the session at exit, so that the next one need not wait for its leases, and report what is unfinished."""
    left = session.under_way()
    ending = _end_with_this_process(session, left)
    session.close()  # first: only then is it known which of them were sent
    if not left:
        return
    from vidgo_notebook.app.presence import say
    from vidgo_notebook.engine.handles import moving  # late: as above

    text = f"vidgo_notebook: exiting with {len(left)} job{'s' if len(left) > 1 else ''} still running."
    free = [job.id for job in left if job.id in ending or moving.state(job).unsent]
    sent = [job.id for job in left if job.id not in free]
    if free:
        text += f" Ended, and cost nothing: {', '.join(free)}."
    if sent:
        text += f" Sent, and not lost: {', '.join(sent)}; %vidgo resume fetches what the service makes of it."
    say(here(text), "stderr")

"""Which process works on a job: its owner's name, whether that process is gone, and whether it still shows itself.

An owner moves a counter on in the journal while it works. No times are compared between processes: one that joins
watches the counter by its own clock.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.time_limit import TimeLimit
from vidgo_notebook.store.journal.journal import Entry

LEASE_SECONDS = 15.0
"""How long the counter stands still until another process takes the job over."""

HEARTBEAT_SECONDS = 5.0

LOOK_SECONDS = 0.5
"""Between two looks at the counter."""

CONFIRMED_SECONDS = LEASE_SECONDS / 3
"""How long the journal's word that a job is ours is good for, right before the job is sent."""


def new_owner(pid: int | None = None) -> str:
    """A name for a session: the machine where that is known, the process (this one), and a random part."""
    pid = os.getpid() if pid is None else pid
    return f"{machine()}|{pid}|{_process(pid)[1]}|{uuid.uuid4().hex[:12]}"


def surely_gone(owner: str) -> bool:
    """Whether the owner's process ran on this very machine and has ended, though perhaps nothing has reaped it.

    False where that is not known: then the job is free only when its counter stands still.
    """
    return _is_here(owner, lambda state, started, began: started != began or state in "ZXx")


def surely_running(owner: str) -> bool:
    """Whether the owner's process is on this very machine, and is not stopped (SIGSTOP)."""
    return _is_here(owner, lambda state, started, began: started == began and state not in "ZXxTt")


def _is_here(owner: str, fits: Callable[[str, str, str], bool]) -> bool:
    """Whether the process of an owner of this machine is in a state that ``fits``; False for any other owner."""
    try:
        where, pid, began, _ = owner.split("|")
        return where == machine() and fits(*_process(int(pid)), began)
    except ValueError:
        return False


@lru_cache(maxsize=1)
def machine() -> str:
    """This machine, by boot and process namespace: containers may share a host name, and not each other's pids."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"unknown-{uuid.uuid4().hex}"


def _process(pid: int) -> tuple[str, str]:
    """The state of a process, and when it began in the kernel's ticks, as a pid may be used again; '' without one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        return "", ""


class Lease(Protocol):
    """What a process holds in the journal while it works: a job, or the claim to an upload."""

    @property
    def owner(self) -> str:
        """The process; '' if none holds it."""

    @property
    def heartbeats(self) -> int:
        """A counter that the owner moves on."""


class LeaseWatch:
    """Watches whether a lease's counter stands still, by the clock of the process that watches.

    Only seconds count in which this process ran: one that was stopped together with the owner would otherwise find
    that the counter stood still for as long.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: tuple[str, int] | None = None
        self._still = self._new_limit()

    def has_ended(self, lease: Lease | None) -> bool:
        """Look at what the journal says now (None: it can't be read): whether no process holds the lease any more."""
        if lease is None:
            self._seen = None
            return False
        if not lease.owner or surely_gone(lease.owner):
            return True
        if self._seen != (lease.owner, lease.heartbeats):
            self._seen, self._still = (lease.owner, lease.heartbeats), self._new_limit()
        self._still.look()
        return self._still.reached

    def _new_limit(self) -> TimeLimit:
        return TimeLimit(self._clock, lambda: LEASE_SECONDS)


async def worked_on(
    entries: Collection[Entry], read: Callable[[Collection[str]], Awaitable[Mapping[str, Entry]]], clock: Clock
) -> set[str]:
    """The ids of those jobs whose owner moves its counter on; to be sure of the others takes as long as a lease.

    ``read`` reads what the journal says now about jobs with some ids.
    """
    first = latest = {entry.record.job_id: entry for entry in entries}
    watches = {job_id: LeaseWatch(clock) for job_id in first}
    working: set[str] = set()
    while True:
        for job_id, watch in list(watches.items()):
            seen, entry = first[job_id], latest.get(job_id)
            if entry is None or entry.record.state.ended or watch.has_ended(entry):
                del watches[job_id]
            elif (entry.owner, entry.heartbeats) != (seen.owner, seen.heartbeats):
                del watches[job_id]
                working.add(job_id)
        if not watches:
            return working
        await clock.sleep(LOOK_SECONDS)
        latest = dict(await read(watches))

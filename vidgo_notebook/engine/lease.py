"""Which process works on a job, and whether that process is surely gone."""

from __future__ import annotations

import os
import uuid
from functools import lru_cache
from pathlib import Path

LEASE_SECONDS = 15.0
HEARTBEAT_SECONDS = 5.0
CONFIRMED_SECONDS = LEASE_SECONDS / 3
"""How long the journal's word that a job is ours is good for, right before the job is sent."""


def new_owner(pid: int | None = None) -> str:
    """A name for a session: the machine where that is known, the process (this one), and a random part."""
    pid = os.getpid() if pid is None else pid
    return f"{machine()}|{pid}|{_started(pid)}|{uuid.uuid4().hex[:12]}"


def surely_gone(owner: str) -> bool:
    """Whether the owner's process ran on this very machine and no longer does.

    False where that is not known: then the job is free only when its lease has expired.
    """
    try:
        where, pid, started, _ = owner.split("|")
        return where == machine() and _started(int(pid)) != started
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


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks; '' if there is none (a pid may be used again)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""

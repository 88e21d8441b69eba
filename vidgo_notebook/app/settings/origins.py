"""Where a setting comes from: the package, the environment, a profile, a frozen store, or the notebook.

The front door imports this module first of all, since what is in the environment at that moment counts as set
outside the notebook: nothing else is imported here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple

_UNDER_PYTEST = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER")
"""What pytest sets: the first for the time of a test, the second (from 8.2 on) and pytest-xdist's own for the whole
run, so also while it imports the tests, and between them."""
_KEY = "VIDGO_API_KEY"

_MOST_ANCESTORS = 32

REHEARSAL = "VIDGO_REHEARSAL"
"""Set for the kernel of ``vidgo check --run``, and so for its subprocesses."""


class Origin(Enum):
    """Who set a value. All but ``NOTEBOOK`` are outside the notebook: it can't raise a limit that they set."""

    PACKAGE = "package"
    ENVIRONMENT = "environment"
    PROFILE = "profile"
    STORE = "frozen store"
    NOTEBOOK = "notebook"


class Given(NamedTuple):
    """A value that was set outside the notebook, and where."""

    value: Any
    origin: Origin


class Outside:
    """What was set outside the notebook, raw: environment variables, and the IPython profile's section ``Vidgo``.

    ``at_start`` is the environment that the process was started with, None where the system does not say: a limit in
    it holds, and only an address in it is trusted, although the first cell may have changed ``os.environ`` before the
    first import.
    """

    def __init__(self, environment: Mapping[str, str], at_start: Mapping[str, str] | None = None) -> None:
        self.environment = environment
        self.at_start = at_start
        self.profile: Mapping[str, Any] = {}
        self._profile_read = False

    def read_profile(self, section: Mapping[str, Any]) -> None:
        """Take the profile's section; only the first call counts, when the extension is first loaded."""
        if not self._profile_read:
            self.profile, self._profile_read = section, True


def _names(variable: str) -> bool:
    return variable in _UNDER_PYTEST or (variable.startswith("VIDGO_") and variable != _KEY)


def started_with(names: Callable[[str], bool]) -> dict[str, str] | None:
    """Where the system keeps it, the environment that this process was started with: the variables that ``names``
    names."""
    try:
        entries = _of_process("self", "environ").split("\0")
    except OSError:
        return None
    pairs = (entry.partition("=") for entry in entries)
    return {variable: text for variable, _, text in pairs if names(variable)}


def _of_process(process: int | str, what: str) -> str:
    with open(f"/proc/{process}/{what}", "rb") as file:  # noqa: PTH123  pathlib is not imported here
        return os.fsdecode(file.read())


outside = Outside({variable: text for variable, text in os.environ.items() if _names(variable)}, started_with(_names))
"""Of this process: the environment as it was when the package was first imported."""


def under_pytest() -> bool:
    """Whether pytest runs, in this process or in the one that started it (as with nbval)."""
    return any(name in environment for name in _UNDER_PYTEST for environment in (outside.environment, os.environ))


def rehearsal() -> str:
    """The folder of the rehearsal that this process belongs to, or '': by the environment that it was started with,
    which its code can't change, by that of the first import, by that of now, or by those of the processes that started
    it, which may have given it another."""
    environments = (outside.at_start or {}, outside.environment, os.environ)
    found = next((folder for environment in environments if (folder := environment.get(REHEARSAL))), "")
    return found or _rehearsal_of_ancestors()


def _rehearsal_of_ancestors() -> str:
    process = os.getppid()
    try:
        for _ in range(_MOST_ANCESTORS):
            if process <= 1:
                break
            for entry in _of_process(process, "environ").split("\0"):
                if entry.startswith(f"{REHEARSAL}="):
                    return entry.partition("=")[2]
            process = int(_of_process(process, "stat").rpartition(")")[2].split()[1])
    except (OSError, ValueError):  # another user's, or a system without this
        pass
    return ""

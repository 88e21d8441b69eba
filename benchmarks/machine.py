"""The line that every table begins with: machine, versions, command."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version


def heading() -> str:
    """Cores, Python, and the versions of what is measured."""
    names = ("vidgo-notebook", "ipython", "httpx", "pillow")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    return f"{machine}, {versions}; {' '.join(sys.argv)}"

"""What every table begins with (machine, versions, command, load), and what a process holds in memory."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def heading(*names: str) -> str:
    """Cores and their load, Python, the versions of what is measured, and the command."""
    measured = ("vidgo-notebook", "ipython", "httpx2", "pillow", *names)
    versions = ", ".join(f"{name} {_version(name)}" for name in measured)
    load = f"load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else "load unknown"
    machine = f"{os.cpu_count()} cores ({load}), {platform.system()}, Python {platform.python_version()}"
    module = Path(sys.argv[0]).stem
    command = "benchmarks" if module == "__main__" else f"benchmarks.{module}"
    return f"{machine}, {versions}; python -m {' '.join([command, *sys.argv[1:]])}\n"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def memory() -> Mapping[str, float]:
    """Megabytes that this process has resident now, and had at most. Linux only."""
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    kilobytes = {words[0]: int(words[1]) for words in lines if words[0] in ("VmRSS:", "VmHWM:")}
    return {"now": kilobytes["VmRSS:"] / 1000, "peak": kilobytes["VmHWM:"] / 1000}

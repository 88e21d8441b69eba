"""`%load_ext vidgo_notebook` in a fresh IPython, beside `%load_ext autoreload` and `import httpx2`.

python -m benchmarks.loading
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from statistics import median

from benchmarks.machine import heading
from benchmarks.row import Row

RUNS = 15
STATEMENTS = {
    "bare": "pass",
    "%load_ext autoreload": "ip.run_line_magic('load_ext', 'autoreload')",
    "import httpx2": "import httpx2",
    "%load_ext vidgo_notebook": "ip.run_line_magic('load_ext', 'vidgo_notebook')",
    "the same, with a journal": "ip.run_line_magic('load_ext', 'vidgo_notebook')",
}
BUY = "import vidgo_notebook as vidgo; vidgo.generate('A red bicycle').result()"
# What a notebook's kernel has imported before its first cell.
PROGRAM = """
import time, ipykernel.ipkernel, ipykernel.zmqshell, sqlite3
from IPython.core.interactiveshell import InteractiveShell
ip = InteractiveShell.instance()
began = time.perf_counter()
{statement}
print(time.perf_counter() - began)
"""


def run(program: str, home: str, journal: str) -> str:
    """What a fresh process prints."""
    environment = {**os.environ, "HOME": home, "VIDGO_MODE": "emulator", "VIDGO_JOURNAL": f"{home}/{journal}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    return subprocess.check_output([sys.executable, "-c", program], env=environment, cwd=home, text=True)


def seconds(name: str, home: str) -> float:
    """One fresh process; what the statement took in it."""
    journal = "used" if name.endswith("journal") else "none"
    return float(run(PROGRAM.format(statement=STATEMENTS[name]), home, journal).split()[-1])


def measure(runs: int) -> dict[str, list[float]]:
    """The seconds of every run, by name."""
    times = {name: list[float]() for name in STATEMENTS}
    with tempfile.TemporaryDirectory() as home:
        run(BUY, home, "used")
        for name in STATEMENTS:
            seconds(name, home)  # writes bytecode, warms the disk
        for _ in range(runs):  # in turns: whatever else the machine does meets all alike
            for name in STATEMENTS:
                times[name].append(seconds(name, home))
    return times


def rows(*, short: bool) -> Iterator[Row]:
    """Loading with and without a journal, beside another extension."""
    took = {name: 1000 * median(times) for name, times in measure(5 if short else RUNS).items()}
    peer = "%load_ext autoreload"
    for name in ("%load_ext vidgo_notebook", "the same, with a journal"):
        yield Row(name, took[name], "ms", peer, took[peer], goal_times=1.0)


def main() -> None:
    print(heading())
    times = measure(RUNS)
    peer = median(times["import httpx2"])
    print(f"{'':28}median ms   worst of {RUNS}   × import httpx2")
    for name, taken in times.items():
        print(f"{name:28}{1000 * median(taken):9.1f}{1000 * max(taken):14.1f}{median(taken) / peer:17.2f}")


if __name__ == "__main__":
    main()

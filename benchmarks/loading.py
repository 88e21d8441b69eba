"""`%load_ext vidgo_notebook` in a fresh IPython, beside `%load_ext autoreload` and `import httpx2`.

python -m benchmarks.loading
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median

from benchmarks.machine import heading

RUNS = 15
STATEMENTS = {
    "bare": "pass",
    "%load_ext autoreload": "ip.run_line_magic('load_ext', 'autoreload')",
    "import httpx2": "import httpx2",
    "%load_ext vidgo_notebook": "ip.run_line_magic('load_ext', 'vidgo_notebook')",
}
# What a notebook's kernel has imported before its first cell.
PROGRAM = """
import time, ipykernel.ipkernel, ipykernel.zmqshell, sqlite3
from IPython.core.interactiveshell import InteractiveShell
ip = InteractiveShell.instance()
began = time.perf_counter()
{statement}
print(time.perf_counter() - began)
"""


def seconds(statement: str, home: str) -> float:
    """One fresh process; what the statement took in it."""
    environment = {**os.environ, "HOME": home, "VIDGO_MODE": "emulator"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    program = PROGRAM.format(statement=statement)
    command = [sys.executable, "-c", program]
    return float(subprocess.check_output(command, env=environment, cwd=home, text=True).split()[-1])


def main() -> None:
    print(heading())
    times = {name: list[float]() for name in STATEMENTS}
    with tempfile.TemporaryDirectory() as home:
        for statement in STATEMENTS.values():
            seconds(statement, home)  # writes bytecode, warms the disk
        for _ in range(RUNS):  # in turns: whatever else the machine does meets all alike
            for name, statement in STATEMENTS.items():
                times[name].append(seconds(statement, home))
    peer = median(times["import httpx2"])
    print(f"{'':28}median ms   worst of {RUNS}   × import httpx2")
    for name, taken in times.items():
        print(f"{name:28}{1000 * median(taken):9.1f}{1000 * max(taken):14.1f}{median(taken) / peer:17.2f}")


if __name__ == "__main__":
    main()

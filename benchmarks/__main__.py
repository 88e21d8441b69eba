"""Every benchmark as one table, each row beside what a user would otherwise have, measured in the same run.

    python -m benchmarks              everything, on a quiet machine
    python -m benchmarks --short      smaller, without a browser; status 1 if a row is worse than twice its goal

Not in the table, as they have axes of their own: python -m benchmarks.cluster and python -m benchmarks.trace.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from benchmarks.machine import heading
from benchmarks.row import TOO_MUCH, Row, head, too_much

NAMES = ("loading", "cell", "waiting", "many", "memory", "planning", "redraw", "notebook_bytes", "responsiveness")
WITH_BROWSER = ("panel",)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", help="some of them, by name")
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args()
    print(heading("httpx", "aiohttp"))
    print(head(), flush=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    rows, variables = list[Row](), dict(os.environ)
    for name in given.names or (NAMES if given.short else NAMES + WITH_BROWSER):
        for row in import_module(f"benchmarks.{name}").rows(short=given.short):
            rows.append(row)
            print(row, flush=True)
        os.environ.clear()
        os.environ.update(variables)  # what one benchmark sets is not meant for the next
    print(f"\nload {os.getloadavg()[0]:.1f} after" if hasattr(os, "getloadavg") else "")
    if given.short and (bad := too_much(rows)):
        sys.exit(f"Worse than {TOO_MUCH:g} × the goal: {', '.join(row.what for row in bad)}.")


if __name__ == "__main__":
    main()

"""What the process holds in memory while it fetches 200 pictures of 20 MB: the files go to disk as they come.

python -m benchmarks.memory         (needs 4 GB of disk for the time it runs)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import as_completed
from pathlib import Path

from benchmarks.machine import heading, memory
from benchmarks.row import Row
from benchmarks.service import TWENTY_MEGABYTES, environment, served


def rows(*, short: bool) -> Iterator[Row]:
    """The most that is held, in a fresh process, beside eight files that are read whole."""
    command = [sys.executable, "-m", "benchmarks.memory", f"--jobs={16 if short else 200}"]
    most = float(subprocess.check_output(command, text=True).split()[-1])
    yield Row("pictures of 20 MB: memory", most, "MB", "8 at a time, each held whole", 160, goal_times=1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    jobs = parser.parse_args().jobs
    print(heading())
    with tempfile.TemporaryDirectory() as folder, served(1.0, TWENTY_MEGABYTES) as base_url:
        os.environ.update(environment(base_url, Path(folder)))
        run(jobs)


def run(jobs: int) -> None:
    """Fetch them all, and tell what is held each time another quarter has come."""
    import vidgo_notebook as vidgo
    from vidgo_notebook.app import connect as vendors  # noqa: F401  what the first job imports
    from vidgo_notebook.app.api import pictures as front  # noqa: F401  what the first job imports

    start, began = memory()["now"], time.perf_counter()
    print(f"pictures of 20 MB   MB above the start   seconds\n{0:17}{0:21.0f}{0:10.1f}")
    batch = vidgo.generate("A red bicycle", takes=jobs, yes=True)
    for count, job in enumerate(as_completed(batch), 1):
        job.result()
        if count % (jobs // 4) == 0:
            print(f"{count:17}{memory()['now'] - start:21.0f}{time.perf_counter() - began:10.1f}", flush=True)
    print(f"at most {memory()['peak'] - start:30.0f}")


if __name__ == "__main__":
    main()

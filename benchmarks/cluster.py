"""Many cheap jobs on the workers of a Dask cluster, against this one process: where the time goes.

    python -m benchmarks.cluster [--jobs 10000] [--workers 0,1,2,4]

0 workers means this process alone. The service answers at once and makes each picture in two seconds, so
what is measured is ours: the journal (PostgreSQL, of Debian's package ``postgresql``), HTTP, and Dask.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import heading
from benchmarks.service import environment, requests_of, served
from tests.stage.postgres import served as postgres

SECONDS = 2.0


def one(workers: int, jobs: int) -> None:
    """One run in this fresh process; a line of the table."""
    from distributed import Client, LocalCluster

    import vidgo_notebook as vidgo

    table = [{"prompt": f"Bicycle {number}"} for number in range(jobs)]
    if not workers:
        _measure(vidgo, table, None, 0)
        return
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0", memory_limit=0) as cluster,
        Client(cluster) as client,
    ):
        _measure(vidgo, table, client, workers)


def _measure(vidgo: object, table: list[dict[str, str]], client: object, workers: int) -> None:
    began = time.perf_counter()
    batch = vidgo.map(table, size="1:1", resolution="1K", yes=True, cluster=client)  # type: ignore[attr-defined]
    ordered = time.perf_counter()
    batch.wait()
    ended = time.perf_counter()
    finished, processor = batch.costs().finished, time.process_time()
    requests = requests_of(os.environ["VIDGO_BASE_URL"])
    print(
        f"{workers or 'none':>7} {finished:>8,} {ordered - began:>11.1f} {ended - ordered:>9.1f} "
        f"{finished / (ended - began):>7.0f} {processor:>13.1f} {requests['submit']:>8,} {requests['status']:>8,}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--workers", default="0,1,2,4")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        one(given.one, given.jobs)
        return
    print(heading("dask", "distributed", "psycopg"))
    print("workers     jobs  planned (s)  done (s)  jobs/s  here, CPU (s)  submits  statuses", flush=True)
    with postgres() as server:
        for workers in map(int, given.workers.split(",")):
            with tempfile.TemporaryDirectory() as folder, served(SECONDS) as base_url:
                variables = {**environment(base_url, Path(folder)), "VIDGO_JOURNAL": server.new_database()}
                variables |= {"PGPASSWORD": "", "HOME": folder, "XDG_CACHE_HOME": folder}
                command = [sys.executable, "-m", "benchmarks.cluster", f"--one={workers}", f"--jobs={given.jobs}"]
                subprocess.run(command, env={**os.environ, **variables}, check=True)


if __name__ == "__main__":
    main()

"""Many cheap jobs on the workers of a Dask cluster, against this one process: how long, and where the time goes.

    python -m benchmarks.cluster [--jobs 10000] [--workers 0,1,2,4]

0 workers means this process alone. The service answers at once and makes each picture in two seconds, so
what is measured is ours: the journal (PostgreSQL, of Debian's package ``postgresql``), HTTP, files, and Dask.
Everything runs on this machine, the service and the database too: more workers than cores do not help here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import heading
from benchmarks.service import environment, requests_of, served
from tests.fixtures.postgres import served as postgres

SECONDS = 2.0

_WORK = {
    "vidgo-engine": "HTTP and states",
    "vidgo-journal": "journal",
    "vidgo-files": "files",
    "vidgo-turns": "leases",
}
"""What the threads of the package do, by the beginnings of their names."""


def one(workers: int, jobs: int) -> None:
    """One run in this fresh process; its lines of the table."""
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


def _measure(vidgo: Any, table: list[dict[str, str]], client: Any, workers: int) -> None:
    before = _spent_everywhere(client)
    began = time.perf_counter()
    batch = vidgo.map(table, size="1:1", resolution="1K", yes=True, cluster=client)
    ordered = time.perf_counter()
    batch.wait()
    ended = time.perf_counter()
    finished, spent = batch.costs().finished, _spent_everywhere(client) - before
    requests = requests_of(os.environ["VIDGO_BASE_URL"])
    print(
        f"{workers or 'none':>7} {finished:>8,} {ordered - began:>11.1f} {ended - ordered:>9.1f} "
        f"{finished / (ended - began):>7.0f} {requests['submit']:>8,} {requests['status']:>9,}",
        f"        CPU, ms a job: {_per_job(spent, finished)}",
        sep="\n",
        flush=True,
    )


def _per_job(seconds: Counter[str], jobs: int) -> str:
    return ", ".join(f"{work} {1000 * spent / jobs:.1f}" for work, spent in seconds.most_common())


def _spent_everywhere(client: Any) -> Counter[str]:
    """Seconds of CPU until now, by what they were spent on: here and on the workers."""
    spent = _spent("notebook")
    for there in client.run(_spent, "Dask on workers").values() if client else ():
        spent += there
    return spent


def _spent(others: str) -> Counter[str]:
    """Seconds of CPU of this process, by the work of its threads; ``others`` is what the rest of them do."""
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    spent: Counter[str] = Counter()
    for thread in psutil.Process().threads():
        works = [work for prefix, work in _WORK.items() if names.get(thread.id, "").startswith(prefix)]
        spent[works[0] if works else others] += thread.user_time + thread.system_time  # type: ignore[assignment]
    return spent


def _spent_by_servers() -> Counter[str]:
    """Seconds of CPU of the servers that this process started, by their names."""
    spent: Counter[str] = Counter()
    for process in psutil.Process().children():
        name = "PostgreSQL" if process.name() == "postgres" else "the service"
        spent[name] += sum(process.cpu_times()[:4])  # type: ignore[assignment]  # with the children it has seen end
    return spent


def _bytes_of(journal: str) -> int:
    import psycopg

    with psycopg.connect(journal) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


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
    print("workers     jobs  planned (s)  done (s)  jobs/s  submits  statuses", flush=True)
    with postgres() as server:
        for workers in map(int, given.workers.split(",")):
            with tempfile.TemporaryDirectory() as folder, served(SECONDS) as base_url:
                journal = server.new_database()
                variables = {**environment(base_url, Path(folder)), "VIDGO_JOURNAL": journal}
                variables |= {"PGPASSWORD": "", "HOME": folder, "XDG_CACHE_HOME": folder}
                command = [sys.executable, "-m", "benchmarks.cluster", f"--one={workers}", f"--jobs={given.jobs}"]
                before, empty = _spent_by_servers(), _bytes_of(journal)
                subprocess.run(command, env={**os.environ, **variables}, check=True)
                time.sleep(1)  # until PostgreSQL has seen its own children end
                print(f"        and beside them: {_per_job(_spent_by_servers() - before, given.jobs)}")
                records = [path.stat().st_size for path in Path(folder, ".vidgo", "results").iterdir()]
                kept = (_bytes_of(journal) - empty) / given.jobs, sum(records) / given.jobs
                print(
                    "        kB a job: journal {:.1f}, record {:.1f}".format(*(size / 1000 for size in kept)),
                    flush=True,
                )


if __name__ == "__main__":
    main()

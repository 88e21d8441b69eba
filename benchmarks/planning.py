"""A table of 20,000 rows is planned: processor time and memory until the price is known, with a store in a folder and
with one in a bucket, whose requests are counted.

python -m benchmarks.planning
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.machine import heading, memory
from benchmarks.row import Row
from benchmarks.service import environment

ROWS = 20_000
STORES = {"folder": "", "bucket": "memory://bucket/.vidgo"}


def one(store: str, rows: int) -> dict[str, float]:
    """Plan in this fresh process; seconds of processor time, megabytes, and what was asked of store and journal."""
    from vidgo_notebook.app.plan.table_plan import plan_map
    from vidgo_notebook.app.process import current_session
    from vidgo_notebook.store.journal.sqlite import Sqlite

    asked = {"listings": 0, "other": 0, "queries": 0}
    if store:
        from fsspec.implementations.memory import MemoryFileSystem as Bucket

        def counted(name: str, kind: str) -> None:
            real = getattr(Bucket, name)

            def call(*args: object, **keywords: object) -> object:
                asked[kind] += 1
                return real(*args, **keywords)

            setattr(Bucket, name, call)

        counted("ls", "listings")
        for name in ("info", "_open", "cat_file", "exists"):
            counted(name, "other")
    table = [{"prompt": f"A bicycle in street {number}"} for number in range(rows)]
    session = current_session()
    str(plan_map(session, table[:1], {}, {}).price)  # what the first plan imports and opens
    read = Sqlite.read

    def counted_read(self: Sqlite, sql: str, values: object) -> list[object]:
        asked["queries"] += 1
        return read(self, sql, values)  # type: ignore[arg-type]

    Sqlite.read = counted_read  # type: ignore[method-assign]
    asked.update(dict.fromkeys(asked, 0))
    before, began = memory()["now"], time.process_time()
    plan = plan_map(session, table, {}, {})
    assert len(plan.price.requests) == rows
    return {"seconds": time.process_time() - began, "memory": memory()["peak"] - before, **asked}


def hashed(rows: int) -> float:
    """Seconds of processor time for a digest of each row's JSON: what knowing them again costs at least."""
    from hashlib import sha256

    began = time.process_time()
    for number in range(rows):
        sha256(json.dumps({"prompt": f"A bicycle in street {number}", "take": 1}, sort_keys=True).encode()).hexdigest()
    return time.process_time() - began


def measure(store: str, rows: int) -> dict[str, float]:
    """One plan, in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        variables = environment("https://api.vidgo.ai", Path(folder)) | {"HOME": folder, "XDG_CACHE_HOME": folder}
        if STORES[store]:
            variables["VIDGO_STORE"] = STORES[store]
        command = [sys.executable, "-m", "benchmarks.planning", "--one", store, f"--rows={rows}"]
        measured: dict[str, float] = json.loads(
            subprocess.check_output(command, env={**os.environ, **variables}, text=True).splitlines()[-1]
        )
        return measured


def rows(*, short: bool) -> Iterator[Row]:
    """Both stores, time and memory, and the requests to the bucket."""
    del short  # it takes seconds
    least = hashed(ROWS)
    for store in STORES:
        measured = measure(store, ROWS)
        what = f"plan of {ROWS:,} rows, store in a {store}"
        yield Row(what, measured["seconds"], "s CPU", "a digest of each row's JSON", least, goal=3.0)
        yield Row(f"{what}: memory", measured["memory"], "MB", "", goal=150)
        if store == "bucket":
            asked = measured["listings"] + measured["other"]
            yield Row(f"{what}: requests", asked, "", "one a row", ROWS, goal=10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(STORES[given.one], given.rows)))
        return
    print(heading("fsspec"))
    print(f"{given.rows:,} rows, store in a    CPU s       MB   listings   other requests   queries of the journal")
    for store in STORES:
        found = measure(store, given.rows)
        print(
            f"{store:24}{found['seconds']:9.2f}{found['memory']:9.0f}{found['listings']:11.0f}{found['other']:17.0f}"
            f"{found['queries']:25.0f}"
        )


if __name__ == "__main__":
    main()

"""1,000 jobs of 2 s with a file of 1 MB each, from the first request to the last file on disk, side by side:

this package with journal and store on; httpx, httpx2 and aiohttp with at most 8 requests at a time, asking for
each job's status once a second and writing the files down, and nothing else.

python -m benchmarks.many            (httpx and aiohttp: pip install --group bench)
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from math import nan
from pathlib import Path
from statistics import median

from benchmarks.machine import heading, memory
from benchmarks.row import Row
from benchmarks.service import ONE_MEGABYTE, environment, requests_of, served

AT_A_TIME = 8
POLL_SECONDS = 1.0
SUBMIT, STATUS = "/api/generate/submit", "/api/generate/status/"
Report = dict[str, float]
Get = Callable[[str], Awaitable[bytes]]
Post = Callable[[str, dict[str, object]], Awaitable[bytes]]


def now() -> tuple[float, float]:
    """Seconds on the wall, and seconds of processor time that this process had."""
    return time.perf_counter(), time.process_time()


def report(began: tuple[float, float], before: float, arrived: int) -> Report:
    """What it took since ``began``, and how much more memory than the ``before`` megabytes."""
    wall, processor = (end - start for end, start in zip(now(), began, strict=True))
    return {"seconds": wall, "processor": processor, "arrived": arrived, "memory": memory()["peak"] - before}


def ours(base_url: str, folder: Path, jobs: int) -> Report:
    """``vidgo.generate`` as a script has it."""
    os.environ.update(environment(base_url, folder))
    import vidgo_notebook as vidgo
    from vidgo_notebook.app import connect as vendors  # noqa: F401  what the first job imports
    from vidgo_notebook.app.api import pictures as front  # noqa: F401  what the first job imports

    before, began = memory()["now"], now()
    batch = vidgo.generate("A red bicycle", takes=jobs, yes=True)
    arrived = sum(job.exception() is None for job in batch)
    return report(began, before, arrived)


def with_httpx(base_url: str, folder: Path, jobs: int, library: str = "httpx") -> Report:
    """A semaphore around each request, and nothing else that a careful hand would not write."""
    httpx = import_module(library)

    async def work() -> Report:
        before, began = memory()["now"], now()
        async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:

            async def get(url: str) -> bytes:
                return (await client.get(url)).raise_for_status().content

            async def post(url: str, body: dict[str, object]) -> bytes:
                return (await client.post(url, json=body)).raise_for_status().content

            arrived = await bare(get, post, folder, jobs)
        return report(began, before, arrived)

    return asyncio.run(work())


def with_httpx2(base_url: str, folder: Path, jobs: int) -> Report:
    """The same with httpx2, which this package uses."""
    return with_httpx(base_url, folder, jobs, "httpx2")


def with_aiohttp(base_url: str, folder: Path, jobs: int) -> Report:
    """The same with aiohttp."""
    import aiohttp

    async def work() -> Report:
        before, began = memory()["now"], now()
        async with aiohttp.ClientSession(base_url=base_url, raise_for_status=True) as client:

            async def get(url: str) -> bytes:
                async with client.get(url) as response:
                    return await response.read()

            async def post(url: str, body: dict[str, object]) -> bytes:
                async with client.post(url, json=body) as response:
                    return await response.read()

            arrived = await bare(get, post, folder, jobs)
        return report(began, before, arrived)

    return asyncio.run(work())


async def bare(get: Get, post: Post, folder: Path, jobs: int) -> int:
    """Submit, ask once a second, write the file; how many files came."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def one(number: int) -> None:
        fields = {"prompt": f"A red bicycle {number}", "quality": "low"}
        async with turns:
            answer = await post(SUBMIT, {"model": "gpt-image-2", "input": fields})
        task = json.loads(answer)["data"]["task_id"]
        while True:
            await asyncio.sleep(POLL_SECONDS)
            async with turns:
                status = json.loads(await get(STATUS + task))["data"]
            if status["status"] == "finished":
                break
        async with turns:
            data = await get(status["files"][0]["file_url"])
        (folder / f"{number}.png").write_bytes(data)

    outcomes = await asyncio.gather(*map(one, range(jobs)), return_exceptions=True)
    return sum(outcome is None for outcome in outcomes)


CLIENTS: dict[str, Callable[[str, Path, int], Report]] = {
    "httpx, 8 at a time": with_httpx,
    "httpx2, 8 at a time": with_httpx2,
    "aiohttp, 8 at a time": with_aiohttp,
    "vidgo_notebook": ours,
}


def measure(client: str, jobs: int) -> Report:
    """One client in a fresh process, against a fresh server, in a fresh folder."""
    with tempfile.TemporaryDirectory() as folder, served(2.0, ONE_MEGABYTE) as base_url:
        command = [sys.executable, "-m", "benchmarks.many", "--client", client, base_url, folder, f"--jobs={jobs}"]
        measured: Report = json.loads(subprocess.check_output(command, text=True))
        return {**measured, "requests": requests_of(base_url).total()}


def run(jobs: int, rounds: int) -> dict[str, list[Report]]:
    """The reports of every client that is installed, of each round."""
    names = [name for name in CLIENTS if name == "vidgo_notebook" or find_spec(name.partition(",")[0])]
    runs = {name: list[Report]() for name in names}
    for _ in range(rounds):  # in turns: whatever else the machine does meets all alike
        for name in names:
            runs[name].append(measure(name, jobs))
    return runs


def rows(*, short: bool) -> Iterator[Row]:
    """Seconds beside httpx and httpx2, processor time beside httpx2, and memory: the best of the rounds, since
    whatever else the machine does only adds; of memory the most."""
    jobs = 200 if short else 1000
    runs = run(jobs, 2 if short else 3)
    best = {
        name.partition(",")[0]: {
            key: (max if key == "memory" else min)(each[key] for each in reports) for key in reports[0]
        }
        for name, reports in runs.items()
    }
    ours, what = best["vidgo_notebook"], f"{jobs:,} jobs of 2 s, 1 MB each"
    assert ours["arrived"] == jobs
    for peer, goal in {"httpx": 1.0, "httpx2": 1.6}.items():
        if peer in best:
            yield Row(what, ours["seconds"], "s", f"{peer}, no journal", best[peer]["seconds"], goal_times=goal)
    took, theirs = (1000 * each["processor"] / jobs for each in (ours, best["httpx2"]))
    yield Row(f"{what}: each", took, "ms CPU", "httpx2, no journal", theirs, goal_times=8 / 4.5)
    yield Row(f"{what}: memory", ours["memory"], "MB", "httpx2, no journal", best["httpx2"]["memory"], goal=60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--client", nargs=3, metavar=("NAME", "URL", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.client:
        name, base_url, folder = given.client
        print(json.dumps(CLIENTS[name](base_url, Path(folder), given.jobs)))
        return
    print(heading("httpx", "aiohttp"))
    show(run(given.jobs, given.rounds), given.jobs)


def show(runs: dict[str, list[Report]], jobs: int) -> None:
    """Medians of all rounds; the ratio is that of the same round."""
    columns = "arrived    seconds  × httpx  × httpx2   processor s   MB above imports   requests"
    print(f"{f'{jobs:,} jobs of 2 s':27}{columns}")
    peers = [runs.get(f"{name}, 8 at a time", []) for name in ("httpx", "httpx2")]
    for name, reports in runs.items():
        ratios = [
            median(mine["seconds"] / its["seconds"] for mine, its in zip(reports, peer, strict=True)) if peer else nan
            for peer in peers
        ]
        middle = {key: median(report[key] for report in reports) for key in reports[0]}
        print(
            f"{name:24}{middle['arrived']:10,.0f}{middle['seconds']:11.2f}{ratios[0]:9.2f}{ratios[1]:10.2f}{middle['processor']:14.1f}"
            f"{middle['memory']:19.0f}{middle['requests']:11,.0f}"
        )


if __name__ == "__main__":
    main()

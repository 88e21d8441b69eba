"""How late the kernel's main thread is for what it has to do while 200 jobs run: its event loop wants to wake
every 5 ms, and each delay beyond that is counted.

python -m benchmarks.responsiveness
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.kernel import fresh_kernel
from benchmarks.machine import heading
from benchmarks.row import Row
from benchmarks.service import ONE_MEGABYTE, environment, served

JOBS = 200
TICKER = """
import asyncio, time, json
async def tick():
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        delays.append(time.perf_counter() - began - 0.005)
"""
WORK = {
    "idle": "await asyncio.sleep(5)",
    "a thread that only counts": """
import threading
end = time.perf_counter() + 5
def count():
    while time.perf_counter() < end: pass
threading.Thread(target=count).start()
await asyncio.sleep(5)""",
    f"{JOBS} jobs": f"""
import vidgo_notebook as vidgo
batch = vidgo.generate("A red bicycle", takes={JOBS}, yes=True)
while not all(job.done() for job in batch): await asyncio.sleep(0.05)
assert len(batch.results()) == {JOBS}""",
    f"{JOBS} jobs, each on the page": f"""
get_ipython().run_cell_magic("vidgo", "others --takes {JOBS} --yes", "A blue bicycle")
while not all(job.done() for job in others): await asyncio.sleep(0.05)
assert len(others.results()) == {JOBS}""",
}


def delays_during(client: object, work: str) -> list[float]:
    """Seconds by which the loop woke too late, in order of size."""
    code = f"delays = []\nticking = asyncio.create_task(tick())\n{work}\nticking.cancel()\nprint(json.dumps(delays))"
    said: list[str] = []

    def note(message: dict[str, object]) -> None:
        content = message["content"]
        if message["msg_type"] == "error":
            raise RuntimeError("\n".join(content["traceback"]))  # type: ignore[index]
        said.append(content.get("text", ""))  # type: ignore[attr-defined]

    client.execute_interactive(code, allow_stdin=True, output_hook=note, timeout=300)  # type: ignore[attr-defined]
    return sorted(json.loads("".join(said)))


def measure(names: list[str]) -> Iterator[tuple[str, list[float]]]:
    """The delays during each kind of work, in one kernel."""
    with tempfile.TemporaryDirectory() as folder, served(5.0, ONE_MEGABYTE) as base_url:
        os.environ.update(environment(base_url, Path(folder)))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        with fresh_kernel() as client:
            client.execute_interactive("%load_ext vidgo_notebook\n" + TICKER, silent=True)
            for name in names:
                yield name, delays_during(client, WORK[name])


def late(delays: list[float]) -> float:
    """The delay that 99 of 100 are below."""
    return delays[int(len(delays) * 0.99)]


def rows(*, short: bool) -> Iterator[Row]:
    """Jobs beside a thread that keeps a processor busy."""
    del short  # it takes seconds
    names = list(WORK)
    found = {name: 1000 * late(delays) for name, delays in measure(names[1:])}
    for name in names[2:]:
        yield Row(f"{name}: main thread late, p99", found[name], "ms", names[1], found[names[1]], goal_times=1.0)


def main() -> None:
    print(heading())
    print("the main thread is late by, ms      median       p99     worst    ticks")
    for name, delays in measure(list(WORK)):
        middle = delays[len(delays) // 2]
        print(f"{name:32}{1000 * middle:10.2f}{1000 * late(delays):10.2f}{1000 * delays[-1]:10.2f}{len(delays):9}")


if __name__ == "__main__":
    main()

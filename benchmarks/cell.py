"""How soon a `%%vidgo` cell gives the prompt back, with a person there: the first one, written after `%load_ext` or
run together with it; later ones, every half second, as somebody quick runs them, and as fast as they can be sent, as
Run All does.

Beside them an empty cell, every half second too: some before the package is loaded, and some when all jobs have
ended, so that neither the package nor a moment in which the machine was busy makes them slower.

With the emulator, which draws in the kernel itself, and with a service in a process of its own.

python -m benchmarks.cell
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.kernel import fresh_kernel
from benchmarks.machine import heading
from benchmarks.row import Row
from benchmarks.service import ONE_MEGABYTE, environment, served

KERNELS = 5
CELLS = 10
EMPTY_CELLS = 5  # before, and as many after
PAUSE = 0.5  # seconds
WRITING = 2.0  # seconds for a first cell: a short prompt
FIRST = {"the first, written": WRITING, "the first, run with it": 0.0}
Times = dict[str, list[float]]


def returned_after(client: object, code: str) -> float:
    """Milliseconds from sending a cell to the kernel's reply."""
    began = time.perf_counter()
    client.execute(code, allow_stdin=True, reply=True, timeout=60)  # type: ignore[attr-defined]
    return 1000 * (time.perf_counter() - began)


def empty_cells(client: object) -> list[float]:
    """The times of some empty cells, half a second apart."""
    taken = []
    for _ in range(EMPTY_CELLS):
        time.sleep(PAUSE)
        taken.append(returned_after(client, "pass"))
    return taken


def measure(surroundings: dict[str, str], kernels: int = KERNELS) -> Times:
    """Every time that was taken in some fresh kernels for each way to the first cell, by kind of cell."""
    times: Times = defaultdict(list)
    for kernel in range(kernels):
        for first, writing in FIRST.items():
            with fresh_kernel(surroundings) as client:
                times["an empty cell"] += empty_cells(client)
                client.execute("%load_ext vidgo_notebook", reply=True)
                time.sleep(writing)
                times[first].append(returned_after(client, f"%%vidgo\nIn kernel {kernel}: {first}"))
                measure_later(client, times, f"of kernel {kernel}, after {first}")
                times["an empty cell"] += empty_cells(client)
    return times


def measure_later(client: object, times: Times, name: str) -> None:
    """Add the times of the cells after the first one of a kernel."""
    for number in range(CELLS):
        time.sleep(PAUSE)
        times["half a second later"].append(returned_after(client, f"%%vidgo\n{number} {name}"))
    for number in range(CELLS):
        times["at once"].append(returned_after(client, f"%%vidgo\n{number} at once {name}"))
    # Else the next kernel's %load_ext finds jobs under way, and loads for it what its first cell would load.
    client.execute("%vidgo wait", reply=True, timeout=60)  # type: ignore[attr-defined]


def show(service: str, times: Times) -> None:
    """A line for each kind of cell."""
    for name, taken in times.items():
        ratio = median(taken) / median(times["an empty cell"])
        print(f"{service:10}{name:24}{median(taken):9.1f}{max(taken):8.1f}{ratio:18.1f}")


def rows(*, short: bool) -> Iterator[Row]:
    """The first cell and later ones, with a service; the goals, 60 and 12 ms, are those of a machine on which an
    empty cell takes 4.5."""
    with tempfile.TemporaryDirectory() as home, served(2.0, ONE_MEGABYTE) as url:
        times = {
            name: median(taken) for name, taken in measure(environment(url, Path(home)), 2 if short else 5).items()
        }
    for name, kind, goal in (
        ("the first %%vidgo cell, written in 2 s", "the first, written", 60),
        ("  the first, run together with %load_ext", "the first, run with it", 60),
        ("a later %%vidgo cell", "half a second later", 12),
    ):
        yield Row(name, times[kind], "ms", "an empty cell", times["an empty cell"], goal_times=goal / 4.5)


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(heading())
    print(f"{'':34}median ms   worst   × an empty cell")
    with tempfile.TemporaryDirectory() as home:
        places = {"VIDGO_JOURNAL": f"{home}/journal", "VIDGO_STORE": f"{home}/store"}
        show("emulator", measure({"VIDGO_MODE": "emulator", **places}))
    with tempfile.TemporaryDirectory() as home, served(2.0, ONE_MEGABYTE) as url:
        show("service", measure(environment(url, Path(home))))


if __name__ == "__main__":
    main()

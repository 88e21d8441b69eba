"""Run All once more, with a person there: 20 stored pictures in a fresh kernel, from the first cell to the last picture
on the page.

Whoever clones a repository has no previews of its pictures yet; they are made at the first run and kept. Noise, which
nothing makes small, is the worst case: its PNG is hardly compressed, so that decoding takes a quarter of the time.

python -m benchmarks.redraw
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from PIL import Image

from benchmarks.kernel import fresh_kernel
from benchmarks.machine import heading
from benchmarks.row import Row
from benchmarks.service import environment, requests_of, served

PICTURES, RUNS = 20, 5
SIZE = (1024, 1024)  # pixels
Times = dict[str, list[float]]
CELLS = ["%load_ext vidgo_notebook"]
CELLS += [f"%%vidgo --quality low --size 1:1 --resolution 1K\nPicture {number}" for number in range(PICTURES)]


def run_all(cells: list[str] = CELLS) -> float:
    """Run a notebook in a fresh kernel as JupyterLab does, all cells sent at once; the seconds to the last picture."""
    with fresh_kernel() as client:
        began = time.perf_counter()
        for cell in cells:
            client.execute(cell, allow_stdin=True)
        came = 0
        while came < PICTURES:
            message = client.get_iopub_msg(timeout=60)
            if message["msg_type"] == "error":
                raise RuntimeError("\n".join(message["content"]["traceback"]))
            came += any(kind in message["content"].get("data", {}) for kind in ("image/png", "image/jpeg"))
        return time.perf_counter() - began


def forget_previews(folder: Path) -> None:
    """As after a fresh clone."""
    shutil.rmtree(folder / "cache")


def decoded(folder: Path) -> float:
    """Seconds to decode the stored pictures, two at a time."""
    files = sorted(folder.glob(".vidgo/objects/*/*"))
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda file: Image.open(file).load(), files))
    return time.perf_counter() - began


@contextmanager
def bought(*, scene: bool = True) -> Iterator[Path]:
    """A folder with a store, in which the cells' pictures are."""
    with tempfile.TemporaryDirectory() as home, served(0.1, SIZE, scene=scene) as base_url:
        folder = Path(home)
        os.environ.update(environment(base_url, folder), XDG_CACHE_HOME=str(folder / "cache"))
        run_all()
        requests = requests_of(base_url).total()
        yield folder
        assert requests_of(base_url).total() == requests


def measure(folder: Path, runs: int) -> Times:
    """Seconds of every run, by what was run."""
    files = sorted(folder.glob(".vidgo/objects/*/*"))
    plain = ["from IPython.display import Image"] + [f"Image({str(file)!r})" for file in files]
    times: Times = defaultdict(list)
    for _ in range(runs):  # in turns: whatever else the machine does meets all alike
        times["again"].append(run_all())
        times["Image(file)"].append(run_all(plain))
        forget_previews(folder)
        times["no previews"].append(run_all())
        times["decoding"].append(decoded(folder))
    return times


def added(times: Times) -> float:
    """Seconds that the previews add, at the median."""
    return max(0.0, median(cold - warm for cold, warm in zip(times["no previews"], times["again"], strict=True)))


def rows(*, short: bool) -> Iterator[Row]:
    """All cells once more: with previews, beside cells that show the files; and what making the previews adds,
    beside decoding the pictures."""
    with bought() as folder:
        times = measure(folder, 3 if short else RUNS)
    warm, theirs, decoding = (median(times[name]) for name in ("again", "Image(file)", "decoding"))
    yield Row(f"{PICTURES} stored pictures again", warm, "s", "cells with Image(file)", theirs, goal=1.0)
    yield Row(
        "  what previews add, not made yet", added(times), "s", "decoding, two at a time", decoding, goal_times=1.2
    )


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(heading())
    print(f"{PICTURES} pictures of {SIZE[0]} × {SIZE[1]}, median seconds of {RUNS} runs   scenes   noise")
    found = []
    for scene in (True, False):
        with bought(scene=scene) as folder:
            found.append(measure(folder, RUNS))
    for name in found[0]:
        print(f"{name:56}" + "".join(f"{median(times[name]):9.2f}" for times in found))
    print(f"{'what previews add ÷ decoding':56}" + "".join(f"{added(t) / median(t['decoding']):9.2f}" for t in found))


if __name__ == "__main__":
    main()

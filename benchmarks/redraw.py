"""Run All once more: 20 stored pictures in a fresh kernel, from the first cell to the last picture on the page.

Whoever clones a repository has no previews of its pictures yet; they are made at the first run and kept.

python -m benchmarks.redraw
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from jupyter_client.manager import start_new_kernel
from PIL import Image

from benchmarks.machine import heading
from benchmarks.row import Row
from benchmarks.service import environment, requests_of, served

PICTURES, RUNS = 20, 3
CELLS = ["%load_ext vidgo_notebook"]
CELLS += [f"%%vidgo --quality low --size 1:1 --resolution 1K\nPicture {number}" for number in range(PICTURES)]


def run_all(cells: list[str] = CELLS) -> tuple[float, int]:
    """Run a notebook in a fresh kernel; the seconds it took, and the pictures that came."""
    pictures: list[str] = []

    def note(message: dict[str, object]) -> None:
        data = message["content"].get("data", {})  # type: ignore[attr-defined]
        pictures.extend(kind for kind in data if kind in ("image/png", "image/jpeg"))

    manager, client = start_new_kernel()
    began = time.perf_counter()
    for cell in cells:
        client.execute_interactive(cell, allow_stdin=False, output_hook=note, timeout=60)
    taken = time.perf_counter() - began
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return taken, len(pictures)


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


def rows(*, short: bool) -> Iterator[Row]:
    """All cells once more: with previews, beside cells that show the files; and what making the previews adds,
    beside decoding the pictures."""
    with tempfile.TemporaryDirectory() as home, served(0.1, (1024, 1024)) as base_url:
        folder = Path(home)
        os.environ.update(environment(base_url, folder), XDG_CACHE_HOME=str(folder / "cache"))
        run_all()
        files = sorted(folder.glob(".vidgo/objects/*/*"))
        plain = ["from IPython.display import Image"] + [f"Image({str(file)!r})" for file in files]
        bought = requests_of(base_url).total()
        warm, cold, theirs, decoding = list[float](), list[float](), list[float](), list[float]()
        for _ in range(1 if short else RUNS):
            warm.append(run_all()[0])
            theirs.append(run_all(plain)[0])
            forget_previews(folder)
            cold.append(run_all()[0] - warm[-1])
            decoding.append(decoded(folder))
        assert requests_of(base_url).total() == bought
    yield Row(
        f"{PICTURES} stored pictures again", median(warm), "s", "cells with Image(file)", median(theirs), goal=1.0
    )
    added = max(median(cold), 0.0)
    yield Row(
        "  what previews add, not made yet", added, "s", "decoding, two at a time", median(decoding), goal_times=1.2
    )


def main() -> None:
    print(heading())
    with tempfile.TemporaryDirectory() as home, served(0.1, (1024, 1024)) as base_url:
        folder = Path(home)
        os.environ.update(environment(base_url, folder), XDG_CACHE_HOME=str(folder / "cache"))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        bought, came = run_all()
        print(f"{PICTURES} pictures of 1024 × 1024   seconds   pictures   requests")
        print(f"bought{bought:30.2f}{came:11}{requests_of(base_url).total():11}")
        for name, prepare in {"again": lambda: None, "again, no previews": lambda: forget_previews(folder)}.items():
            before, runs = requests_of(base_url).total(), list[float]()
            for _ in range(RUNS):
                prepare()
                taken, came = run_all()
                runs.append(taken)
            requests = requests_of(base_url).total() - before
            print(f"{name:20}{median(runs):16.2f}{came:11}{requests:11}")


if __name__ == "__main__":
    main()

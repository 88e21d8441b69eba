"""Run All once more: 20 stored pictures in a fresh kernel, from the first cell to the last picture on the page.

Whoever clones a repository has no previews of its pictures yet; they are made at the first run and kept.

python -m benchmarks.redraw
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from jupyter_client.manager import start_new_kernel

from benchmarks.machine import heading
from benchmarks.service import environment, requests_of, served

PICTURES, RUNS = 20, 3
CELLS = ["%load_ext vidgo_notebook"]
CELLS += [f"%%vidgo --quality low --size 1:1 --resolution 1K\nPicture {number}" for number in range(PICTURES)]


def run_all() -> tuple[float, int]:
    """Run the notebook in a fresh kernel; the seconds it took, and the pictures that came."""
    pictures: list[str] = []

    def note(message: dict[str, object]) -> None:
        data = message["content"].get("data", {})  # type: ignore[attr-defined]
        pictures.extend(kind for kind in data if kind in ("image/png", "image/jpeg"))

    manager, client = start_new_kernel()
    began = time.perf_counter()
    for cell in CELLS:
        client.execute_interactive(cell, allow_stdin=False, output_hook=note, timeout=60)
    taken = time.perf_counter() - began
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return taken, len(pictures)


def forget_previews(folder: Path) -> None:
    """As after a fresh clone."""
    shutil.rmtree(folder / "cache")


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

"""What one picture adds to the notebook's file: a `%%vidgo` cell beside `IPython.display.Image`.

Noise is the worst case there is: no picture makes a larger file. Drawn pictures come from the emulator.

python -m benchmarks.notebook_bytes
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from benchmarks.kernel import execute
from benchmarks.machine import heading
from benchmarks.row import Row
from benchmarks.service import environment, served

SIZES = {(1024, 1024): "--size 1:1 --resolution 1K", (3840, 2160): "--size 16:9 --resolution 4K"}


def megabytes(options: str, variables: dict[str, str], folder: Path) -> tuple[float, float]:
    """What the cell's output adds to the file, and what ``Image`` adds with the same picture."""
    os.environ.update(variables)
    sources = (
        "%load_ext vidgo_notebook",
        f"%%vidgo picture --quality low {options}\nA red bicycle",
        "import IPython.display\nIPython.display.Image(picture.result().bytes)",
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    execute(notebook, folder)
    _, ours, plain = notebook.cells
    return _added_by(notebook, ours), _added_by(notebook, plain)


def _added_by(notebook: nbformat.NotebookNode, cell: nbformat.NotebookNode) -> float:
    whole, outputs = len(nbformat.writes(notebook)), cell.outputs
    cell.outputs = []
    without = len(nbformat.writes(notebook))
    cell.outputs = outputs
    return (whole - without) / 1e6


def rows(*, short: bool) -> Iterator[Row]:
    """Noise, the worst case, of each size."""
    for (width, height), options in list(SIZES.items())[: 1 if short else None]:
        with tempfile.TemporaryDirectory() as folder, served(0.1, (width, height)) as base_url:
            ours, plain = megabytes(options, environment(base_url, Path(folder)), Path(folder))
        yield Row(f"{width} × {height} in the notebook's file", ours, "MB", "IPython.display.Image", plain, goal=0.15)


def main() -> None:
    print(heading("nbclient"))
    print("picture                   IPython.display.Image, MB   %%vidgo, MB   share")
    for (width, height), options in SIZES.items():
        with tempfile.TemporaryDirectory() as folder, served(0.1, (width, height)) as base_url:
            noise = megabytes(options, environment(base_url, Path(folder)), Path(folder))
        with tempfile.TemporaryDirectory() as folder:
            variables = environment("", Path(folder)) | {"VIDGO_MODE": "emulator"}
            drawn = megabytes(options, variables, Path(folder))
        for kind, (ours, plain) in {"noise": noise, "drawn": drawn}.items():
            print(f"{f'{width} × {height}, {kind}':26}{plain:25.2f}{ours:14.3f}{ours / plain:8.1%}")


if __name__ == "__main__":
    main()

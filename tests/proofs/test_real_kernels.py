"""Notebooks run in real kernels: at once in two of them, and again."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.fixtures.counting_emulator import CountingEmulator, dot, served
from tests.fixtures.jupyter_kernels import environment, notebook_of, pictures_in, run_notebook
from vidgo_notebook.emulator import Emulator

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "01-quickstart.ipynb"
CELLS = [f"%%vidgo --quality low --size 1:1 --resolution 1K\nA kettle in colour {number}" for number in range(6)]


def test_two_kernels_that_run_one_notebook_at_once_buy_each_picture_once_and_both_show_all(tmp_path: Path) -> None:
    emulator = CountingEmulator(latency=0.5)
    notebooks = [notebook_of("%load_ext vidgo_notebook", *CELLS) for _ in range(2)]
    with served(emulator) as url:
        envs = [environment(tmp_path, url, store=store) for store in ("one", "two")]
        threads = [
            threading.Thread(target=run_notebook, args=(notebook, tmp_path, env))
            for notebook, env in zip(notebooks, envs, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert emulator.accepted == {f"A kettle in colour {number}": 1 for number in range(6)}
    assert [pictures_in(notebook) for notebook in notebooks] == [6, 6]
    assert emulator.charged == 12  # six at 2 credits


@pytest.mark.full
def test_the_quickstart_run_again_sends_nothing_and_shows_the_same(tmp_path: Path) -> None:
    emulator = Emulator(latency=0.0, draw=dot)
    with served(emulator) as url:
        env = environment(tmp_path, url, mode="emulator")
        first = run_notebook(nbformat.read(QUICKSTART, as_version=4), tmp_path, env)
        calls = emulator.count()
        second = run_notebook(nbformat.read(QUICKSTART, as_version=4), tmp_path, env)
        assert emulator.count() == calls
    assert emulator.count("submit") == 5  # hero, the coffee pot, two takes of a boat, the street
    assert pictures_in(first) == pictures_in(second) == 4  # the two takes are one sheet
    assert visible(first) == visible(second)


def visible(notebook: Any) -> list[Any]:
    """What a reader sees of the outputs."""
    return [[output.get("data", output.get("text")) for output in cell.get("outputs", ())] for cell in notebook.cells]

"""Figures in the README are worth what their commands are worth."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import NAMES, WITH_BROWSER
from benchmarks.row import Row, too_much

_PLACE = Path(next(iter(benchmarks.__path__)))
_SHARED = {"__main__", "kernel", "machine", "row", "service"}  # what the others are made of


@pytest.mark.parametrize("name", sorted({path.stem for path in _PLACE.glob("*.py")} - _SHARED))
def test_every_benchmark_can_be_started_as_it_says(name: str) -> None:
    module = import_module(f"benchmarks.{name}")
    assert f"python -m benchmarks.{name}" in (module.__doc__ or "")
    assert callable(module.main)


def test_every_row_of_the_table_comes_from_a_benchmark_of_its_own() -> None:
    for name in (*NAMES, *WITH_BROWSER):
        assert callable(import_module(f"benchmarks.{name}").rows)


def test_the_short_mode_fails_for_what_is_worse_than_twice_its_goal() -> None:
    slow = Row("loading", 41.0, "ms", "autoreload", 20.0, goal_times=1.0)
    near = Row("loading", 40.0, "ms", "autoreload", 20.0, goal_times=1.0)
    large = Row("memory", 121.0, "MB", "", goal=60)
    assert too_much([slow, near, large]) == [slow, large]
    assert "missed, by 100%" in str(near)
    assert "missed" not in str(Row("memory", 60.0, "MB", "", goal=60))

"""Figures in the README are worth what their commands are worth."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import benchmarks

_PLACE = Path(next(iter(benchmarks.__path__)))
_SHARED = {"machine", "service"}  # what the others are made of


@pytest.mark.parametrize("name", sorted({path.stem for path in _PLACE.glob("*.py")} - _SHARED))
def test_every_benchmark_can_be_started_as_it_says(name: str) -> None:
    module = import_module(f"benchmarks.{name}")
    assert f"python -m benchmarks.{name}" in (module.__doc__ or "")
    assert callable(module.main)

"""A model is a few lines of data: added to the catalogue, it is known to every room of the house."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh process says that has one model more."""
    folder = tmp_path_factory.mktemp("added")
    places = {
        "VIDGO_MODE": "emulator",
        "VIDGO_STORE": str(folder / ".vidgo"),
        "VIDGO_JOURNAL": str(folder / "j.sqlite3"),
    }
    script = Path(__file__).parents[1] / "fixtures" / "added_model.py"
    done = subprocess.run(
        [sys.executable, str(script)], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, **places, "IPYTHONDIR": str(folder / "ipython")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_validation_knows_its_limits_and_its_values(facts: dict[str, Any]) -> None:
    for words in ("20", "draft", "fine", "2:1"):
        assert words in facts["problems"]
    assert facts["problems"].count("\n") >= 3  # prompt, quality and size, all at once


def test_quotes_know_its_price(facts: dict[str, Any]) -> None:
    assert facts["quote"] == "5 credits"
    [listed] = facts["listed"]
    assert (listed["qualities"], listed["sizes"], listed["resolutions"]) == (["draft", "fine"], ["1:1", "2:1"], ["1K"])
    assert listed["prices"] == {"draft": {"1K": 1}, "fine": {"1K": 5}}


def test_tab_completes_it_and_its_values(facts: dict[str, Any]) -> None:
    assert facts["models"] == ["tiny-1"]
    assert {"draft", "fine"} <= set(facts["qualities"])
    assert {"1:1", "2:1"} <= set(facts["sizes"])


def test_the_panel_offers_it_at_its_price(facts: dict[str, Any]) -> None:
    label, qualities = facts["panel"]
    assert "5 credits" in label
    assert [value for _, value in qualities] == ["draft", "fine"]


def test_the_emulator_makes_its_pictures_for_nothing_and_documents_it(facts: dict[str, Any]) -> None:
    provider, width, height, charged = facts["picture"]
    assert (provider, width / height, charged) == ("emulator", 2, "0")
    assert facts["openapi"]


def test_it_can_be_the_default(facts: dict[str, Any]) -> None:
    assert facts["default"] == "tiny-1"

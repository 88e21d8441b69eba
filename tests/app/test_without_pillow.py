"""Where Pillow is missing too, as in JupyterLite: pictures are shown as they were served, and the rest says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures import browser_python as browser
from tests.fixtures.browser_python import run_bare
from tests.fixtures.notebook_folder import needs_notebooks
from tests.fixtures.sample_pictures import PNG
from tests.fixtures.sample_records import keep
from vidgo_notebook.store.results.result_store import ResultStore

_MANY_BYTES = 8 * 1024 * 1024
_SHOW_LARGE = """
seen = await run("%%vidgo -q high -s 16:9 -r 2K\\nA large bicycle")
found = {**seen, "kinds": [kind for data in seen["shown"] for kind in data], "text": str(seen["shown"])}
"""
_DRY_EDIT = """
seen = await run("%%vidgo --dry-run --image photo.png\\nPut a hat on it")
found = {"raised": seen["raised"], "text": str(seen["shown"])}
"""


@needs_notebooks
def test_the_quickstart_replays_from_its_committed_store(tmp_path: Path) -> None:
    assert run_bare(tmp_path, browser.RUN_QUICKSTART, **browser.REPLAY)["quickstart"] == {
        "raised": ["NoPillowError: Pillow is not installed in this Python"],  # a cell that reads the pixels
        "pictures": 3,
        "on the sheet": 2,
        "prices": True,
    }


@needs_notebooks
def test_a_stored_picture_is_shown_awaited_and_saved_as_it_was_served_and_the_rest_says_why_not(tmp_path: Path) -> None:
    found = run_bare(tmp_path, browser.LOAD, browser.USE_ONE_PICTURE, **browser.REPLAY)
    assert found["picture"] == {
        "as served": True,
        "card": True,
        "result": True,
        "lineage": True,
        "saved": "street.jpg\n",
    }
    for text in found["without Pillow"]:
        assert text.startswith("NoPillowError: Pillow is not installed in this Python, so no ")
        assert "pip install pillow" in text


def test_a_picture_above_8_mb_leaves_its_card_and_a_sentence(tmp_path: Path) -> None:
    store = tmp_path / "large"
    keep(ResultStore(store), PNG + b"\0" * _MANY_BYTES, prompt="A large bicycle")
    found = run_bare(tmp_path, browser.LOAD, _SHOW_LARGE, VIDGO_MODE="replay", VIDGO_STORE=str(store))
    assert found["raised"] == ""
    assert {*found["kinds"]} == {"text/html", "text/plain"}
    assert "(8.0 MB, 64×48 pixels) is too large to be put into a notebook as it is" in found["text"]
    assert "24 credits" in found["text"]


@pytest.mark.parametrize("mode", ["live", "emulator"])
def test_nothing_is_sent_and_a_sentence_says_what_is_missing(mode: str, tmp_path: Path) -> None:
    found = run_bare(tmp_path, browser.LOAD, browser.TRY_TO_BUY, VIDGO_MODE=mode, VIDGO_API_KEY="key-of-the-tests")
    assert len(found["refused"]) == 4
    for text in found["refused"]:
        assert "his Python has no " in text
        assert "othing " in text  # was sent


def test_an_image_of_ones_own_is_known_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(PNG)
    found = run_bare(tmp_path, browser.LOAD, _DRY_EDIT, VIDGO_MODE="replay")
    assert found["raised"] == ""
    assert "gpt-image-2-edit" in found["text"]

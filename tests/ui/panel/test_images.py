"""References: added by text, variable or upload; in an order that can be changed; never lost without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fixtures.panel_driver import PanelDriver
from tests.fixtures.sample_pictures import PNG, picture
from vidgo_notebook.ui.panel.image_list import UPLOAD_LIMIT


@pytest.fixture
def editing(driver: PanelDriver) -> PanelDriver:
    """A form whose model takes images."""
    driver.form.model.select.value = "gpt-image-2-edit"
    driver.type("An edit")
    return driver


def _add(driver: PanelDriver, text: str) -> None:
    driver.form.images.text.value = text
    driver.form.images._add_text()


def _labels(driver: PanelDriver) -> list[str]:
    return [each.label for each in driver.form.images.picked]


def test_urls_paths_and_variables_are_taken_and_their_order_can_be_changed(
    editing: PanelDriver, variables: dict[str, Any], folder: Path
) -> None:
    (folder / "shelf.png").write_bytes(PNG)
    variables["hero"] = Image.new("RGB", (30, 20), "teal")
    for text in ("https://example.com/a.png", "shelf.png", "hero"):
        _add(editing, text)
    assert _labels(editing) == ["https://example.com/a.png", "shelf.png", "hero"]
    assert editing.form.images.text.value == ""
    editing.form.images._move(2, -1)
    editing.form.images._move(0, 1)
    assert _labels(editing) == ["hero", "https://example.com/a.png", "shelf.png"]
    editing.form.images._remove(1)
    thumbs = [row.children[0].value for row in editing.form.images.rows.children]
    assert all("data:image/jpeg" in thumb for thumb in thumbs)
    assert "image 2" in thumbs[1]
    assert editing.copy().splitlines()[0].endswith("--image hero --image shelf.png")


def test_a_moved_image_leaves_the_buttons_where_they_are(editing: PanelDriver) -> None:
    """Keyboard focus stays on the button that was pressed."""
    for number in (1, 2, 3):
        _add(editing, f"https://example.com/{number}.png")
    before = editing.form.images.rows.children
    editing.form.images._move(1, 1)
    assert editing.form.images.rows.children is before
    assert _labels(editing) == [f"https://example.com/{number}.png" for number in (1, 3, 2)]
    editing.form.images._remove(0)
    assert editing.form.images.rows.children == before[:2]
    up, down = (editing.form.images.rows.children[1].children[each] for each in (1, 2))
    assert (up.disabled, down.disabled) == (False, True)


def test_variables_that_hold_pictures_are_offered(editing: PanelDriver, variables: dict[str, Any]) -> None:
    variables.update(hero=Image.new("RGB", (4, 4)), number=3, text="a.png", kind=Image.Image)
    editing.panel.between_cells()
    assert [value for _, value in editing.form.images.variable.options] == ["", "hero"]
    editing.form.images.variable.value = "hero"
    assert _labels(editing) == ["hero"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("htp:/nowhere", "not a URL, variable or existing file"),
        ("https://", "not a URL: one begins with https://"),
        ("ftp://example.com/a.png", "not a URL: one begins with https://"),
        ("missing.png", "not a URL, variable or existing file"),
    ],
)
def test_what_is_no_image_is_said_beside_the_field_and_does_not_block_generate(
    editing: PanelDriver, typed: str, said: str
) -> None:
    _add(editing, "https://example.com/a.png")
    editing.form.images.text.value = typed
    assert said in editing.form.images.text_problem.value
    assert editing.reason == ""  # what can be made is made without it
    editing.form.images._add_text()
    assert editing.form.images.text.value == typed
    assert _labels(editing) == ["https://example.com/a.png"]


def test_an_image_that_is_typed_but_not_added_is_not_forgotten(editing: PanelDriver) -> None:
    _add(editing, "https://example.com/a.png")
    editing.form.images.text.value = "https://example.com/b.png"
    assert "press Add image" in editing.reason


def test_a_text_file_named_png_is_refused(editing: PanelDriver, folder: Path) -> None:
    (folder / "text.png").write_text("hello")
    _add(editing, "text.png")
    assert "it is not an image file" in editing.form.images.text_problem.value
    assert editing.form.images.text.value == "text.png"
    editing.form.images._uploaded("text.png", 5, b"hello")
    assert "it is not an image file" in editing.form.images.text_problem.value
    assert _labels(editing) == []


def test_an_upload_becomes_a_file_that_a_cell_can_name_and_never_covers_another(
    editing: PanelDriver, folder: Path
) -> None:
    (folder / "shelf.png").write_bytes(b"mine")
    editing.form.images._uploaded("../shelf.png", len(PNG), PNG)
    editing.form.images._uploaded("shelf.png", 9, picture(shade=7))
    editing.form.images._uploaded("shelf.png", len(PNG), PNG)
    assert _labels(editing) == ["shelf-2.png", "shelf-3.png", "shelf-2.png"]
    assert (folder / "shelf.png").read_bytes() == b"mine"


def test_a_file_too_large_for_a_message_is_refused_by_its_size(editing: PanelDriver) -> None:
    assert editing.form.images.upload.limit == UPLOAD_LIMIT
    editing.form.images._uploaded("scan.png", 200_000_000, None)
    assert "scan.png has 200 MB, and an upload at most 10 MB" in editing.form.images.text_problem.value


def test_images_wait_aside_while_the_model_takes_none(editing: PanelDriver) -> None:
    _add(editing, "https://example.com/a.png")
    editing.form.model.select.value = "gpt-image-2"
    assert editing.reason == ""
    assert editing.form.read().images == ()
    editing.form.model.select.value = "gpt-image-2-edit"
    assert _labels(editing) == ["https://example.com/a.png"]

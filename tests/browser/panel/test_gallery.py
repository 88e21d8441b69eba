"""The gallery in JupyterLab: pages, search, one large, two compared."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab import PATIENCE, Lab
from tests.browser.panel.desk import PanelPage, write_notebook
from tests.notebooks.desk import Desk

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
_MAKE = """import vidgo_notebook as vidgo
jobs = vidgo.generate("A kite <b>over</b> the dunes", takes=13, size="1:1")
jobs.wait()
edit = vidgo.generate("Put image 1 beside image 2", image=jobs[:2], size="16:9").wait()"""


def test_pictures_are_searched_enlarged_and_compared(lab: Lab, lab_desk: Desk, look: Callable[..., None]) -> None:
    write_notebook(lab_desk, "gallery.ipynb", _MAKE, "%vidgo gallery")
    lab.page.set_viewport_size({"width": 1400, "height": 1800})
    lab.open("gallery.ipynb")
    lab.command("application:toggle-left-area")
    lab.command("notebook:run-all-cells")
    gallery = PanelPage(lab.page)
    tiles = gallery.root.locator(".vidgo-tile:visible")
    expect(tiles.locator("img")).to_have_count(12)
    look("11-gallery", 1400)

    gallery.field("Search in prompts").fill("beside image 2")
    expect(tiles).to_have_count(1)
    tiles.first.locator("input").check()
    large = gallery.root.locator(".vidgo-result")
    expect(large.locator("img")).to_have_count(2)  # the picture, and its lineage
    expect(large).to_contain_text("Whole chain: 6 credits")
    look("12-gallery-one", 2000)

    gallery.field("Search in prompts").fill("<b>over</b>")
    expect(tiles).to_have_count(12)
    tiles.nth(1).locator("input").check()
    expect(large.locator("img")).to_have_count(1)
    before = large.locator("img").get_attribute("src")
    gallery.root.get_by_role("slider").focus()
    lab.page.keyboard.press("PageUp")
    expect(large.locator("img")).not_to_have_attribute("src", before or "")
    look("13-gallery-two", 2000)
    gallery.button("Older").click()
    expect(tiles).to_have_count(1)
    assert lab.complaints == []

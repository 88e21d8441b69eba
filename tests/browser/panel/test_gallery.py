"""The gallery in JupyterLab: pages, search, one large, two compared."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.panel.conftest import Look
from tests.fixtures.jupyterlab import Lab
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.panel_page import PanelPage, write_notebook
from vidgo_notebook.emulator import Emulator, serve

pytestmark = pytest.mark.browser
_MAKE = """import vidgo_notebook as vidgo
vidgo.configure(base_url="{url}")
jobs = vidgo.generate("A kite <b>over</b> the dunes", takes=13, size="1:1")
jobs.wait()
edit = vidgo.generate("Put image 1 beside image 2", image=jobs[:2], size="16:9").wait()"""
_SHARE = """e => [...e.querySelectorAll('img')].map(image => getComputedStyle(image).clipPath)"""


def test_pictures_are_searched_enlarged_and_compared(lab: Lab, lab_folder: NotebookFolder, look: Look) -> None:
    lab.page.set_viewport_size({"width": 1400, "height": 1800})
    with serve(Emulator(latency=0)) as url:
        write_notebook(lab_folder, "gallery.ipynb", _MAKE.format(url=url), "%vidgo gallery")
        lab.open("gallery.ipynb")
        lab.make_room()
        lab.command("notebook:run-all-cells")
    gallery = PanelPage(lab.page)
    tiles = gallery.root.locator(".vidgo-tile:visible")
    expect(tiles.locator("img")).to_have_count(12)
    look(lab, "11-gallery", 1400)

    gallery.field("Search in prompts").fill("beside image 2")
    expect(tiles).to_have_count(1)
    tiles.first.click(position={"x": 60, "y": 60})  # on the picture: the whole tile selects it
    large = gallery.root.locator(".vidgo-result")
    expect(large.locator("img:visible")).to_have_count(2)  # the picture, and its lineage
    expect(large).to_contain_text("Whole chain: 6 credits")
    look(lab, "12-gallery-one", 2000)

    gallery.field("Search in prompts").fill("<b>over</b>")
    expect(tiles).to_have_count(12)
    tiles.nth(1).click(position={"x": 60, "y": 60})
    frame = large.locator(".vidgo-compared")
    expect(frame.locator("img:visible")).to_have_count(2)
    assert frame.evaluate(_SHARE)[1] == "inset(0px 50% 0px 0px)"
    gallery.root.get_by_role("slider").focus()
    lab.page.keyboard.press("ArrowRight")
    assert frame.evaluate(_SHARE)[1] == "inset(0px 49% 0px 0px)"
    area = frame.bounding_box()
    assert area is not None
    lab.page.mouse.click(area["x"] + 0.2 * area["width"], area["y"] + 0.5 * area["height"])
    assert 18 <= int(gallery.root.get_by_role("slider").input_value()) <= 22
    assert Axe().run(lab.page, context=".vidgo-panel").violations_count == 0
    look(lab, "13-gallery-two", 2000)
    gallery.button("Older").click()
    expect(tiles.first).to_be_visible()
    expect(gallery.root).to_contain_text("Page 2 of ")
    assert lab.complaints == []

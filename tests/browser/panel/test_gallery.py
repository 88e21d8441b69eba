"""The gallery in JupyterLab: pages, filters, one large with its buttons, several compared, exported and deleted."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.panel.conftest import Look
from tests.fixtures.jupyterlab import THEMES, Lab
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.panel_page import PanelPage, write_notebook
from tests.fixtures.sample_pictures import picture
from tests.fixtures.sample_records import keep
from vidgo_notebook.emulator import Emulator, serve
from vidgo_notebook.store.results.result_store import ResultStore

pytestmark = pytest.mark.browser
_MAKE = """import vidgo_notebook as vidgo
vidgo.configure(base_url="{url}")
jobs = vidgo.generate("A kite <b>over</b> the dunes", takes=16, size="1:1")
jobs.wait()
edit = vidgo.generate("Put image 1 beside image 2", image=jobs[:2], size="16:9").wait()"""
_HOLD = """import threading
from vidgo_notebook.app.library.index import LibraryIndex
go, thumbnail = threading.Semaphore(5), LibraryIndex.thumbnail
LibraryIndex.thumbnail = lambda *given: (go.acquire(), thumbnail(*given))[1]"""
_SHARE = """e => [...e.querySelectorAll('img')].map(image => getComputedStyle(image).clipPath)"""
_BROKEN = "grid => [...grid.querySelectorAll('.vidgo-part')].filter(e => e.getClientRects().length > 1)"
_WIDER = """e => [...e.querySelectorAll('img')].filter(
    image => image.getBoundingClientRect().right > image.closest('.widget-html').getBoundingClientRect().right + 1)"""
_COLUMNS = "grid => getComputedStyle(grid).gridTemplateColumns.split(' ').length"


def test_pictures_are_found_used_compared_and_exported(lab: Lab, lab_folder: NotebookFolder, look: Look) -> None:
    lab.page.set_viewport_size({"width": 1400, "height": 1800})
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with serve(Emulator(latency=0)) as url:
        cells = (_MAKE.format(url=url), _HOLD, "%vidgo gallery", "go.release(99)")
        write_notebook(lab_folder, "gallery.ipynb", *cells)
        lab.open("gallery.ipynb")
        lab.make_room()
        for number in range(len(cells)):
            lab.cell(number).locator(".cm-content").click()
            lab.command("notebook:run-cell")
        gallery = Gallery(lab)
        gallery.says_how_many_thumbnails_there_are(look)
        gallery.has_pages_of_full_rows()
        look(lab, "11-gallery", 1400)
        gallery.has_every_action(look, lab_folder)
        gallery.opens_a_form(look)
    gallery.compares_two(look)
    gallery.compares_more_and_exports_them(look, lab_folder)
    gallery.says_that_nothing_matches(look)
    gallery.says_what_is_new(look, lab_folder)
    assert lab.complaints == []


class Gallery:
    """The gallery on the page, and what a person does in it, step by step."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.page = PanelPage(lab.page)
        self.page.root = lab.page.locator(".vidgo-gallery")
        self.tiles = self.page.root.locator(".vidgo-page .vidgo-tile:visible")
        self.large = self.page.root.locator(".vidgo-chosen .vidgo-result:visible")

    def says_how_many_thumbnails_there_are(self, look: Look) -> None:
        status = self.page.root.locator(".vidgo-page-status [role=status]").last
        expect(status).to_have_text(re.compile(r"^Thumbnails: [1-5] of \d\d$"))
        look(self.lab, "17-gallery-thumbnails", 1400)
        self.lab.cell(4).locator(".cm-content").click()
        self.lab.command("notebook:run-cell")
        expect(status).to_have_text("")

    def has_pages_of_full_rows(self) -> None:
        grid = self.page.root.locator(".vidgo-page .vidgo-grid")
        expect(self.tiles.locator("img").nth(11)).to_be_visible()
        columns = grid.evaluate(_COLUMNS)
        expect(self.tiles).to_have_count(2 * columns if columns > 5 else 3 * columns)
        assert grid.evaluate(_BROKEN) == []
        self.tiles.first.get_by_role("checkbox").focus()
        for key, place in (("ArrowRight", 1), ("ArrowDown", 1 + columns), ("ArrowLeft", columns), ("ArrowUp", 0)):
            self.lab.page.keyboard.press(key)
            expect(self.tiles.nth(place).get_by_role("checkbox")).to_be_focused()
        self.page.button("Older").click()
        expect(self.page.root).to_contain_text("Page 2 of ")
        self.page.button("Newer").focus()
        self.lab.page.keyboard.press("Enter")
        expect(self.page.root).to_contain_text("Page 1 of ")
        expect(self.page.button("Older")).to_be_focused()  # there is no newer page

    def search(self, text: str, found: int) -> None:
        self.page.field("Search in prompts").fill(text)
        expect(self.tiles).to_have_count(found)

    def select(self, number: int) -> None:
        """On the picture: the whole tile selects it."""
        self.tiles.nth(number).click(position={"x": 60, "y": 60})

    def has_every_action(self, look: Look, folder: NotebookFolder) -> None:
        page = self.page
        self.search("beside image 2", 1)
        self.select(0)
        expect(self.large.locator("img:visible")).to_have_count(1)
        page.button("Show lineage").click()
        expect(self.large).to_contain_text("Whole chain: 6 credits")
        expect(self.large.locator("img:visible")).to_have_count(2)
        before = self.lab.page.viewport_size
        self.lab.page.set_viewport_size({"width": 1000, "height": 1800})
        assert self.large.evaluate(_WIDER) == []
        self.lab.page.set_viewport_size(before)
        page.button("Copy as Python").click()
        expect(self.large.get_by_label("The picture as Python")).to_have_value(
            _starts("import vidgo_notebook as vidgo")
        )
        page.button("Copy as cell").click()
        text = self.large.get_by_label("The picture as cell")
        expect(text).to_have_value(_starts("%%vidgo --model gpt-image-2-edit"))
        expect(self.large).to_contain_text("Copied. Paste it into a new cell.")
        assert self.lab.page.evaluate("navigator.clipboard.readText()") == text.input_value()
        page.button("Save as…").click()
        page.field("File or folder").fill("from-the-gallery.png")
        page.button("Save", exact=True).click()
        expect(self.large).to_contain_text("Saved: ")
        assert (folder.folder / "from-the-gallery.png").exists()
        page.button("Star").click()
        expect(page.button("★ Starred")).to_be_visible()
        assert len(list((folder.store / "stars").iterdir())) == 1
        page.button("Full size").click()
        expect(page.button("Smaller")).to_be_visible()
        page.button("Smaller").click()
        self._has_no_fault()
        look(self.lab, "12-gallery-one", 2000)
        page.button("Clear filters").click()
        page.field("Starred only").check()
        expect(self.tiles).to_have_count(1)
        page.field("Starred only").uncheck()

    def opens_a_form(self, look: Look) -> None:
        """Another take is bought in it, and comes into the gallery."""
        page = self.page
        page.button("Use as reference").click()
        form = PanelPage(self.lab.page)
        form.root = page.root.locator(".vidgo-form")
        expect(form.images).to_have_count(1)
        expect(form.field("Prompt")).to_be_focused()
        page.button("Open in form").click()
        expect(form.field("Prompt")).to_have_value("Put image 1 beside image 2")
        expect(form.images).to_have_count(2)
        page.button("Another take").first.click()
        expect(form.pictures).to_have_count(1)
        self._has_no_fault()
        look(self.lab, "13-gallery-form", 2600)
        page.button("Clear selection").click()
        self.search("beside image 2", 2)
        form.button("Close").click()
        expect(form.root).to_be_hidden()

    def compares_two(self, look: Look) -> None:
        self.search("<b>over</b>", self._page_size())
        self.select(1)
        self.select(2)
        frame = self.large.locator(".vidgo-compared")
        expect(frame.locator("img:visible")).to_have_count(2)
        assert frame.evaluate(_SHARE)[1] == "inset(0px 50% 0px 0px)"
        self.page.root.get_by_role("slider").focus()
        self.lab.page.keyboard.press("ArrowRight")
        assert frame.evaluate(_SHARE)[1] == "inset(0px 49% 0px 0px)"
        area = frame.bounding_box()
        assert area is not None
        self.lab.page.mouse.click(area["x"] + 0.2 * area["width"], area["y"] + 0.5 * area["height"])
        assert 18 <= int(self.page.root.get_by_role("slider").input_value()) <= 22
        self._has_no_fault()
        look(self.lab, "14-gallery-two", 2000)

    def compares_more_and_exports_them(self, look: Look, folder: NotebookFolder) -> None:
        page = self.page
        self.select(3)
        expect(page.root.locator(".vidgo-several img")).to_have_count(3)
        page.button("Delete superseded…").click()
        expect(page.root).to_contain_text("Nothing for the selected pictures was bought again")
        page.button("Export…").click()
        page.field("Folder, or file that ends in .zip").fill("chosen.zip")
        page.button("Export", exact=True).click()
        expect(page.root).to_contain_text("3 results exported to chosen.zip.")
        assert (folder.folder / "chosen.zip").exists()
        self._has_no_fault()
        look(self.lab, "15-gallery-more", 2000)

    def says_that_nothing_matches(self, look: Look) -> None:
        self.search("nothing has this prompt", 0)
        expect(self.page.root).to_contain_text("No picture matches these filters.")
        expect(self.page.root.locator(".vidgo-several img")).to_have_count(0)
        look(self.lab, "16-gallery-none", 900)

    def says_what_is_new(self, look: Look, folder: NotebookFolder) -> None:
        """While the pointer is on a picture, nothing moves; else a new picture is shown as it comes."""
        page = self.page
        page.button("Clear filters").click()
        first = self.tiles.first.get_by_role("checkbox")
        expect(first).to_be_visible()
        name = self.tiles.first.locator("label").inner_text()
        self.tiles.nth(3).hover()
        _keep(folder, "Another program's picture", "2199-01-01")
        news = page.root.locator(".vidgo-page-status [role=status]").first
        expect(news).to_have_text("1 new picture:")
        expect(self.tiles.first).to_contain_text(name)
        self._has_no_fault()
        look(self.lab, "18-gallery-news", 1400)
        page.button("Show", exact=True).click()
        expect(self.tiles.first).to_contain_text("Another program's picture")
        expect(first).to_be_focused()
        first.blur()
        self.lab.page.mouse.move(0, 0)
        expect(news).to_have_text("")
        _keep(folder, "One more of its pictures", "2199-01-02")
        expect(self.tiles.first).to_contain_text("One more of its pictures")
        expect(self.tiles.first.locator("img")).to_be_visible()

    def _page_size(self) -> int:
        columns = self.page.root.locator(".vidgo-page .vidgo-grid").evaluate(_COLUMNS)
        return int(columns) * max(2, -(-12 // int(columns)))

    def _has_no_fault(self) -> None:
        for theme in THEMES:
            self.lab.wear(theme)
            found = Axe().run(self.lab.page, context=".vidgo-panel").response["violations"]
            assert [f"{fault['id']}: {node['html']}" for fault in found for node in fault["nodes"]] == []
        self.lab.wear("light")


def _keep(folder: NotebookFolder, prompt: str, day: str) -> None:
    """Put a picture into the store, as another program does."""
    keep(ResultStore(folder.store), picture(shade=len(prompt)), prompt=prompt, finished=f"{day}T10:00:00+00:00")


def _starts(text: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(text)}")

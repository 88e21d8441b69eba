"""Blind ratings in JupyterLab: by mouse and by keyboard, one rater after another, and after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.chromium import Chromium
from tests.fixtures.jupyterlab import NOTEBOOK_7, SCREENSHOTS, Lab, serve
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.panel_page import write_notebook

pytestmark = pytest.mark.browser
_MAKE = """import vidgo_notebook as vidgo
vidgo.configure(mode="emulator")
batch = vidgo.sweep(prompt=["A kite <b>over</b> the dunes $x$", "A lighthouse"], quality=["low", "high"], size="1:1",
                    resolution="1K").wait()"""
_RATE = 'vidgo.rate(batch, name="{name}", {more})'


class RatingPage:
    """A rating on the page, by what a screen reader says of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_role("region", name="Blind rating")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    @property
    def status(self) -> Locator:
        return self.root.get_by_role("status")

    def start(self, rater: str) -> None:
        self.root.get_by_role("combobox").fill(rater)
        self.page.keyboard.press("Enter")


def lines_of(folder: NotebookFolder, study: str) -> list[dict[str, Any]]:
    path = folder.store / "ratings" / f"{study}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def open_rating(lab: Lab, folder: NotebookFolder, study: str, more: str = "") -> RatingPage:
    write_notebook(folder, f"rating-{study}.ipynb", _MAKE, _RATE.format(name=study, more=more))
    lab.open(f"rating-{study}.ipynb")
    lab.make_room()
    lab.command("notebook:run-all-cells")
    found = RatingPage(lab.page)
    expect(found.root).to_be_visible()
    return found


@pytest.fixture
def keep_looks(request: pytest.FixtureRequest) -> Callable[[Lab, str], None]:
    """Screenshots of a step; with --full in both themes and both widths."""
    everywhere = bool(request.config.getoption("--full"))

    def keep(lab: Lab, name: str) -> None:
        before = lab.page.viewport_size
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for theme, width in (("dark", 600), ("dark", 1100), ("light", 600), ("light", 1100)):
            if everywhere or (theme, width) == ("light", 1100):
                lab.wear(theme)
                lab.page.set_viewport_size({"width": width, "height": 1100})
                lab.page.wait_for_timeout(250)
                lab.page.screenshot(path=SCREENSHOTS / f"rating-{name}-{theme}-{width}.png")
        if before:
            lab.page.set_viewport_size(before)

    return keep


@pytest.fixture
def small_lab(browser: Chromium, lab_url: str) -> Any:
    with browser.page(1100, 1100) as page:
        yield Lab(page, lab_url)


def test_pairs_are_judged_by_mouse_and_keys_by_one_rater_after_another(
    small_lab: Lab, lab_folder: NotebookFolder, keep_looks: Callable[[Lab, str], None]
) -> None:
    lab = small_lab
    rating = open_rating(lab, lab_folder, "mouse")
    keep_looks(lab, "1-name")
    assert Axe().run(lab.page, context=".vidgo-panel").violations_count == 0
    rating.start("  ")
    expect(rating.root.get_by_role("alert")).to_contain_text("is not a name")
    rating.start("ada")
    expect(rating.status).to_have_text("ada · 1 of 2")
    pictures = rating.root.get_by_role("img")
    expect(pictures).to_have_count(2)
    assert [each.get_attribute("alt") for each in pictures.all()] == ["Left picture", "Right picture"]
    page_knows = rating.root.evaluate("e => e.outerHTML")
    assert not [word for word in ("low", "high", "quality=", ".png", "gpt-image") if word in page_knows]
    keep_looks(lab, "2-pair")
    assert Axe().run(lab.page, context=".vidgo-panel").violations_count == 0

    rating.button("Left (1)").click()
    expect(rating.status).to_have_text("ada · 2 of 2")
    rating.button("Undo (U)").click()
    expect(rating.status).to_have_text("ada · 1 of 2")
    lab.page.keyboard.press("2")  # the focus stayed
    expect(rating.status).to_have_text("ada · 2 of 2")
    lab.page.keyboard.press("0")
    expect(rating.status).to_have_text("ada has judged 2 pairs, which is all. Thank you.")
    expect(rating.root.get_by_role("combobox")).to_be_focused()
    keep_looks(lab, "3-done")
    rating.start("ben")
    expect(rating.status).to_have_text("ben · 1 of 2")
    lab.page.keyboard.press("ArrowLeft")
    expect(rating.status).to_have_text("ben · 2 of 2")
    lab.page.keyboard.press("s")
    expect(rating.status).to_have_text("ben has judged 2 pairs, which is all. Thank you.")

    said = [(each["rater"], each.get("choice", "withdrawn")) for each in lines_of(lab_folder, "mouse")]
    assert said == [
        ("ada", "left"), ("ada", "withdrawn"), ("ada", "right"), ("ada", "tie"), ("ben", "left"), ("ben", "skip"),
    ]  # fmt: skip
    assert lab.page.locator(".jp-Notebook .jp-Cell").count() == 3  # no key did what Jupyter does with it
    assert lab.complaints == []


def test_a_rater_goes_on_after_the_kernel_was_restarted_and_scores_by_keys(
    small_lab: Lab, lab_folder: NotebookFolder, keep_looks: Callable[[Lab, str], None]
) -> None:
    lab = small_lab
    rating = open_rating(lab, lab_folder, "scores", 'kind="scale", rater="ada"')
    expect(rating.status).to_have_text("ada · 1 of 4")
    keep_looks(lab, "4-scale")
    assert Axe().run(lab.page, context=".vidgo-panel").violations_count == 0
    rating.root.click(position={"x": 5, "y": 5})
    lab.page.keyboard.press("7")
    expect(rating.status).to_have_text("ada · 2 of 4")
    lab.page.keyboard.press("ArrowRight")  # to the middle of the scores
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("Enter")
    expect(rating.status).to_have_text("ada · 3 of 4")
    before = lines_of(lab_folder, "scores")
    assert [each["score"] for each in before] == [7, 5]

    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()")
    lab.command("notebook:run-all-cells")
    expect(rating.status).to_have_text("ada · 3 of 4")
    rating.button("Undo (U)").click()
    expect(rating.status).to_have_text("ada · 2 of 4")
    for score, then in (("3", "ada · 3 of 4"), ("4", "ada · 4 of 4"), ("1", "ada has judged 4 pictures")):
        rating.root.get_by_role("button", name=score, exact=True).click()
        expect(rating.status).to_contain_text(then)  # what is pressed before would judge a picture that no one has seen
    expect(rating.status).to_have_text("ada has judged 4 pictures, which is all. Thank you.")
    after = lines_of(lab_folder, "scores")
    assert after[:2] == before
    assert [each.get("score", "withdrawn") for each in after] == [7, 5, "withdrawn", 3, 4, 1]
    assert lab.complaints == []


@pytest.mark.full
def test_it_works_in_notebook_7_by_mouse_and_keys(browser: Chromium, lab_url: str, lab_folder: NotebookFolder) -> None:
    with browser.page(1100, 1100) as page:
        lab = Lab(page, lab_url, NOTEBOOK_7)
        rating = open_rating(lab, lab_folder, "seven")
        rating.start("ada")
        expect(rating.status).to_have_text("ada · 1 of 2")
        rating.button("Left (1)").click()
        expect(rating.status).to_have_text("ada · 2 of 2")
        page.screenshot(path=SCREENSHOTS / "rating-7-notebook.png")
        page.keyboard.press("0")
        expect(rating.status).to_have_text("ada has judged 2 pairs, which is all. Thank you.")
        assert page.locator(".jp-Notebook .jp-Cell").count() == 3
        assert lab.complaints == []
    assert choices_in(lab_folder, "seven") == ["left", "tie"]


@pytest.mark.full
def test_it_works_on_a_page_of_voila_and_goes_on_after_a_reload(
    browser: Chromium, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = NotebookFolder(tmp_path_factory.mktemp("voila"))
    write_notebook(folder, "rating.ipynb", _MAKE, _RATE.format(name="page", more=""))
    command = ["voila", "rating.ipynb", "--no-browser", "--port={port}"]
    with serve(folder, command, ready="/voila/static/voila.js") as url, browser.page(1100, 1100) as page:
        page.goto(url)
        rating = RatingPage(page)
        rating.start("ada")
        expect(rating.status).to_have_text("ada · 1 of 2")
        rating.button("Left (1)").click()
        expect(rating.status).to_have_text("ada · 2 of 2")
        page.reload()
        rating.start("ada")
        expect(rating.status).to_have_text("ada · 2 of 2")
        page.keyboard.press("0")
        expect(rating.status).to_have_text("ada has judged 2 pairs, which is all. Thank you.")
        page.screenshot(path=SCREENSHOTS / "rating-8-voila.png")
    assert choices_in(folder, "page") == ["left", "tie"]


def choices_in(folder: NotebookFolder, study: str) -> list[str]:
    return [each["choice"] for each in lines_of(folder, study)]

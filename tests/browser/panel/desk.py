"""Notebooks with a panel, and the panel as a person sees it."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page

from tests.browser.lab import PATIENCE, SCREENSHOTS, Lab
from tests.notebooks.desk import Desk

WIDTHS = {"wide": 1600, "narrow": 600}
_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}


def write_notebook(desk: Desk, name: str, *cells: str) -> Path:
    """A notebook that loads the extension and then has these cells."""
    sources = ["%load_ext vidgo_notebook", *cells]
    path = desk.folder / name
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources], metadata=_KERNEL), path)
    return path


class PanelPage:
    """The panel on a page, by the names that a screen reader says."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".vidgo-panel")

    def field(self, name: str) -> Locator:
        return self.root.get_by_label(name, exact=True)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    @property
    def generate(self) -> Locator:
        return self.root.locator("button.vidgo-go")

    @property
    def pictures(self) -> Locator:
        return self.root.locator(".vidgo-result .vidgo-picture img")

    @property
    def images(self) -> Locator:
        """The rows of the reference images."""
        return self.root.locator(".vidgo-image")

    def is_there(self) -> None:
        """Wait until the form is on the page and alive."""
        self.generate.wait_for(timeout=PATIENCE)


def look(lab: Lab, name: str, height: int, *, everywhere: bool) -> None:
    """Keep screenshots; whoever changed the looks must look at them.

    ``everywhere``: in both themes and both widths, else light and wide.
    """
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    before = lab.page.viewport_size
    for theme, width in (("dark", "narrow"), ("dark", "wide"), ("light", "narrow"), ("light", "wide")):
        if everywhere or (theme, width) == ("light", "wide"):
            _picture(lab, f"panel-{name}", theme, width, height)
    if before:
        lab.page.set_viewport_size(before)


def _picture(lab: Lab, name: str, theme: str, width: str, height: int) -> None:
    lab.wear(theme)
    tall = height if width == "wide" else 2 * height
    lab.page.set_viewport_size({"width": WIDTHS[width], "height": tall})
    lab.page.mouse.move(0, 0)
    lab.page.wait_for_timeout(250)  # JupyterLab lays out anew a moment after the window's size
    lab.page.screenshot(path=SCREENSHOTS / f"{name}-{theme}-{width}.png")

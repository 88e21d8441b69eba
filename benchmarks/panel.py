"""The form in JupyterLab in headless Chromium: from a key press to the new price on screen, while the kernel is
idle; and the gallery's first screen with 1,000 stored pictures, in a kernel and on a page that have shown none before.

python -m benchmarks.panel
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from PIL import Image
from playwright.sync_api import Page

from benchmarks.machine import heading
from benchmarks.row import Row
from tests.fixtures.chromium import open_chromium
from tests.fixtures.jupyterlab import Lab, serve_lab
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.panel_page import PanelPage, write_notebook
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.request import GenerationRequest, fields_to_send, fingerprint
from vidgo_notebook.store.results.plain_files import file_digest
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore

KEYS = 40
PICTURES = 1000
SETTLED = 1500  # milliseconds
_BARE = """import ipywidgets
number, echo = ipywidgets.IntText(description="Bare number", continuous_update=True), ipywidgets.HTML("0")
number.observe(lambda change: echo.set_trait("value", str(change["new"])), "value")
echo.add_class("bare")
display(number, echo)"""
# Placeholders come before.
_WORDS = """[...document.querySelectorAll('.vidgo-tile')]
    .filter(tile => tile.offsetParent && tile.textContent.includes('Picture')).length >= 12"""
# From the key's event to the change of the page that the kernel's answer makes, and to the frame that shows it.
_WATCH = """selector => {
    window.pressed = 0; window.changes = []; window.shown = [];
    document.addEventListener('keydown', () => { window.pressed = performance.now() }, true);
    const seen = () => {
        const pressed = window.pressed;
        if (!pressed) return;
        window.pressed = 0; window.changes.push(performance.now() - pressed);
        requestAnimationFrame(() => window.shown.push(performance.now() - pressed));
    };
    new MutationObserver(seen).observe(document.querySelector(selector),
        { childList: true, subtree: true, characterData: true, attributes: true });
}"""
# A change that no kernel makes: how long a frame takes here.
_LOCAL = """() => {
    const here = document.body.appendChild(document.createElement('output')); here.id = 'local';
    document.addEventListener('keydown', () => { here.textContent = performance.now() });
}"""


def measure(page: Page, field: str, keys: list[str], watched: str) -> tuple[list[float], list[float]]:
    """Press the keys one by one; the milliseconds to each change, and to the frame that shows it."""
    page.get_by_label(field, exact=True).focus()
    page.evaluate(_WATCH, watched)
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(150)
    changes, frames = page.evaluate("[window.changes, window.shown]")
    return changes, frames


def fill_store(folder: Path) -> None:
    """``PICTURES`` records with a picture each, as in a clone: all files are new, so that each may be of the newest."""
    store = ResultStore(folder)
    for number in range(PICTURES):
        request = GenerationRequest(f"Picture {number}: a bicycle in another street", size="1:1", resolution="1K")
        picture = Image.linear_gradient("L").resize((1024, 1024)).convert("RGB")
        picture.putpixel((0, 0), (number % 256, number // 256, 0))
        file = io.BytesIO()
        picture.save(file, "PNG")
        download = store.new_download()
        download.write_bytes(file.getvalue())
        price = str(quote(request).total)
        record = ResultRecord(
            fingerprint(request, "emulator"), "emulator", request.model, request.prompt, fields_to_send(request),
            file_digest(download), "image/png", 1024, 1024, len(file.getvalue()), quoted=price, charged=price,
            finished=f"2026-01-{1 + number % 28:02}T12:00:00+00:00",
        )  # fmt: skip
        store.keep(download, replace(record, job_id=f"j{number}"))


def first_screen(lab: Lab, cell: int) -> tuple[list[float], list[float]]:
    """Milliseconds from running the gallery's cell to its words, and to the last thumbnail of its first page."""
    page = lab.page
    lab.cell(cell).locator(".cm-content").click()
    began = time.perf_counter()
    lab.start("notebook:run-cell")
    page.wait_for_function(_WORDS, polling=5)
    grid = time.perf_counter() - began
    page.wait_for_function("document.querySelectorAll('.vidgo-tile img').length >= 12", polling=5)
    return [1000 * grid], [1000 * (time.perf_counter() - began)]


def everything() -> Iterator[tuple[str, list[float], list[float]]]:
    """What was done, the milliseconds until the page changed, and until all of it was in sight."""
    with tempfile.TemporaryDirectory() as folder, open_chromium() as chromium:
        notebook_folder = NotebookFolder(Path(folder))
        fill_store(notebook_folder.store)
        with serve_lab(notebook_folder) as url, chromium.page(1600, 1200) as page:
            yield from _of_form(notebook_folder, Lab(page, url))
            yield from _of_gallery(notebook_folder, Lab(page, url))


def _of_form(notebook_folder: NotebookFolder, lab: Lab) -> Iterator[tuple[str, list[float], list[float]]]:
    numbers = ["ArrowUp"] * KEYS
    write_notebook(notebook_folder, "panel.ipynb", "%vidgo panel")
    write_notebook(notebook_folder, "bare.ipynb", _BARE)
    lab.open("bare.ipynb")
    lab.command("notebook:run-all-cells")
    lab.page.get_by_label("Bare number", exact=True).wait_for()
    yield "ipywidgets alone: number and echo", *measure(lab.page, "Bare number", numbers, ".bare")
    lab.page.evaluate(_LOCAL)
    yield "the browser alone, without a kernel", *measure(lab.page, "Bare number", numbers, "#local")
    lab.open("panel.ipynb")
    lab.command("notebook:run-all-cells")
    PanelPage(lab.page).is_there()
    yield "takes: price and breakdown", *measure(lab.page, "Number of pictures", numbers, ".vidgo-price-box")
    letters = list("a red bicycle on a harbour wall at dawn, ")[:KEYS]
    yield "prompt: counter", *measure(lab.page, "Prompt", letters, ".vidgo-prompt")


def _of_gallery(notebook_folder: NotebookFolder, lab: Lab) -> Iterator[tuple[str, list[float], list[float]]]:
    """Each notebook has a kernel of its own."""
    write_notebook(notebook_folder, "first.ipynb", "%vidgo gallery", "%vidgo gallery")
    write_notebook(notebook_folder, "second.ipynb", "%vidgo gallery")
    _load_in(lab, "first.ipynb")
    yield f"gallery of {PICTURES:,}, no thumbnails yet", *first_screen(lab, 1)
    lab.cell(1).locator(".cm-content").click()
    lab.command("notebook:clear-cell-output")
    yield f"gallery of {PICTURES:,}, again in this kernel", *first_screen(lab, 2)
    _load_in(lab, "second.ipynb")
    yield f"gallery of {PICTURES:,}, thumbnails made before", *first_screen(lab, 1)


def _load_in(lab: Lab, notebook: str) -> None:
    """Open a notebook and load the extension. JupyterLab goes on loading for a while after its kernel is there."""
    lab.open(notebook)
    lab.cell(0).locator(".cm-content").click()
    lab.command("notebook:run-cell")
    lab.page.wait_for_load_state("networkidle")
    lab.page.wait_for_timeout(SETTLED)


def rows(*, short: bool) -> Iterator[Row]:
    """The price after a key beside a bare widget, and the gallery's first page."""
    del short  # its store is what takes long
    found = {name: (median(first), median(whole)) for name, first, whole in everything()}
    bare = found["ipywidgets alone: number and echo"][0]
    yield Row(
        "a key in the form: new price", found["takes: price and breakdown"][0], "ms", "a bare widget", bare, goal=100
    )
    for name in list(found)[-3:]:
        first, whole = found[name]
        yield Row(name, first, "ms", "all thumbnails in sight", whole, goal=500)


def _times(waits: list[float]) -> str:
    return f"median {median(waits):5.1f} ms, worst of {len(waits)} {max(waits):5.1f} ms"


def main() -> None:
    print(heading())
    for name, first, whole in everything():
        print(f"{name:40} {_times(first)}   all of it in sight {_times(whole)}")


if __name__ == "__main__":
    main()

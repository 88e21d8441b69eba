"""Records the pictures of the form and of the gallery, from JupyterLab in a headless Chromium.

    python -m docs.images.record_faces

Every picture is the emulator's. Look at both files before you commit them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import FloatRect, Locator, expect

from tests.fixtures.chromium import open_chromium
from tests.fixtures.jupyterlab import Lab, serve_lab
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.panel_page import PanelPage, write_notebook
from vidgo_notebook.emulator import Emulator, serve

HERE = Path(__file__).parent
WIDTH, TALL, MARGIN = 1280, 2600, 4
PROMPT = "A red bicycle on a harbour wall, early morning light"
STOCK = """import vidgo_notebook as vidgo
for prompt in ("A heron in the reeds at dusk", "A kite over the dunes", "A lighthouse in the fog"):
    vidgo.generate(prompt, size="1:1", takes=4).wait()"""
COLOURS = 256  # of a palette: a third of the bytes, and nothing that an eye would miss


@contextmanager
def opened(*cells: str) -> Iterator[Lab]:
    """A notebook with these cells in JupyterLab, all of them run."""
    with TemporaryDirectory() as folder, open_chromium() as browser, serve(Emulator(latency=0)) as service:
        notebook_folder = NotebookFolder(Path(folder))
        write_notebook(notebook_folder, "bicycle.ipynb", *cells)
        with serve_lab(notebook_folder, VIDGO_BASE_URL=service) as url, browser.page(WIDTH, TALL) as page:
            lab = Lab(page, url)
            lab.open("bicycle.ipynb")
            lab.make_room()
            lab.command("notebook:run-all-cells")
            yield lab


def record_form() -> None:
    """The form, filled in and priced, and the picture that it made."""
    with opened("%vidgo panel") as lab:
        form = PanelPage(lab.page)
        form.field("Prompt").fill(PROMPT)
        form.field("Quality").select_option("high")
        form.field("Size").select_option("16:9")
        expect(form.generate).to_have_text("Generate · 12 credits")
        form.generate.click()
        expect(form.pictures).to_have_count(1)
        expect(form.generate).to_have_text("Generate · free, from the store")
        save("panel.png", lab, lab.cell(1))


def record_gallery() -> None:
    """The gallery with two pictures selected, one of them under the slider."""
    with opened(STOCK, "%vidgo gallery") as lab:
        gallery = PanelPage(lab.page)
        gallery.root = lab.page.locator(".vidgo-gallery")
        tiles = gallery.root.locator(".vidgo-page .vidgo-tile:visible")
        expect(tiles.locator("img").nth(11)).to_be_visible()
        for number in (1, 5):
            tiles.nth(number).click(position={"x": 60, "y": 60})
        expect(gallery.root.locator(".vidgo-compared img:visible")).to_have_count(2)
        save("gallery.png", lab, lab.cell(2))


def save(name: str, lab: Lab, cell: Locator) -> None:
    """A cell with its output as it stands on the page, one pixel for one."""
    lab.page.mouse.move(0, 0)
    lab.page.wait_for_timeout(500)  # for the browser to have drawn every picture
    seen = lab.page.screenshot(clip=_around(cell))
    Image.open(io.BytesIO(seen)).convert("RGB").quantize(COLOURS).save(HERE / name, optimize=True)
    print(f"{name}: {(HERE / name).stat().st_size:,} bytes")


def _around(cell: Locator) -> FloatRect:
    box = cell.bounding_box()
    assert box is not None
    return {**box, "y": box["y"] - MARGIN, "height": box["height"] + 2 * MARGIN}


if __name__ == "__main__":
    record_form()
    record_gallery()

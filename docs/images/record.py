"""Records the moving picture and the still of the README, from JupyterLab in a headless Chromium.

    python -m docs.images.record

A person's minute: a prompt is typed and run, the cell comes back, another cell runs meanwhile, and the picture arrives.
Every picture is the emulator's. The frames have times of their own, so that a slow
machine records the same film. Look at both files before you commit them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image
from playwright.sync_api import Page, expect

from tests.fixtures.chromium import open_chromium
from tests.fixtures.clocks import StoppableTime
from tests.fixtures.jupyterlab import Lab, serve_lab
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Emulator, serve

HERE = Path(__file__).parent
FILM, STILL = HERE / "cell.webp", HERE / "quickstart.png"
WIDTH, HEIGHT = 900, 720
LINE = "%%vidgo hero --quality high --size 16:9"
PROMPT = "A silver espresso machine on a clean white studio background"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
MOMENT, LONG = 130, 2600  # milliseconds that a frame stands


class Film:
    """Frames of a page, each with the time that it stands."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[Image.Image] = []
        self._times: list[int] = []

    def frame(self, milliseconds: int = MOMENT) -> None:
        """What the page shows now."""
        self._frames.append(Image.open(io.BytesIO(self._page.screenshot())).convert("RGB"))
        self._times.append(milliseconds)

    def save(self, path: Path) -> None:
        """An animated WebP that begins again at its end."""
        first, *rest = self._frames
        first.save(path, append_images=rest, duration=self._times, loop=0, quality=72, method=6, minimize_size=True)
        print(f"{path.name}: {len(self._frames)} frames, {path.stat().st_size:,} bytes")


@contextmanager
def opened() -> Iterator[tuple[Lab, StoppableTime]]:
    """A notebook with three cells in JupyterLab, the first of them run, and the time of its service."""
    time = StoppableTime()
    with TemporaryDirectory() as folder, open_chromium() as browser, serve(Emulator(latency=2, clock=time)) as service:
        notebook_folder = NotebookFolder(Path(folder))
        cells = [new_code_cell("%load_ext vidgo_notebook"), new_code_cell(""), new_code_cell("6 * 7")]
        nbformat.write(new_notebook(cells=cells, metadata=KERNEL), notebook_folder.folder / "bicycle.ipynb")
        attended = {"VIDGO_BASE_URL": service, "VIDGO_ATTENDED": "1"}
        with serve_lab(notebook_folder, **attended) as url, browser.page(WIDTH, HEIGHT) as page:
            lab = Lab(page, url)
            lab.open("bicycle.ipynb")
            lab.make_room()
            lab.command("notebook:run-cell-and-select-next")
            yield lab, time


def record(lab: Lab, time: StoppableTime) -> None:
    """Play the minute, frame by frame."""
    film, page = Film(lab.page), lab.page
    lab.cell(1).locator(".cm-content").click()
    film.frame(700)
    for word in [*LINE.split(" "), "\n", *PROMPT.split(" ")]:
        page.keyboard.type(word if word == "\n" else f"{word} ")
        film.frame()
    film.frame(600)
    with time.stands_still():
        page.keyboard.press("Shift+Enter")
        expect(lab.cell(1).locator("progress")).to_be_visible()
        film.frame(900)
        page.keyboard.press("Shift+Enter")
        expect(lab.cell(2).locator(".jp-OutputArea-output").first).to_contain_text("42")
        film.frame(1200)
    deadline = 200
    while lab.pictures(1).count() == 0 and (deadline := deadline - 1):
        film.frame()
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    film.frame(LONG)
    page.mouse.move(0, 0)
    page.screenshot(path=STILL)
    film.save(FILM)


if __name__ == "__main__":
    with opened() as (lab, time):
        record(lab, time)

"""The form in JupyterLab: filled in, priced, generated, edited, copied, closed, reopened, converted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.lab import PATIENCE, Lab
from tests.browser.panel.desk import PanelPage, write_notebook
from tests.notebooks.desk import Desk

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
Look = Callable[..., None]


@pytest.fixture
def panel(lab: Lab, lab_desk: Desk) -> PanelPage:
    """A notebook with an open form, the side bar out of the way."""
    write_notebook(lab_desk, "panel.ipynb", "%vidgo panel", "")
    lab.page.set_viewport_size({"width": 1400, "height": 1800})
    lab.open("panel.ipynb")
    lab.command("application:toggle-left-area")
    lab.command("notebook:run-all-cells")
    opened = PanelPage(lab.page)
    opened.is_there()
    return opened


def _records(desk: Desk) -> int:
    return len(list((desk.store / "results").glob("*.json")))


def test_a_picture_and_its_edit_are_made_copied_kept_and_converted(
    panel: PanelPage, lab: Lab, lab_desk: Desk, lab_url: str, look: Look
) -> None:
    before = _records(lab_desk)
    _fill_in_and_see_the_price_change(panel, look)
    panel.generate.dblclick()
    expect(panel.root.get_by_role("progressbar")).to_be_visible()
    look("3-running")
    expect(panel.pictures).to_have_count(1)
    assert _records(lab_desk) == before + 1
    expect(panel.generate).to_have_text("Generate · free, from the store")
    look("4-result", 1700)
    _edit_it(panel, look)
    _copy_and_run_the_cell(panel, lab)
    assert _records(lab_desk) == before + 2

    lab.command("docmanager:save")
    _check_file(lab_desk.folder / "panel.ipynb")
    lab.page.reload()  # the kernel goes on, and so does the form
    panel.is_there()
    expect(panel.field("Prompt")).to_have_value("Give image 1 a basket of bread")
    _end_kernels(lab_url)
    _look_at_it_reopened(panel, lab, look)
    _look_at_it_converted(lab, lab_desk)
    assert lab.complaints == []


def _fill_in_and_see_the_price_change(panel: PanelPage, look: Look) -> None:
    expect(panel.generate).to_be_disabled()
    expect(panel.root).to_contain_text("Generate waits: prompt: is empty")
    look("1-open")
    panel.field("Prompt").fill("A red bicycle on a harbour wall, early morning light")
    expect(panel.generate).to_have_text("Generate · 2 credits")
    panel.field("Quality").select_option("high")
    panel.field("Size").select_option("1:1")
    panel.field("Resolution").select_option("4K")
    expect(panel.generate).to_have_text("Generate · 24 credits")
    expect(panel.root).to_contain_text("4K does not exist at 1:1, so 2K")
    expect(panel.root).to_contain_text("52 of 4,000 characters")
    look("2-priced")


def _edit_it(panel: PanelPage, look: Look) -> None:
    panel.button("Use as reference").click()
    expect(panel.field("Model")).to_have_value("GPT Image 2 Edit (gpt-image-2-edit)")
    expect(panel.images).to_have_count(1)
    panel.field("Prompt").fill("Give image 1 a basket of bread")
    panel.generate.click()
    expect(panel.pictures).to_have_count(2)
    panel.button("Copy as cell").click()
    look("5-edited", 2300)


def _copy_and_run_the_cell(panel: PanelPage, lab: Lab) -> None:
    text = panel.field("The form as cell").input_value()
    assert text.startswith("%%vidgo --model gpt-image-2-edit --quality high --size 1:1 --resolution 4K --image ")
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel.root.get_by_role("button", name="Copy", exact=True).click()
    expect(panel.root).to_contain_text("Copied. Paste it into a new cell.")
    lab.cell(2).locator(".cm-content").click()
    lab.page.keyboard.press("Control+V")
    lab.command("notebook:run-cell")
    expect(lab.pictures(2)).to_have_count(1)


def _look_at_it_reopened(panel: PanelPage, lab: Lab, look: Look) -> None:
    """With a fresh kernel, which knows nothing of the form."""
    lab.open("panel.ipynb")
    expect(lab.pictures(1)).to_have_count(1)
    expect(lab.cell(1).locator(".jp-OutputArea")).to_contain_text("Give image 1 a basket of bread")
    expect(panel.root).to_have_count(0)
    look("6-reopened", 2000)


def _look_at_it_converted(lab: Lab, desk: Desk) -> None:
    done = desk.run("jupyter", "nbconvert", "--to", "html", "panel.ipynb")
    assert done.returncode == 0, done.stderr
    lab.page.goto((desk.folder / "panel.html").as_uri())
    expect(lab.page.locator("img")).to_have_count(2)
    expect(lab.page.get_by_text("A form was open here")).to_be_visible()
    lab.picture("panel-7-html")


def _check_file(path: Path) -> None:
    """The cell with the form holds the form, one picture, and both cards."""
    outputs: Any = nbformat.read(path, as_version=4).cells[1].outputs
    kinds = [set(output.data) for output in outputs]
    assert len(kinds) == 3
    assert "application/vnd.jupyter.widget-view+json" in kinds[0]
    assert "image/jpeg" in kinds[1]
    assert outputs[2].data["text/html"].count("GPT Image 2") == 2
    assert path.stat().st_size < 600_000


def _end_kernels(url: str) -> None:
    for session in httpx.get(f"{url}/api/sessions").json():
        httpx.delete(f"{url}/api/sessions/{session['id']}")


def test_close_leaves_a_summary_and_the_results(panel: PanelPage, lab: Lab) -> None:
    panel.field("Prompt").fill("A lighthouse & <b>its</b> keeper")
    panel.generate.click()
    expect(panel.pictures).to_have_count(1)
    panel.button("Close").click()
    output = lab.cell(1).locator(".jp-OutputArea")
    expect(output).to_contain_text("The form is closed; its results are below.")
    expect(output).to_contain_text("A lighthouse & <b>its</b> keeper")
    expect(lab.pictures(1)).to_have_count(1)
    expect(panel.generate).to_have_count(0)
    lab.picture("panel-8-closed")
    assert lab.complaints == []


def test_a_busy_kernel_is_said_rather_than_the_form_seeming_dead(panel: PanelPage, lab: Lab) -> None:
    lab.cell(2).locator(".cm-content").click()
    lab.page.keyboard.insert_text("import time; time.sleep(3)")
    lab.start("notebook:run-cell")
    expect(panel.root).to_contain_text("A cell is running.")
    expect(panel.root).not_to_contain_text("A cell is running.")


def test_bad_input_is_said_at_its_field_and_nothing_is_sent(
    panel: PanelPage, lab: Lab, lab_desk: Desk, look: Look
) -> None:
    before = _records(lab_desk)
    pasted = "<b>word</b> " * 4200
    panel.field("Model").select_option("GPT Image 2 Edit (gpt-image-2-edit)")
    panel.field("Prompt").fill(pasted)
    expect(panel.root).to_contain_text("50,399 of 4,000 characters")
    expect(panel.root).to_contain_text("shorten it by 46,399")
    expect(panel.field("Prompt")).to_have_value(pasted)
    panel.field("Prompt").fill("<img src=x onerror='document.title=1'> markup")
    panel.field("Size").select_option("custom")
    panel.field("Width, pixels").fill("230")
    panel.field("Image: URL, path or variable").fill("htp:/nowhere")
    panel.button("Add image").click()
    expect(panel.root.get_by_text("is no URL, no variable and no file here").first).to_be_visible()
    _upload(panel, lab_desk, "text.png", b"hello")
    expect(panel.root).to_contain_text("it is no picture, whatever its name says")
    _upload(panel, lab_desk, "scan.png", b"\0" * 200_000_000)
    expect(panel.root).to_contain_text("scan.png has 200 MB, and an upload at most 10 MB")
    expect(panel.generate).to_be_disabled()
    expect(panel.root).to_contain_text("Generate waits: ")
    expect(panel.field("Width, pixels")).to_have_value("230")
    expect(panel.field("Image: URL, path or variable")).to_have_value("htp:/nowhere")
    look("9-bad-input")
    assert _records(lab_desk) == before
    assert lab.page.title() != "1"
    panel.field("Prompt").fill("still alive")
    expect(panel.root).to_contain_text("11 of 4,000 characters")


def _upload(panel: PanelPage, desk: Desk, name: str, content: bytes) -> None:
    (desk.folder / "uploads").mkdir(exist_ok=True)
    path = desk.folder / "uploads" / name
    path.write_bytes(content)
    with panel.page.expect_file_chooser() as chooser:
        panel.button("Upload a picture").click()
    chooser.value.set_files(path)


_NAMES = """root => [...root.querySelectorAll('button, input, select, textarea')].filter(e => e.checkVisibility() && !(
    e.innerText?.trim() || e.title?.trim() || e.ariaLabel || [...(e.labels ?? [])].some(l => l.innerText.trim())
)).map(e => e.outerHTML)"""
_FOCUSED = """() => { const e = document.activeElement;
    return e.closest('.vidgo-panel') ? (e.labels?.[0]?.innerText || e.innerText || e.title).trim() : null }"""


def test_every_control_has_a_name_and_is_reached_by_the_keyboard(panel: PanelPage, lab: Lab) -> None:
    panel.field("Model").select_option("GPT Image 2 Edit (gpt-image-2-edit)")
    for number in (1, 2):
        panel.field("Image: URL, path or variable").fill(f"https://example.com/{number}.png")
        lab.page.keyboard.press("Enter")
        expect(panel.images).to_have_count(number)
    assert panel.root.evaluate(_NAMES) == []
    panel.field("Model").focus()
    walked = []
    while (name := lab.page.evaluate(_FOCUSED)) is not None:
        walked.append(name)
        lab.page.keyboard.press("Tab")
    for expected in ("Prompt", "Move image 1 down", "Remove image 2", "Add image", "Upload a picture", "Close"):
        assert expected in walked


def test_notebook_7_shows_the_same_form(lab: Lab, lab_desk: Desk, lab_url: str) -> None:
    write_notebook(lab_desk, "seven.ipynb", "%vidgo panel")
    lab.page.set_viewport_size({"width": 1400, "height": 1500})
    lab.page.goto(f"{lab_url}/notebooks/seven.ipynb")
    lab.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    for number in (0, 1):
        lab.cell(number).locator(".cm-content").click()
        lab.page.keyboard.press("Control+Enter")
    panel = PanelPage(lab.page)
    panel.is_there()
    panel.field("Prompt").fill("A heron in the reeds")
    panel.field("Quality").select_option("medium")
    expect(panel.generate).to_have_text("Generate · 3 credits")
    panel.generate.click()
    expect(panel.root.get_by_role("progressbar")).to_be_visible()
    expect(panel.pictures).to_have_count(1)
    lab.picture("panel-10-notebook-7")

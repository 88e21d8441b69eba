"""The form in JupyterLab: closed, busy, left by its kernel, given bad input, and used by the keyboard alone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.panel.conftest import Look
from tests.fixtures.clocks import StoppableTime
from tests.fixtures.jupyterlab import THEMES, Lab
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.panel_page import PanelPage

pytestmark = pytest.mark.browser
TYPED = "A very long prompt that nobody wants to type again"
LIGHTHOUSE = r"A lighthouse & <b>its</b> keeper, $5 or $10, \(x^2\)"
EDITING = "GPT Image 2 Edit (gpt-image-2-edit)"


def _records(notebook_folder: NotebookFolder) -> int:
    return len(list((notebook_folder.store / "results").glob("*.json")))


def test_close_leaves_a_summary_and_the_results(panel: PanelPage, shared_lab: Lab) -> None:
    lab = shared_lab
    panel.field("Prompt").fill(LIGHTHOUSE)
    panel.generate.click()
    expect(panel.pictures).to_have_count(1)
    expect(panel.root).to_contain_text(LIGHTHOUSE)
    expect(panel.root.locator("mjx-container")).to_have_count(0)
    panel.button("Close").focus()
    lab.page.keyboard.press("Enter")
    output = lab.cell(1).locator(".jp-OutputArea")
    expect(output).to_contain_text("The form is closed; its results are below.")
    expect(output).to_contain_text(LIGHTHOUSE)
    expect(output.locator("mjx-container")).to_have_count(0)
    expect(lab.pictures(1)).to_have_count(1)
    expect(panel.generate).to_have_count(0)
    expect(output.locator("pre").first).to_contain_text("%%vidgo --model gpt-image-2")
    lab.page.wait_for_function("document.activeElement.closest('.jp-Notebook')")  # where Jupyter's keys work again
    lab.picture("panel-8-closed")
    assert lab.complaints == []


def test_a_busy_kernel_is_said_rather_than_the_form_seeming_dead(
    panel: PanelPage, shared_lab: Lab, lab_folder: NotebookFolder
) -> None:
    shared_lab.cell(2).locator(".cm-content").click()
    shared_lab.page.keyboard.insert_text(
        "import pathlib, time\nwhile not pathlib.Path('go on').exists(): time.sleep(0.1)"
    )
    shared_lab.start("notebook:run-cell")
    expect(panel.root).to_contain_text("A cell is running.")
    (lab_folder.folder / "go on").touch()
    expect(panel.root).not_to_contain_text("A cell is running.")


def test_several_jobs_have_a_bar_each(panel: PanelPage, service_time: StoppableTime) -> None:
    panel.field("Prompt").fill("Three kites")
    panel.field("Number of pictures").fill("3")
    expect(panel.generate).to_have_text("Generate · 6 credits")
    with service_time.stands_still():
        panel.generate.click()
        expect(panel.root.get_by_role("progressbar")).to_have_count(3)
    expect(panel.pictures).to_have_count(3)
    expect(panel.root.get_by_role("progressbar")).to_have_count(0)


def test_bad_input_is_said_at_its_field_and_nothing_is_sent(
    panel: PanelPage, shared_lab: Lab, lab_folder: NotebookFolder, look: Look
) -> None:
    before = _records(lab_folder)
    pasted = "<b>word</b> " * 4200
    panel.field("Model").select_option(EDITING)
    panel.field("Prompt").fill(pasted)
    expect(panel.root).to_contain_text("50,399 of 4,000 characters")
    expect(panel.root).to_contain_text("shorten it by 46,399")
    expect(panel.field("Prompt")).to_have_value(pasted)
    panel.field("Prompt").fill("<img src=x onerror='document.title=1'> markup")
    panel.field("Size").select_option("custom")
    panel.field("Width, pixels").fill("230")
    expect(panel.root.get_by_text("a custom height is a whole number of pixels").first).to_be_visible()
    panel.field("Image: URL, path or variable").fill("htp:/nowhere")
    panel.button("Add image").click()
    expect(panel.root.get_by_text("not a URL, variable or existing file").first).to_be_visible()
    _upload(panel, lab_folder, "text.png", b"hello")
    expect(panel.root).to_contain_text("it is not an image file")
    _upload(panel, lab_folder, "scan.png", b"\0" * 200_000_000)
    expect(panel.root).to_contain_text("scan.png has 200 MB, and an upload at most 10 MB")
    expect(panel.generate).to_be_disabled()
    expect(panel.root).to_contain_text("Generate is disabled until this is fixed. ")
    expect(panel.field("Width, pixels")).to_have_value("230")
    expect(panel.field("Image: URL, path or variable")).to_have_value("htp:/nowhere")
    look(shared_lab, "9-bad-input", 1500)
    assert _records(lab_folder) == before
    assert shared_lab.page.title() != "1"
    panel.field("Prompt").fill("still alive")
    expect(panel.root).to_contain_text("11 of 4,000 characters")


def _upload(panel: PanelPage, notebook_folder: NotebookFolder, name: str, content: bytes) -> None:
    (notebook_folder.folder / "uploads").mkdir(exist_ok=True)
    path = notebook_folder.folder / "uploads" / name
    path.write_bytes(content)
    with panel.page.expect_file_chooser() as chooser:
        panel.button("Upload a picture").click()
    chooser.value.set_files(path)


def test_a_form_full_of_things_has_no_fault_that_axe_finds_in_either_theme(
    panel: PanelPage, shared_lab: Lab, service_time: StoppableTime
) -> None:
    panel.field("Prompt").fill("A kettle for axe")
    panel.generate.click()
    expect(panel.pictures).to_have_count(1)
    panel.button("Use as reference").click()
    panel.field("Image: URL, path or variable").fill("https://example.com/a.png")
    shared_lab.page.keyboard.press("Enter")
    expect(panel.images).to_have_count(2)
    panel.field("Size").select_option("custom")
    panel.field("Width, pixels").fill("99999")
    panel.button("Save as…").click()
    panel.button("Copy as cell").first.click()
    expect(panel.field("The form as cell")).to_be_visible()
    for theme in THEMES:
        shared_lab.wear(theme)
        assert _faults(panel) == []
    panel.button("Reset").click()
    panel.field("Prompt").fill("Two kettles for axe, and their bars")
    with service_time.stands_still():
        panel.generate.click()
        expect(panel.root.get_by_role("progressbar")).to_be_visible()
        assert _faults(panel) == []


def _faults(panel: PanelPage) -> list[str]:
    found = Axe().run(panel.page, context=".vidgo-panel").response["violations"]
    return [f"{fault['id']}: {node['html']}" for fault in found for node in fault["nodes"]]


_NAMELESS = """root => [...root.querySelectorAll('button, input, select, textarea')].filter(e => e.checkVisibility() &&
    !(
    e.innerText?.trim() || e.title?.trim() || e.ariaLabel || [...(e.labels ?? [])].some(l => l.innerText.trim())
)).map(e => e.outerHTML)"""
_RING = "(style => style.outlineStyle + ' ' + style.outlineWidth)(getComputedStyle(document.activeElement))"
_FOCUSED = """() => { const e = document.activeElement;
    return e.closest('.vidgo-panel') ? (e.labels?.[0]?.innerText || e.innerText || e.title).trim() : null }"""


def test_every_control_has_a_name_and_is_reached_by_the_keyboard(panel: PanelPage, shared_lab: Lab) -> None:
    panel.field("Model").select_option(EDITING)
    for number in (1, 2):
        panel.field("Image: URL, path or variable").fill(f"https://example.com/{number}.png")
        shared_lab.page.keyboard.press("Enter")
        expect(panel.images).to_have_count(number)
    assert panel.root.evaluate(_NAMELESS) == []
    panel.field("Model").focus()
    walked = []
    while (name := shared_lab.page.evaluate(_FOCUSED)) is not None:
        walked.append(name)
        shared_lab.page.keyboard.press("Tab")
    for expected in ("Prompt", "Move image 1 down", "Remove image 2", "Add image", "Upload a picture", "Close"):
        assert expected in walked


def test_a_picture_and_an_edit_are_made_by_the_keyboard_alone(panel: PanelPage, shared_lab: Lab) -> None:
    """The keys that Jupyter takes for commands elsewhere do nothing to the notebook from inside the form."""
    page = shared_lab.page
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    panel.field("Model").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("A barn owl, by keyboard")
    _walk(shared_lab, "Quality")
    page.keyboard.press("m")  # medium; to Jupyter, elsewhere: turn this cell into Markdown
    expect(panel.generate).to_have_text("Generate · 3 credits")
    _walk(shared_lab, "Generate · 3 credits")
    for command in ("b", "a", "d", "d", "x"):  # to Jupyter: insert a cell below, above, delete it, cut it
        page.keyboard.press(command)
    page.keyboard.press("Enter")
    expect(panel.pictures).to_have_count(1)
    _walk(shared_lab, "Use as reference")
    page.keyboard.press("Space")
    expect(panel.images).to_have_count(1)
    panel.field("Image: URL, path or variable").focus()
    page.keyboard.type("https://example.com/a.png")
    page.keyboard.press("Enter")
    expect(panel.images).to_have_count(2)
    _walk(shared_lab, "Move image 1 down", key="Shift+Tab")
    page.keyboard.press("Space")
    expect(panel.images.first).to_contain_text("https://example.com/a.png")
    page.wait_for_function(f"({_FOCUSED})() === 'Move image 2 up'")  # the focus goes with the image
    page.keyboard.press("Space")
    expect(panel.images.last).to_contain_text("https://example.com/a.png")
    page.wait_for_function(f"({_FOCUSED})() === 'Move image 1 down'")
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells


def test_control_enter_generates_at_the_price_that_was_seen_and_escape_leaves_the_field(
    panel: PanelPage, shared_lab: Lab
) -> None:
    page = shared_lab.page
    panel.field("Prompt").focus()
    page.keyboard.type("A heron, by Ctrl and Enter")
    page.keyboard.press("Control+Enter")
    expect(panel.pictures).to_have_count(1)
    expect(panel.generate).to_have_text("Generate · free, from the store")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.activeElement.closest('.vidgo-panel')")


def test_the_focus_follows_what_is_opened_and_stays_in_the_form_when_its_place_is_gone(
    panel: PanelPage, shared_lab: Lab
) -> None:
    page = shared_lab.page
    panel.field("Prompt").fill("A heron, for the focus")
    panel.generate.click()
    expect(panel.pictures).to_have_count(1)
    _walk(shared_lab, "Save as…")
    assert page.evaluate(_RING) == "solid 2px"
    page.keyboard.press("Enter")
    expect(panel.field("File or folder")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.root).to_contain_text("Saved: ")
    expect(panel.button("Save as…")).to_be_focused()
    panel.button("Copy as cell").last.focus()
    page.keyboard.press("Enter")
    panel.button("Hide").first.focus()
    page.keyboard.press("Enter")
    expect(panel.button("Copy as cell").last).to_be_focused()
    panel.button("Use as reference").focus()
    page.keyboard.press("Enter")
    expect(panel.field("Prompt")).to_be_focused()  # the fields may be far above the result
    assert page.evaluate(_RING) == "solid 2px"
    panel.button("Remove this result from the form").focus()
    page.keyboard.press("Enter")
    expect(panel.pictures).to_have_count(0)
    page.wait_for_function("document.activeElement.closest('.vidgo-panel')")


def test_after_a_restart_the_prompt_can_be_copied_and_a_new_form_has_it(panel: PanelPage, shared_lab: Lab) -> None:
    lab = shared_lab
    panel.field("Prompt").fill(TYPED)
    lab.start("kernelmenu:restart")
    lab.page.get_by_role("button", name="Confirm Kernel Restart").click()
    gone = lab.page.locator(".vidgo-panel.jupyter-widgets-disconnected")
    gone.wait_for()
    panel.field("Prompt").select_text()
    assert lab.page.evaluate("document.getSelection().toString()") == TYPED
    lab.picture("panel-10-restarted")
    for cell in (0, 1):
        lab.cell(cell).locator(".cm-content").click()
        lab.command("notebook:run-cell")
    panel.is_there()
    expect(panel.field("Prompt")).to_have_value(TYPED)
    expect(panel.root).to_contain_text("This is the prompt that the form held when its kernel ended.")


def _walk(lab: Lab, name: str, key: str = "Tab") -> None:
    """Press Tab until the focus is on a control."""
    for _ in range(40):
        if lab.page.evaluate(_FOCUSED) == name:
            return
        lab.page.keyboard.press(key)
    raise AssertionError(f"{name} is not reached by {key}")


_MARK = "getComputedStyle(e, '::before')"  # where ipywidgets puts its broken links, one for each part


def test_a_form_whose_kernel_has_ended_says_so_once(panel: PanelPage, shared_lab: Lab) -> None:
    """Last in this file: the kernel starts anew."""
    shared_lab.page.evaluate("window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()")
    expect(shared_lab.page.locator(".vidgo-panel.jupyter-widgets-disconnected")).to_be_visible()
    assert "The kernel behind this form has ended" in panel.root.evaluate(f"e => {_MARK}.content")
    assert panel.generate.evaluate(f"e => {_MARK}.display") == "none"
    assert panel.root.locator("xpath=..").evaluate(f"e => {_MARK}.display") == "none"
    shared_lab.picture("panel-10-kernel-ended")

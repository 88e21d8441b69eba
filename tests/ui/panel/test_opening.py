"""The form opens with a job, a result or a cell; without a person there it is a line of text instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fixtures.orders import new_request
from tests.fixtures.panel_driver import PanelDriver
from vidgo_notebook.app.form import form_state
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.domain.request import fingerprint
from vidgo_notebook.domain.template import render
from vidgo_notebook.door import Door, open_door
from vidgo_notebook.errors import RequestError
from vidgo_notebook.ui.opening import open_panel

CELL = "%%vidgo hero -q high -s 2304x1536 -r 2K --take 3\nA {{ product }} in {{ '{{' }} braces"


def _fingerprint_of_copy(driver: PanelDriver) -> str:
    """What the copied cell asks for when it is run."""
    line, _, body = driver.copy().partition("\n")
    options = read_cell_line(line.removeprefix("%%vidgo"), driver.variables)
    images = [driver.variables.get(image, image) for image in options.images]
    prompt = render(body, driver.variables)
    request = new_request(driver.session, prompt, images=images, take=options.takes[0], **options.request)
    return fingerprint(request, "emulator")


def test_a_cells_text_is_read_as_a_cell_would_read_it(driver: PanelDriver, variables: dict[str, Any]) -> None:
    variables["product"] = "kettle"
    driver.open(CELL)
    assert driver.form.prompt.value == "A {{ product }} in {{ '{{' }} braces"
    assert "Sent: A kettle in {{ braces" in driver.form.preview.value
    assert (driver.form.quality.select.value, driver.form.size.value) == ("high", "2304x1536")
    assert (driver.form.number.value, driver.form.take.value) == (1, 3)
    assert driver.copy() == (
        "%%vidgo --model gpt-image-2 --quality high --size 2304x1536 --resolution 2K --take 3\n"
        "A {{ product }} in {{ '{{' }} braces"
    )


def test_text_without_a_first_line_is_a_prompt(driver: PanelDriver) -> None:
    driver.open("A kettle")
    assert driver.form.prompt.value == "A kettle"


def test_a_value_that_the_model_does_not_take_is_shown_with_its_problem(driver: PanelDriver) -> None:
    driver.open("%%vidgo --quality best --size 16:10\nA kettle")
    assert driver.form.quality.select.value == "best"
    assert "best" in driver.form.quality.problem.value
    assert driver.form.size.value == "16:10"
    assert "16:10" in driver.form.size.choice.problem.value


def test_images_that_a_model_does_not_take_are_shown_with_their_problem_rather_than_dropped(
    driver: PanelDriver,
) -> None:
    driver.open("%%vidgo -m gpt-image-2 -i https://example.com/a.png\nA kettle")
    assert "gpt-image-2 takes no images" in driver.form.images.problem.value
    assert driver.form.images.box.layout.display is None
    driver.open("%%vidgo -m flux-2-pro -i https://example.com/a.png\nA kettle")
    assert driver.reason == ""
    assert "--image https://example.com/a.png" in driver.copy()
    driver.form.model.select.value = "flux-2-flex"
    assert "--image" not in driver.copy()


@pytest.mark.parametrize("subject", [3, "%%vidgo --modle x\nA", "%%vidgo -m nothing-2\nA", "%%vidgo -i gone.png\nA"])
def test_what_can_not_be_opened_is_one_clear_error(driver: PanelDriver, subject: Any) -> None:
    with pytest.raises(RequestError):
        driver.open(subject)


def test_a_job_and_its_result_open_with_settings_that_copy_to_the_same_fingerprint(
    driver: PanelDriver, variables: dict[str, Any]
) -> None:
    driver.type("A fox")
    driver.form.quality.select.value = "medium"
    (fox,) = driver.generate()
    driver.panel.use_as_reference(fox.result())
    variables["shelf"] = Image.new("RGB", (40, 30), "teal")
    driver.form.images.add([*_picked(driver, "shelf"), *_picked(driver, "https://example.com/a.png")])
    driver.type("Put {{ '{{' }} it }} there")
    (edit,) = driver.generate()
    for subject in (edit, edit.result()):
        driver.panel.reset()
        if subject is not edit:
            variables["fox"] = fox
        driver.open(subject)
        if subject is edit:
            assert _fingerprint_of_copy(driver) == edit.fingerprint
        else:  # a record does not know how a picture of one's own was called
            assert "is not available any more" in driver.reason
            assert driver.form.images.picked[0].reference.identity == edit.request.references[0].identity


def _picked(driver: PanelDriver, text: str) -> Any:
    from vidgo_notebook.app.request.recover import pick

    return pick(text, driver.variables)


def test_a_result_made_from_earlier_results_copies_to_the_same_fingerprint_in_another_session(
    driver: PanelDriver,
) -> None:
    driver.type("A fox")
    (fox,) = driver.generate()
    driver.panel.use_as_reference(fox.result())
    driver.type("Give it a hat")
    (edit,) = driver.generate()
    again = PanelDriver(driver.session, {})
    again.open(edit.result())
    assert again.reason == ""
    assert _fingerprint_of_copy(again) == edit.fingerprint
    assert again.price == "Generate · free, from the store"


def test_an_earlier_picture_is_written_by_the_variable_that_holds_it(
    driver: PanelDriver, variables: dict[str, Any]
) -> None:
    driver.type("A fox")
    (variables["fox"],) = driver.generate()
    driver.panel.use_as_reference(variables["fox"].result())
    driver.type("Give it a hat")
    assert "--image fox" in driver.copy()
    assert "image=[fox]" in driver.copy("Python")


def test_an_image_without_a_name_can_be_sent_but_not_copied(driver: PanelDriver, variables: dict[str, Any]) -> None:
    variables["make"] = lambda: Image.new("RGB", (4, 4))
    driver.open("%%vidgo -i {{ make() }}\nAn edit")
    assert driver.reason == ""
    assert driver.copy() == ""
    assert "image 1 has no name" in driver.panel.copying.note.value


def test_without_a_notebook_the_line_says_what_to_use_instead(
    driver: PanelDriver, capsys: pytest.CaptureFixture[str]
) -> None:
    open_panel("A kettle", None, driver.session)
    printed = capsys.readouterr().out
    assert "a terminal shows no widgets" in printed
    assert "vidgo.generate(\n    'A kettle'," in printed
    open_door(Door.CELL)
    open_panel("A kettle", None, driver.session)
    printed = capsys.readouterr().out
    assert printed.endswith("%%vidgo --model gpt-image-2 --quality low --size auto --resolution 1K\nA kettle\n")


def test_a_signed_url_whose_query_the_record_left_out_is_said(driver: PanelDriver, folder: Path) -> None:
    driver.open("%%vidgo -i https://example.com/a.png?signature=secret\nAn edit")
    (edit,) = driver.generate()
    draft = form_state(edit.result(), driver.session, {})
    assert "query of a signed URL" in draft.note

"""The form opens with a job, a result or a cell; without a person there it is a line of text instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.panel.conftest import Hand
from vidgo_notebook.app.form import form_state
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.domain.request import fingerprint
from vidgo_notebook.domain.template import render
from vidgo_notebook.errors import RequestError
from vidgo_notebook.ui.opening import open_panel

CELL = "%%vidgo hero -q high -s 2304x1536 -r 2K --take 3\nA {{ product }} in {{ '{{' }} braces"


def _fingerprint_of_copy(hand: Hand) -> str:
    """What the copied cell asks for when it is run."""
    line, _, body = hand.copy().partition("\n")
    options = read_cell_line(line.removeprefix("%%vidgo"), hand.variables)
    images = [hand.variables.get(image, image) for image in options.images]
    prompt = render(body, hand.variables)
    request = new_request(hand.session, prompt, images=images, take=options.takes[0], **options.request)
    return fingerprint(request, "emulator")


def test_a_cells_text_is_read_as_a_cell_would_read_it(hand: Hand, variables: dict[str, Any]) -> None:
    variables["product"] = "kettle"
    hand.open(CELL)
    assert hand.form.prompt.value == "A kettle in {{ braces"
    assert (hand.form.quality.select.value, hand.form.size.value) == ("high", "2304x1536")
    assert (hand.form.which.select.value, hand.form.number.value) == ("only", 3)
    assert hand.copy() == (
        "%%vidgo --model gpt-image-2 --quality high --size 2304x1536 --resolution 2K --take 3\n"
        'A kettle in {{ "{{" }} braces'
    )


def test_text_without_a_first_line_is_a_prompt(hand: Hand) -> None:
    hand.open("A kettle")
    assert hand.form.prompt.value == "A kettle"


def test_a_value_that_the_model_does_not_take_is_shown_with_its_problem(hand: Hand) -> None:
    hand.open("%%vidgo --quality best --size 16:10\nA kettle")
    assert hand.form.quality.select.value == "best"
    assert "best" in hand.form.quality.problem.value
    assert hand.form.size.value == "16:10"
    assert "16:10" in hand.form.size.choice.problem.value


def test_images_that_a_model_does_not_take_are_shown_with_their_problem_rather_than_dropped(hand: Hand) -> None:
    hand.open("%%vidgo -m gpt-image-2 -i https://example.com/a.png\nA kettle")
    assert "gpt-image-2 takes no images" in hand.form.images.problem.value
    assert hand.form.images.box.layout.display is None
    hand.open("%%vidgo -m flux-2-pro -i https://example.com/a.png\nA kettle")
    assert hand.reason == ""
    assert "--image https://example.com/a.png" in hand.copy()
    hand.form.model.select.value = "flux-2-flex"
    assert "--image" not in hand.copy()


@pytest.mark.parametrize("subject", [3, "%%vidgo --modle x\nA", "%%vidgo -m nothing-2\nA", "%%vidgo -i gone.png\nA"])
def test_what_can_not_be_opened_is_one_clear_error(hand: Hand, subject: Any) -> None:
    with pytest.raises(RequestError):
        hand.open(subject)


def test_a_job_and_its_result_open_with_settings_that_copy_to_the_same_fingerprint(
    hand: Hand, variables: dict[str, Any]
) -> None:
    hand.type("A fox")
    hand.form.quality.select.value = "medium"
    (fox,) = hand.generate()
    hand.panel._acts.use_as_reference(fox)
    variables["shelf"] = Image.new("RGB", (40, 30), "teal")
    hand.form.images.add([*_picked(hand, "shelf"), *_picked(hand, "https://example.com/a.png")])
    hand.type("Put {{ it }} there")
    (edit,) = hand.generate()
    for subject in (edit, edit.result()):
        hand.panel.reset()
        if subject is not edit:
            variables["fox"] = fox
        hand.open(subject)
        if subject is edit:
            assert _fingerprint_of_copy(hand) == edit.fingerprint
        else:  # a record does not know how a picture of one's own was called
            assert "is not here any more" in hand.reason
            assert hand.form.images.picked[0].reference.identity == edit.request.references[0].identity


def _picked(hand: Hand, text: str) -> Any:
    from vidgo_notebook.app.request.recover import pick

    return pick(text, hand.variables)


def test_a_result_made_from_earlier_results_copies_to_the_same_fingerprint_in_another_session(hand: Hand) -> None:
    hand.type("A fox")
    (fox,) = hand.generate()
    hand.panel._acts.use_as_reference(fox)
    hand.type("Give it a hat")
    (edit,) = hand.generate()
    again = Hand(hand.session, {})
    again.open(edit.result())
    assert again.reason == ""
    assert _fingerprint_of_copy(again) == edit.fingerprint
    assert again.price == "Generate · free, from the store"


def test_an_earlier_picture_is_written_by_the_variable_that_holds_it(hand: Hand, variables: dict[str, Any]) -> None:
    hand.type("A fox")
    (variables["fox"],) = hand.generate()
    hand.panel._acts.use_as_reference(variables["fox"])
    hand.type("Give it a hat")
    assert "--image fox" in hand.copy()
    assert "image=[fox]" in hand.copy("Python")


def test_an_image_without_a_name_can_be_sent_but_not_copied(hand: Hand, variables: dict[str, Any]) -> None:
    variables["make"] = lambda: Image.new("RGB", (4, 4))
    hand.open("%%vidgo -i {{ make() }}\nAn edit")
    assert hand.reason == ""
    assert hand.copy() == ""
    assert "Image 1 has no name" in hand.panel.copying.told.value


def test_without_a_notebook_the_line_says_what_to_use_instead(hand: Hand, capsys: pytest.CaptureFixture[str]) -> None:
    open_panel("A kettle", None, hand.session)
    printed = capsys.readouterr().out
    assert "nobody is here to fill in a form" in printed
    assert printed.endswith("%%vidgo --model gpt-image-2 --quality low --size auto --resolution 1K\nA kettle\n")


def test_a_signed_url_whose_query_the_record_left_out_is_said(hand: Hand, folder: Path) -> None:
    hand.open("%%vidgo -i https://example.com/a.png?signature=secret\nAn edit")
    (edit,) = hand.generate()
    draft = form_state(edit.result(), hand.session, {})
    assert "query of a signed URL" in draft.note

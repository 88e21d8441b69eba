"""Python's message names every problem of a request: unknown fields, takes, limits, images, fields and prompt."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from vidgo_notebook.app.form import form_state
from vidgo_notebook.app.session import Session
from vidgo_notebook.errors import RequestError


def problems_of(call: Callable[[], object]) -> str:
    with pytest.raises(RequestError) as refused:
        call()
    return str(refused.value)


def test_generate_and_quote_name_all_of_their_problems(local_api: LocalApi, session: Session) -> None:
    wrong = {"qualty": "high", "size": "16:10", "image": "gone.png", "takes": 0}
    for call in (lambda: vidgo.generate("", max_credits="much", **wrong), lambda: vidgo.quote("", **wrong)):
        text = problems_of(call)
        for words in ("qualty is not an option", "'16:10'", "gone.png", "takes: 0", "prompt is empty"):
            assert words in text
    assert "max_credits" in problems_of(lambda: vidgo.generate("", max_credits="much", **wrong))
    assert local_api.emulator.count() == 0


def test_a_sweep_names_all_of_its_problems(local_api: LocalApi, session: Session) -> None:
    text = problems_of(
        lambda: vidgo.sweep(
            prompt="A {{ color }} {{ thing }}",
            color=[],
            quality=["low", "best"],
            size="16:10",
            image=["gone.png"],
            takes=0,
            max_credits="much",
        )
    )
    for words in ("color has no value", "'best'", "'16:10'", "gone.png", "takes: 0", "max_credits", "{{ thing }}"):
        assert words in text
    assert "{{ color }} is not defined" not in text
    assert local_api.emulator.count() == 0


def test_a_table_names_all_of_its_problems(local_api: LocalApi, session: Session) -> None:
    rows = [{"color": "red"}, {"color": "blue"}]
    text = problems_of(
        lambda: vidgo.map(rows, prompt="A {{ colour }} mug", sise="1:1", image="gone.png", max_credits="much")
    )
    assert "{{ colour }} is not defined" not in text
    for words in ("the table has no column colour", "sise is not a field", "gone.png", "max_credits"):
        assert words in text
    assert local_api.emulator.count() == 0


def test_a_form_filled_from_a_cell_names_all_of_its_problems(session: Session) -> None:
    cell = "%%vidgo --qualty high --image gone.png --model gpt-image-3 --sweep size=1:1,16:9\nA {{ nobody }}"
    text = problems_of(lambda: form_state(cell, session, {}))
    for words in ("'--qualty'", "gone.png", "gpt-image-3", "sweep: a form", "{{ nobody }}"):
        assert words in text

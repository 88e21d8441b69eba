"""A picture whose record is odd, opened in the form and put into a report: never a traceback."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.panel_driver import PanelDriver, driver, emulator, folder, session, variables
from tests.fixtures.sample_records import keep, record
from vidgo_notebook.app.form import form_state
from vidgo_notebook.app.library.report import Report
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import RequestError, StoreError, VidgoError
from vidgo_notebook.store.results.record_file import read_record
from vidgo_notebook.store.results.result_store import ResultStore

__all__ = ["driver", "emulator", "folder", "session", "variables"]

ODD: dict[str, dict[str, Any]] = {
    "unknown model": {"model": "gpt-image-9"},
    "model with markup": {"model": "<b>$x$</b>\x1b[2J"},
    "size of no model": {"fields": {"size": "999:1"}, "effective_fields": {"size": "999:1"}},
    "empty values": {"fields": {"size": "", "quality": ""}, "effective_fields": {"size": "", "quality": ""}},
    "quality of no model": {"fields": {"quality": "$\\Huge$"}, "effective_fields": {"quality": "$\\Huge$"}},
    "quality where there is none": {"model": "flux-2-pro", "fields": {"quality": "high"}},
    "no fields": {"fields": {}, "effective_fields": {}},
    "great take": {"take": 10**11},
    "take 0": {"take": 0},
    "long prompt": {"prompt": "a fox, " * 50_000 + "red"},
    "prompt of nothing": {"prompt": ""},
    "template": {"template": "{{ x", "values": (("x", "\u202ey"),)},
    "many images": {"references": tuple(f"url:https://x.example/{n}" for n in range(40))},
    "url of no kind": {"references": ("url:javascript:alert(1)", "url:" + "x" * 5000)},
    "parent of its own": {"references": ("bytes:" + "a" * 64,), "parents": ("b" * 64,)},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_the_form_opens_or_says_in_a_sentence_why_not(odd: dict[str, Any], driver: PanelDriver) -> None:
    result = Result(record(**odd), None, driver.session.store, b"")
    try:
        driver.open(result)
    except VidgoError as error:
        assert isinstance(error, RequestError)
        assert "gpt-image-9" in str(error) or "$x$" in str(error)
        return
    assert driver.form.read().prompt == record(**odd).prompt
    for kind in ("cell", "python"):
        driver.copy(kind)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_table_and_a_paragraph_can_be_made_of_it(odd: dict[str, Any]) -> None:
    report = Report([record(**odd)])
    assert report.methods in repr(report)
    assert report._repr_html_()


@pytest.mark.parametrize(
    "changed",
    [
        {"fields": {"size": "1:1", "colour": "x"}},
        {"fields": {"prompt": "x"}},
        {"fields": {"size": ["1:1"]}},
        {"fields": ["size"]},
        {"colour": "x"},
        {"effective_fields": {"size": None}},
        {"take": "1"},
        {"take": True},
        {"references": "abc"},
        {"references": [7]},
        {"values": [["a"]]},
        {"extra_fields": []},
    ],
    ids=json.dumps,
)
def test_a_field_that_is_not_known_or_of_another_type_is_named(changed: dict[str, Any], folder: Path) -> None:
    text = json.dumps({**asdict(record()), **changed})
    with pytest.raises(StoreError, match="can't be used"):
        read_record(text.encode(), "x.json")
    store = ResultStore(str(folder / ".vidgo"))
    kept, _ = keep(store)
    (folder / f".vidgo/results/{kept.fingerprint}.json").write_text(text)
    with pytest.raises(StoreError, match="can't be used"):
        store.find(kept.fingerprint)


def test_a_result_of_an_unknown_model_leaves_the_form_as_it_was(driver: PanelDriver, session: Session) -> None:
    driver.type("A red fox")
    with pytest.raises(RequestError, match="gpt-image-9"):
        form_state(Result(replace(record(), model="gpt-image-9"), None, session.store, b""), session, {})
    assert driver.form.read().prompt == "A red fox"

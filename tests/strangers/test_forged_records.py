"""A record counts only if its fingerprint is that of its own request: no statement of a stranger is believed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.fixtures.live_session import LiveSession, OpenLiveSession
from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.checking.findings import Verdict
from vidgo_notebook.app.commands.doctor import check_store
from vidgo_notebook.app.library.index import LibraryIndex
from vidgo_notebook.app.library.select import Selection, find_results
from vidgo_notebook.domain.request import Reference, fingerprint
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.record_file import MAX_RECORD_BYTES, read_record
from vidgo_notebook.store.results.verification import request_of

PROMPT = "A red bicycle"
Data = dict[str, Any]


def path_of(result: Result) -> Path:
    assert result.store and result.store.folder
    return result.store.folder / "results" / f"{result.record.fingerprint}.json"


def edited(result: Result, **changes: Any) -> None:
    path = path_of(result)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


FORGED: dict[str, Callable[[Data], Data]] = {
    "another prompt": lambda _: {"prompt": "SOMETHING ELSE"},
    "another prompt with a space": lambda d: {"prompt": d["prompt"] + " "},
    "another model": lambda _: {"model": "flux-2-pro"},
    "an unknown model": lambda _: {"model": "<img src=x onerror=alert(1)>"},
    "another size": lambda d: {"fields": {**d["fields"], "size": "16:9"}},
    "another quality": lambda d: {"effective_fields": {**d["effective_fields"], "quality": "high"}},
    "another service": lambda _: {"provider": "vidgo"},
    "another take": lambda _: {"take": 2},
    "an image more": lambda _: {"references": ["bytes:" + "a" * 64], "parents": [""], "url_digests": [""]},
    "another fingerprint": lambda _: {"fingerprint": "a" * 64},
    "an unknown field": lambda d: {"fields": {**d["fields"], "colour": "x"}},
    "extra fields that the fingerprint does not cover": lambda _: {"extra_fields": {"style": "photo"}},
    "a time that is none": lambda _: {"finished": "yesterday"},
    "a time before all clocks": lambda _: {"finished": "0001-01-01T00:00:00+00:00"},
    "a price in another script": lambda _: {"charged": "١٢"},
    "a price without end": lambda _: {"charged": "9" * 10_000},
    "more pixels than there are": lambda _: {"width": 13_000, "height": 13_000},
    "other pixels than there are": lambda _: {"width": 3},
    "another size of the file": lambda _: {"size_bytes": 1},
    "half a character": lambda _: {"template": "\ud800"},
    "ten megabytes of text": lambda _: {"template": "x" * 10_000_000},
    "a million values": lambda _: {"values": [["a", "b"]] * 100_000},
    "deep fields": lambda _: {"extra_fields": json.loads('{"a":' * 60 + "1" + "}" * 60)},
    "a newer format": lambda _: {"format": 4},
    "no time that adds up": lambda _: {"submitted": ["2026"]},
    "true for a number": lambda _: {"take": True},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_record_is_damaged_everywhere(forge: Callable[[Data], Data], live: LiveSession) -> None:
    sound, forged = live.made("A kettle"), live.made(PROMPT)
    edited(forged, **forge(json.loads(path_of(forged).read_text())))
    store, submits = live.session.store, len(live.emulator.tasks)
    found = find_results(live.session, everything=True)
    assert [record.prompt for record in found.records] == ["A kettle"]
    assert len(found.left_out) == 1
    assert len([row for row in check_store(live.session) if row.serious]) == 1
    index = LibraryIndex(live.session)
    index.read()
    assert sound.record in index.records
    assert "SOMETHING ELSE" not in [record.prompt for record in index.records]
    assert [each.fingerprint for _, each in Selection(model="flux-2-pro").find(store.contents(), NOW)] == []
    with pytest.raises(StoreError) as raised:
        live.made(PROMPT)
    assert len(live.emulator.tasks) == submits
    assert "Traceback" not in str(raised.value)


NOW = datetime(2026, 1, 1, tzinfo=UTC)

TEXTS = {
    "a key twice": b'{"prompt": "A kettle", "prompt": "A red bicycle"}',
    "not a number": b'{"take": NaN}',
    "an infinity": b'{"take": -Infinity}',
    "deep arrays": b"[" * 200_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a number of many digits": b'{"seed": ' + b"9" * 100_000 + b"}",
    "UTF-16": '{"take": 1}'.encode("utf-16"),
    "zeros": bytes(2000),
    "a page": b"<!DOCTYPE html><html>",
    "too much": b" " * (MAX_RECORD_BYTES + 1),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_in_place_of_a_record_is_a_sentence(text: bytes) -> None:
    with pytest.raises(StoreError, match=r"The record some\.json can't be used: ") as raised:
        read_record(text, "some.json")
    assert len(str(raised.value)) < 500


def test_swapped_records_and_pictures_are_not_shown(live: LiveSession) -> None:
    first, second = live.made("A kettle"), live.made(PROMPT)
    one, other = path_of(first).read_bytes(), path_of(second).read_bytes()
    path_of(first).write_bytes(other)
    path_of(second).write_bytes(one)
    with pytest.raises(StoreError, match="belongs to another picture"):
        live.made(PROMPT)
    path_of(first).write_bytes(one)
    path_of(second).write_bytes(other)
    assert first.path and second.path
    first.path.write_bytes(second.bytes)
    assert find_results(live.session, everything=True).records == [second.record]


def test_check_says_that_a_forged_record_is_damaged(live: LiveSession, monkeypatch: pytest.MonkeyPatch) -> None:
    edited(live.made(PROMPT), prompt="SOMETHING ELSE")
    monkeypatch.setenv("VIDGO_STORE", str(live.session.store.folder))
    monkeypatch.setenv("VIDGO_BASE_URL", "https://api.example")
    monkeypatch.setenv("VIDGO_MODE", "replay")
    cell = nbformat.v4.new_code_cell(f"%%vidgo --size 1:1 --resolution 1K\n{PROMPT}")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), "a.ipynb")
    [finding] = check_notebook(Path("a.ipynb")).findings
    assert finding.verdict is Verdict.DAMAGED
    assert "are not those of its fingerprint" in finding.detail


def test_a_parent_is_the_picture_that_was_sent_and_no_other(live: LiveSession) -> None:
    parent, other = live.made("A kettle"), live.made(PROMPT)
    edit = live.made("Paint it", image=parent)
    edited(edit, parents=[other.record.fingerprint])
    again = live.made("Paint it", image=parent)
    assert [result.record.prompt for result in again.lineage] == ["Paint it"]


# Records of early versions


def early(live: LiveSession, prompt: str = "Edit the cup") -> tuple[ResultRecord, str]:
    """A record that lacks the query of its URL, as early versions wrote them; and the whole URL."""
    url = "https://images.example/cup.png?signature=abc"
    record = live.made(PROMPT).record
    asked = dataclasses.replace(request_of(record), prompt=prompt, references=(Reference("url", url),))
    made = dataclasses.replace(
        record, prompt=prompt, references=("url:https://images.example/cup.png",), parents=("",), format=2,
        fingerprint=fingerprint(asked, record.provider, 1, record.effective_fields),
    )  # fmt: skip
    store = live.session.store
    (store.folder / "results" / f"{made.fingerprint}.json").write_text(made.to_json())
    return made, url


def test_what_cannot_be_verified_is_reported_with_a_note_and_named_by_doctor(live: LiveSession) -> None:
    record, _ = early(live)
    found = find_results(live.session, everything=True)
    assert record in found.records
    assert [row.file for row in check_store(live.session) if row.serious] == [f"results/{record.fingerprint}.json"]


def test_such_a_record_of_another_prompt_is_not_shown(live: LiveSession) -> None:
    """To lack a part of a URL is no way around the check: the request is known where a picture is shown."""
    record, _ = early(live)
    target = live.made("A kettle").record
    forged = dataclasses.replace(record, fingerprint=target.fingerprint, prompt="SOMETHING ELSE")
    (live.session.store.folder / "results" / f"{target.fingerprint}.json").write_text(forged.to_json())
    submits = len(live.emulator.tasks)
    with pytest.raises(StoreError, match="says that it is of another"):
        live.made("A kettle")
    assert len(live.emulator.tasks) == submits


def test_the_digest_of_a_record_finds_every_edit(live: LiveSession, open_live: OpenLiveSession) -> None:
    result = live.made(PROMPT)
    before = result.record.sha256
    assert before == hashlib.sha256(path_of(result).read_bytes()).hexdigest()
    edited(result, charged="1")
    assert live.made(PROMPT).provenance["record_sha256"] != before

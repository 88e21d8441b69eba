"""What is kept of every picture is enough to make it again and to cite it, and holds no secret."""

from __future__ import annotations

import hashlib
import json
import platform
from datetime import datetime
from importlib.metadata import version

import pytest

from tests.fixtures.live_session import EDIT, URL, LiveSession, uploaded
from tests.fixtures.sample_pictures import PNG
from tests.fixtures.sample_records import DIGEST
from tests.fixtures.terminal import Terminal
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.domain.template import fill
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.record import FORMAT
from vidgo_notebook.store.results.record_file import read_record
from vidgo_notebook.store.results.result_store import ResultStore

PRINT = fingerprint(GenerationRequest("A red bicycle", quality="high", size="1:1", resolution="2K"), "vidgo")
FORMAT_1 = {
    "charged": "48", "digest": DIGEST, "effective_resolution": "2K", "fields": {"quality": "high", "size": "1:1"},
    "finished": "2026-05-01T10:00:09+00:00", "fingerprint": PRINT, "format": 1, "generation": 0, "height": 48,
    "job_id": "jabc", "media_type": "image/png", "model": "gpt-image-2", "package": "0.1.0", "parents": [],
    "prompt": "A red bicycle", "provider": "vidgo", "python": "3.11.7", "quoted": "48", "references": [],
    "size_bytes": 9, "submitted": "2026-05-01T10:00:00+00:00", "take": 1, "task_id": "task-1", "width": 64,
}  # fmt: skip


def test_everything_needed_to_make_and_to_cite_a_picture_is_kept(live: LiveSession) -> None:
    result = live.made("A red bicycle", quality="high", size="1:1", resolution="4K")
    provenance = result.provenance
    assert provenance["request"] == {
        "model": "gpt-image-2",
        "input": {"prompt": "A red bicycle", "quality": "high", "size": "1:1", "resolution": "4K"},
    }
    assert provenance["effective_fields"] == {"quality": "high", "size": "1:1", "resolution": "2K"}
    assert (provenance["quoted"], provenance["charged"]) == ("24", "24")
    assert (provenance["api"], provenance["provider"]) == (URL, URL)
    assert provenance["task_id"] in live.emulator.tasks
    assert (provenance["digest"], provenance["format"]) == (result.digest, FORMAT)
    assert (provenance["package"], provenance["python"]) == (version("vidgo-notebook"), platform.python_version())
    assert datetime.fromisoformat(provenance["submitted"]) <= datetime.fromisoformat(provenance["finished"])
    file = live.session.store.folder / "results" / f"{provenance['fingerprint']}.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    lists = dict.fromkeys(("references", "parents", "values", "url_digests", "draws"), ())
    empty = {**lists, "reference_files": {}}
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert {**stored, **empty, "request": provenance["request"], "record_sha256": digest} == provenance


def test_an_edit_names_its_references_by_digest_and_its_parents_by_fingerprint(
    live: LiveSession, emulator: Emulator
) -> None:
    first = live.made("A red bicycle")
    provenance = live.made("Paint it blue", image=[first, PNG]).provenance
    assert provenance["references"] == (f"bytes:{first.digest}", f"bytes:{DIGEST}")
    assert provenance["parents"] == (first.record.fingerprint, "")
    assert provenance["request"]["model"] == EDIT
    assert provenance["request"]["input"]["image_urls"] == list(
        provenance["references"]
    )  # not where they were uploaded to
    assert [*map(len, uploaded(emulator))] == [len(first.bytes), len(PNG)]


def test_secrets_of_addresses_stay_out_of_the_record(live: LiveSession) -> None:
    signed = "https://me:PASS@pictures.example/Bike.png?Signature=SECRET#SECRET"
    result = live.made("Paint it", image=signed, callback_url="https://me.example/?token=SECRET")
    provenance = json.dumps(result.provenance) + result.record.to_json()
    assert "SECRET" not in provenance
    assert "PASS" not in provenance
    assert "callback" not in provenance
    assert result.record.references == ("url:https://pictures.example/Bike.png",)
    assert (result.record.api, result.record.provider) == (URL, URL)


def test_a_cells_template_is_kept_with_the_values_put_into_it(terminal: Terminal, quick_emulator: str) -> None:
    terminal.shell.user_ns.update(product="mug", sizes=[4, 3])
    terminal.run('%%vidgo hero\nA {{ product }} of {{ sizes.pop() }} or {{ sizes.pop() }} cm, {{ "{{" }}x}}')
    provenance = terminal["hero"].result().provenance
    assert provenance["prompt"] == "A mug of 3 or 4 cm, {{x}}"
    assert provenance["template"] == 'A {{ product }} of {{ sizes.pop() }} or {{ sizes.pop() }} cm, {{ "{{" }}x}}'
    assert provenance["values"] == (("product", "mug"), ("sizes.pop()", "3"), ("sizes.pop()", "4"), ('"{{"', "{{"))
    assert provenance["api"] == quick_emulator


def test_a_prompt_without_expressions_has_no_template(terminal: Terminal) -> None:
    terminal.run("%%vidgo hero\nA mug {of} 5 cm")
    assert (terminal["hero"].result().provenance["template"], terminal["hero"].result().record.values) == ("", ())


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a {{ x }}{{- y -}} b", (("x", "1"), ("y", "2"))),
        ("{{ '}}' }}{{ 1 + 1 }}", (("'}}'", "}}"), ("1 + 1", "2"))),
        ("\ue000{{ x }}{{ '\ue000' }}", (("x", "1"), ("'\ue000'", "\ue000"))),
        ("{{ {'a': x}['a'] }}", (("{'a': x}['a']", "1"),)),
    ],
)
def test_each_value_is_noted_in_its_order_as_it_was_put_in(text: str, values: tuple) -> None:
    assert fill(text, {"x": 1, "y": 2}).values == values


def test_a_record_of_the_first_format_is_read_as_one_of_the_second(store_of_format_1: ResultStore) -> None:
    record = store_of_format_1.find(PRINT)
    assert record
    assert record.format == 2
    assert record.effective_fields == {"quality": "high", "size": "1:1", "resolution": "2K"}
    assert (record.template, record.values, record.api) == ("", (), "")
    assert read_record(record.to_json().encode(), "again") == record


@pytest.fixture
def store_of_format_1(live: LiveSession) -> ResultStore:
    results = live.session.store.folder / "results"
    results.mkdir(parents=True)
    (results / f"{PRINT}.json").write_text(json.dumps(FORMAT_1))
    return live.session.store


@pytest.mark.parametrize(
    "damage",
    [
        {"references": ["file:/etc/passwd"]},
        {"parents": ["f" * 64]},
        {"values": [["x"]], "format": 2},
        {"effective_resolution": "2K", "format": 2},
        {"fields": "none"},
    ],
)
def test_an_edited_record_is_refused(damage: dict) -> None:
    with pytest.raises(StoreError, match="can't be used"):
        read_record(json.dumps({**FORMAT_1, **damage}).encode(), "some.json")

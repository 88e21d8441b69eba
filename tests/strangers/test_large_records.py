"""Records that are sound one by one, and made to be too much together: long chains, long texts, many values."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.live_session import LiveSession
from tests.fixtures.sample_records import keep, record
from vidgo_notebook.app.checking.notebook_file import read_notebook
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.library.select import find_results
from vidgo_notebook.domain.pricing import NO_CURRENCY
from vidgo_notebook.domain.untrusted_json import MOST_VALUES
from vidgo_notebook.engine.handles.lineage_drawing import drawn_lineage
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import RequestError, StoreError, VidgoError
from vidgo_notebook.store.results import contents
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.record_file import read_record
from vidgo_notebook.store.results.result_store import ResultStore


def edit(store: ResultStore, prompt: str, *parents: ResultRecord) -> ResultRecord:
    """The record of an edit of these pictures, in the store."""
    references = tuple(f"bytes:{parent.digest}" for parent in parents)
    names = tuple(parent.fingerprint for parent in parents)
    return keep(store, prompt=prompt, model="gpt-image-2-edit", references=references, parents=names)[0]


def test_a_chain_of_more_edits_than_python_can_nest_has_a_lineage(folder: Path) -> None:
    store = ResultStore(folder / "store")
    last, _ = keep(store, prompt="the first")
    for step in range(sys.getrecursionlimit() + 100):
        last = edit(store, f"step {step}", last)
    lineage = Result(last, None, store).lineage
    assert len(lineage) == sys.getrecursionlimit() + 101
    assert lineage.depths[-1] == len(lineage) - 1


def test_the_whole_store_is_reported_with_each_record_read_about_once(
    live: LiveSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of a hundred edits in a row has all the earlier ones in its lineage."""
    store = live.session.store
    last, _ = keep(store, prompt="the first")
    for step in range(100):
        last = edit(store, f"step {step}", last)
    reads: list[str] = []
    read = store.files.read
    monkeypatch.setattr(store.files, "read", lambda name, limit: reads.append(name) or read(name, limit))
    assert len(find_results(live.session, everything=True).results) == 101
    assert len(reads) <= 3 * 101


def test_a_lineage_of_any_shape_is_drawn_small(live: LiveSession) -> None:
    """A hundred generations, and a hundred parents beside each other: all would be a hundred million pixels."""
    store = live.session.store
    chain = [keep(store, prompt="the first")[0]]
    for step in range(99):
        chain.append(edit(store, f"step {step}", chain[-1]))
    wide = [edit(store, f"beside {number}", chain[0]) for number in range(100)]
    lineage = Result(edit(store, "the last", *wide, *chain), None, store).lineage
    drawing, words = drawn_lineage(lineage, live.session.embedded, NO_CURRENCY)
    assert len(drawing.data) < 200_000
    assert words.startswith("The last 48 of 201 pictures:\n")
    assert "the last" in words


LIMITS: dict[str, dict[str, Any]] = {
    "a format without end": {"format": 10**4000},
    "format 0": {"format": 0},
    "a seed without end": {"seed": 10**4000},
    "a long model": {"model": "x" * 501},
    "a long version": {"package": "x" * 501},
    "a long task id": {"task_id": "x" * 40_000},
    "a generation that no file name has": {"generation": 10**9},
}


@pytest.mark.parametrize("changes", LIMITS.values(), ids=LIMITS)
def test_what_no_record_has_is_named_in_a_short_sentence(changes: dict[str, Any]) -> None:
    text = json.dumps({**asdict(record()), **changes})
    with pytest.raises(StoreError) as raised:
        read_record(text.encode(), "x.json")
    assert len(str(raised.value)) < 300


def test_a_prompt_that_a_record_has_no_room_for_is_not_bought(live: LiveSession) -> None:
    with pytest.raises(RequestError, match="prompt has 200,001 characters; a record has room for 200,000"):
        live.made("x" * 200_001, model="flux-2-pro")
    assert not live.emulator.tasks


def test_a_long_prompt_is_stored_and_found_again(live: LiveSession) -> None:
    """Each of its characters takes six in JSON, and the emulator takes a million bytes."""
    prompt = "a" + "\x01" * 160_000 + "b"
    made = live.made(prompt, model="flux-2-pro")
    assert live.session.store.find(made.record.fingerprint) == made.record


def test_records_that_are_too_much_together_are_left_out_and_named(
    live: LiveSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "_MOST_OF_RECORDS", 100_000)
    for number in range(4):
        keep(live.session.store, prompt=f"{number}", template="x" * 60_000)
    found = find_results(live.session, everything=True)
    assert 0 < len(found.records) < 4
    assert "its records are too large to read them all" in str(found.left_out[-1])


MANY = b"[" + b"{}," * MOST_VALUES + b"{}]"


def test_a_notebook_of_too_many_values_is_not_read(folder: Path) -> None:
    Path("many.ipynb").write_bytes(b'{"cells": ' + MANY + b"}")
    with pytest.raises(VidgoError, match=r"more than 2,000,000 values: jupyter nbconvert --clear-output"):
        read_notebook(Path("many.ipynb"))


def test_a_crate_whose_metadata_has_too_many_values_is_refused(live: LiveSession) -> None:
    out = Path("out").absolute()
    (out / "records").mkdir(parents=True)
    (out / "records" / "a.json").write_text(record().to_json(), encoding="utf-8")
    (out / "ro-crate-metadata.json").write_bytes(b'{"@graph": ' + MANY[: 30 * 1024 * 1024])
    with pytest.raises(StoreError, match=r"ro-crate-metadata.json can't be read"):
        import_results(out, live.session.store)


def test_the_most_values_cost_less_than_300_megabytes() -> None:
    measure = (
        "import resource\nfrom vidgo_notebook.domain.untrusted_json import MOST_VALUES, read_json\n"
        "text = b'[' + b','.join(b'{\"k%07d\":1.5}' % n for n in range(MOST_VALUES // 2 - 1)) + b']'\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\nread_json(text)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    # Started by a small process: what the parent has used counts for the child too.
    words = ["sh", "-c", '"$@"', "sh", "env", sys.executable, "-c", measure]
    assert int(subprocess.run(words, capture_output=True, text=True, check=True).stdout) < 300

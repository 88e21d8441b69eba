"""What the store almost has is made ready to be compared with once, and again where the store has changed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

from tests.fixtures.sample_pictures import picture
from tests.fixtures.sample_records import keep
from vidgo_notebook.app.plan.near import near_misses_in
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.store.results.result_store import ResultStore


def test_a_picture_that_came_since_is_compared_with_too(tmp_path: Path) -> None:
    """A loop of cells compares in each cell: as long as nothing came, the work of the last one counts."""
    store = ResultStore(tmp_path / ".vidgo")
    keep(store, picture(shade=1), prompt="A red bicycle")
    first = near_misses_in(store)
    assert first.of(GenerationRequest("A red bicycle."))
    assert near_misses_in(store) is first
    keep(store, picture(shade=2), prompt="A blue bicycle")
    assert near_misses_in(store).of(GenerationRequest("A blue bicycle."))


def test_a_cell_makes_only_what_came_since_ready(tmp_path: Path) -> None:
    """A cell in a notebook of five hundred pictures comes back as soon as one in a notebook of ten."""
    store = ResultStore(tmp_path / ".vidgo")
    for number in range(20):
        keep(store, picture(shade=number), prompt=f"Bicycle {number}")
    near_misses_in(store)
    keep(store, picture(shade=21), prompt="A blue bicycle")
    prepared = list[FrameType]()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == "_known":
            prepared.append(frame)

    sys.setprofile(note)
    try:
        index = near_misses_in(store)
    finally:
        sys.setprofile(None)
    assert len(prepared) == 1
    assert index.of(GenerationRequest("Bicycle 7."))


def test_a_picture_that_was_deleted_is_not_named(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / ".vidgo")
    record, _ = keep(store, picture(shade=1), prompt="A red bicycle")
    keep(store, picture(shade=2), prompt="A blue bicycle")
    assert near_misses_in(store).of(GenerationRequest("A red bicycle."))
    store.remove([(f"{record.fingerprint}.json", record)])
    assert not near_misses_in(store).of(GenerationRequest("A red bicycle."))
    assert near_misses_in(store).of(GenerationRequest("A blue bicycle."))

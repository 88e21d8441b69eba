"""What the store almost has is made ready to be compared with once, and again where the store has changed."""

from __future__ import annotations

from pathlib import Path

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

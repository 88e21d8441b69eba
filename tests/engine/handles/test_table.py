"""The rows and frames of a batch, in every state."""

from __future__ import annotations

import pytest

from tests.engine.handles.mixed_batches import batch_of
from vidgo_notebook.engine.handles.table import rows_of

# state; quoted, at stake, charged
ROWS = [
    ("planned", 12, 0, None),
    ("running", 12, 12, None),
    ("finished", 12, 0, 12),
    ("stored", 12, 0, 0),
    ("failed", 12, 0, 0),
    ("refused", 12, 0, 0),
    ("uncertain", 12, 12, None),
    ("finished?", None, 0, None),
    ("uncertain?", None, None, None),
]


@pytest.mark.parametrize(("state", "quoted", "at_stake", "charged"), ROWS)
def test_a_row_of_a_frame_has_three_columns(
    state: str, quoted: int | None, at_stake: int | None, charged: int | None
) -> None:
    (row,) = rows_of(batch_of(state))
    assert (row["quoted"], row["at_stake"], row["charged"]) == (quoted, at_stake, charged)


def test_rows_and_frames_of_a_running_batch_say_that_they_are_not_final() -> None:
    batch = batch_of("running", "finished", "planned")
    assert [row["final"] for row in batch.to_rows()] == [False, True, False]
    frame = batch.to_frame()
    assert "not final: 2 jobs under way" in repr(frame)
    assert str(batch_of("running").to_frame()["finished"].dtype).endswith("UTC]")
    assert batch.to_frame(backend="polars")["final"].to_list() == [False, True, False]
    assert batch_of("finished").to_frame().columns.name is None

"""Tables of prompts: a picture for each row, in the table's order, and a frame of what became of them."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import pandas
import pytest

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from vidgo_notebook.app.session import Session
from vidgo_notebook.errors import JobError, RequestError, VidgoError

COLOURS = [{"color": "red", "at": "1:1"}, {"color": "blue", "at": "16:9"}]


def test_a_table_is_answered_in_its_order_each_job_with_its_row(local_api: LocalApi, session: Session) -> None:
    batch = vidgo.map(COLOURS, prompt="A {{ color }} mug", size="at", resolution="1K").wait(60)
    assert [(job.row["color"], job.request.prompt, job.request.size) for job in batch] == [
        ("red", "A red mug", "1:1"),
        ("blue", "A blue mug", "16:9"),
    ]
    assert {job.row["color"] for job in batch.as_completed()} == {"red", "blue"}
    assert [(row["color"], row["size"]) for row in batch.to_rows()] == [("red", "1:1"), ("blue", "16:9")]


def test_a_csv_file_and_a_frame_are_tables_too(local_api: LocalApi, session: Session, tmp_path: Path) -> None:
    frame = pandas.DataFrame([*COLOURS, {"color": "green", "at": None}])
    path = tmp_path / "mugs.csv"
    frame.to_csv(path, index=False)
    for table in (path, str(path), frame):
        batch = vidgo.map(table, prompt="A {{ color }} mug", size="at").wait(60)
        assert [job.request.size for job in batch] == ["1:1", "16:9", None]
    assert local_api.submits == 3
    assert list(batch.to_frame()["color"]) == ["red", "blue", "green"]


def test_without_pandas_a_frame_says_what_to_install_and_the_rows_are_there(
    local_api: LocalApi, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    batch = vidgo.map(COLOURS, prompt="A {{ color }} mug").wait(60)
    with pytest.raises(VidgoError, match="pip install pandas"):
        batch.to_frame()
    assert [row["color"] for row in batch.to_rows()] == ["red", "blue"]


def test_a_frame_of_any_library_has_times_in_utc_and_numbers_as_numbers(local_api: LocalApi, session: Session) -> None:
    rows = [{"prompt": "A mug", "when": "now", "n": 1}, {"prompt": "A cup", "when": 2, "n": None}, {"prompt": ""}]
    batch = vidgo.map(rows).wait(60)
    frame, polar, arrow = batch.to_frame(), batch.to_frame(backend="polars"), batch.to_arrow()
    assert list(frame.columns) == polar.columns == arrow.column_names
    assert str(frame["finished"].dtype).endswith("UTC]")
    assert str(polar.schema["finished"]) == "Datetime(time_unit='us', time_zone='UTC')"
    assert str(arrow.schema.field("submitted").type) == "timestamp[us, tz=UTC]"
    made = batch[0].result().record
    for found in (frame["finished"][0], polar["finished"][0], arrow["finished"][0].as_py()):
        assert found == datetime.fromisoformat(made.finished)
    assert [str(frame[name].dtype) for name in ("charged", "width")] == ["float64", "Int64"]
    assert (polar["charged"].to_list(), polar["width"].to_list()) == ([2.0, 2.0, 0.0], [made.width, made.width, None])
    assert (arrow["when"].to_pylist(), arrow["n"].to_pylist()) == (["now", "2", None], [1, None, None])
    assert list(frame["final"]) == [True, True, True]
    with pytest.raises(RequestError, match="'spark' is not one of pandas, polars"):
        batch.to_frame(backend="spark")  # type: ignore[call-overload]


def test_every_row_of_a_batch_has_the_same_columns(local_api: LocalApi, session: Session) -> None:
    rows = [{"prompt": "A mug", "quality": "low"}, {"prompt": "A cup", "quality": None}, {"prompt": "A jug", "x": 1}]
    given = vidgo.map(rows).wait(60).to_rows()
    assert len({tuple(row) for row in given}) == 1
    assert [(row["row_quality"], row["quality"], row["x"]) for row in given] == [
        ("low", "low", None),
        (None, "low", None),
        (None, "low", 1),
    ]


def test_one_bad_row_fails_alone_by_its_number_and_the_others_go_on(local_api: LocalApi, session: Session) -> None:
    rows = [{"text": f"Mug {number}", "size": "1:1"} for number in range(50)]
    rows[6] = {"text": "  ", "size": "1:1"}
    rows[30] = {"text": "Mug", "size": "16:10"}
    batch = vidgo.map(rows, prompt="text", size="size").wait(60)
    assert (len(batch), local_api.submits) == (50, 48)
    assert batch[7].row == rows[7]
    assert [row["state"] for row in batch.to_rows()].count("finished") == 48
    with pytest.raises(JobError) as failed:
        batch.check()
    assert "2 of 50 images failed" in str(failed.value)
    assert "row 7: prompt is empty" in str(failed.value)
    assert "row 31: size: '16:10' is not one of" in str(failed.value)


TABLES: dict[str, tuple[object, dict[str, object], str]] = {
    "no rows": ([], {}, "has no rows"),
    "no table": (7, {}, "7 is not a table"),
    "no dicts": (["red"], {}, "row 1 is a str"),
    "no such file": ("none.csv", {}, "can't be read: No such file"),
    "a missing column in the prompt": (COLOURS, {"prompt": "A {{ colour }}"}, "no column colour. Write {{ color }}"),
    "a missing column for a field": (
        COLOURS,
        {"prompt": "x", "size": "att"},
        "'att' is neither a column nor a value of size",
    ),
    "an unknown field": (COLOURS, {"prompt": "x", "sise": "at"}, "sise is not a field"),
    "a list for a field": (COLOURS, {"prompt": "x", "size": ["1:1"]}, "size is a list"),
    "nothing but bad rows": ([{"a": ""}, {"a": " "}], {"prompt": "a"}, "prompt is empty"),
}


@pytest.mark.parametrize(("table", "fields", "expected"), TABLES.values(), ids=TABLES)
def test_a_table_that_is_none_is_refused_and_nothing_is_sent(
    table: object, fields: dict[str, object], expected: str, local_api: LocalApi, session: Session
) -> None:
    with pytest.raises(RequestError) as refused:
        vidgo.map(table, **fields)
    assert expected in str(refused.value)
    assert local_api.emulator.count() == 0

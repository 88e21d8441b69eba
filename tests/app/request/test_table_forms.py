"""A table means the same in every form: of each library, and in each kind of file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy
import pandas
import polars
import pyarrow
import pytest

import vidgo_notebook as vidgo
from tests.app.request.sent_bodies import body, sent
from tests.fixtures.local_api import LocalApi
from vidgo_notebook.app.session import Session

ROWS = {
    "prompt": ["A cat, sitting", "A “blue” house; old", None],
    "who": ["Ann", "Zoë", "Cy"],
    "year": [1925, None, 1999],
    "wet": [True, False, True],
    "quality": ["high", None, "low"],
}
OF_PROMPT = [body("A cat, sitting", "high"), body("A “blue” house; old")]


def as_csv(separator: str, encoding: str, name: str = "rows.csv") -> Callable[[], object]:
    def write() -> object:
        pandas.DataFrame(ROWS).to_csv(name, sep=separator, encoding=encoding, index=False)
        return name

    return write


def as_json_lines() -> object:
    rows = [dict(zip(ROWS, values, strict=True)) for values in zip(*ROWS.values(), strict=True)]
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return Path("rows.jsonl")


def as_json_of_columns() -> object:
    Path("rows.json").write_text(json.dumps(ROWS, indent=2))
    return "rows.json"


def as_json_lines_by_another_name() -> object:
    return cast("Path", as_json_lines()).rename("rows.json")


FORMS: dict[str, Callable[[], object]] = {
    "dict of lists": lambda: ROWS,
    "rows that are made one by one": lambda: (
        dict(zip(ROWS, v, strict=True)) for v in zip(*ROWS.values(), strict=True)
    ),
    "pandas": lambda: pandas.DataFrame(ROWS),
    "pandas with its own types": lambda: pandas.DataFrame(ROWS).convert_dtypes().astype({"quality": "category"}),
    "polars": lambda: polars.DataFrame(ROWS),
    "polars, lazy": lambda: polars.LazyFrame(ROWS),
    "pyarrow": lambda: pyarrow.table(ROWS),
    "CSV": as_csv(",", "utf-8"),
    "CSV of Excel": as_csv(";", "utf-8-sig"),
    "CSV in UTF-16": as_csv("\t", "utf-16", "rows.txt"),
    "CSV of old Windows": as_csv(";", "cp1252"),
    "CSV in UTF-32": as_csv(",", "utf-32"),
    "TSV": as_csv("\t", "utf-8", "rows.tsv"),
    "JSON Lines": as_json_lines,
    "JSON Lines by another name": as_json_lines_by_another_name,
    "JSON with the columns": as_json_of_columns,
    "what offers Arrow's stream": lambda: pyarrow.table(ROWS).to_reader(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_one_table_sends_the_same_in_every_form(
    form: Callable[[], object], local_api: LocalApi, session: Session
) -> None:
    batch = vidgo.map(form()).wait(60)
    assert sent(local_api) == OF_PROMPT
    assert [job.status for job in batch] == ["finished", "finished", "refused"]
    expected = vidgo.plan(form(), prompt="{{ who }}, {{ year }}, {{ 'wet' if wet else 'dry' }}", columns={})
    assert [place.request.prompt for place in expected.valid] == ["Ann, 1925, wet", "Cy, 1999, wet"]
    assert "prompt: (row 2) column year has no value here" in str(expected)


def test_a_line_of_json_has_any_text_inside(local_api: LocalApi, session: Session) -> None:
    line = json.dumps({"prompt": "One line\u2028and\x85another"}, ensure_ascii=False)
    Path("rows.jsonl").write_text(f"{line}\n", encoding="utf-8")
    assert [place.request.prompt for place in vidgo.plan("rows.jsonl").valid] == ["One line\u2028and\x85another"]


def test_an_array_in_a_cell_is_its_items(local_api: LocalApi, session: Session) -> None:
    """So a list comes out of a Parquet file; NumPy would write [   0    1 ...  998  999]."""
    frame = pandas.DataFrame({"tags": [numpy.array(["wet", "cold"]), numpy.arange(2000)]})
    prompts = [place.request.prompt for place in vidgo.plan(frame, prompt="{{ tags }}").places]
    assert prompts[0] == "wet, cold"
    assert prompts[1].startswith("0, 1, 2, 3, ")
    assert prompts[1].endswith(", 1998, 1999")

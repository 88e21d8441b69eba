"""What a table asks for: for each table and call the exact bodies that are sent, written out by hand."""

from __future__ import annotations

import datetime
import enum
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy
import pandas
import polars
import pytest
from PIL import Image

import vidgo_notebook as vidgo
from tests.app.request.sent_bodies import body, sent
from tests.fixtures.local_api import LocalApi
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.moving import complete
from vidgo_notebook.render.annotation import without_mark


class Mood(enum.Enum):
    CALM = "calm"


DAY, NOON = datetime.datetime(2024, 1, 2), datetime.datetime(2024, 1, 2, 12, 30)  # noqa: DTZ001  as in a table

Case = tuple[object, dict[str, Any], list[dict[str, object]]]
CASES: dict[str, Case] = {
    "the column prompt": ([{"prompt": "A dog"}], {}, [body("A dog")]),
    "a name in capitals": ([{"PROMPT": "A dog"}], {}, [body("A dog")]),
    "a name with white space": ([{" prompt\t": "A dog"}], {}, [body("A dog")]),
    "fields by their names": (
        [{"prompt": "A dog", "quality": "high", "size": "16:9"}],
        {},
        [body("A dog", "high", size="16:9")],
    ),
    "a field by its name in capitals": ([{"prompt": "A dog", "Quality ": "high"}], {}, [body("A dog", "high")]),
    "a keyword that is a column": ([{"prompt": "A dog", "q": "high"}], {"quality": "q"}, [body("A dog", "high")]),
    "a keyword that is a value": ([{"prompt": "A dog", "quality": "high"}], {"quality": "low"}, [body("A dog")]),
    "a field that columns= names": (
        [{"prompt": "A dog", "q": "high", "size": "16:9"}],
        {"columns": {"quality": "q"}},
        [body("A dog", "high")],
    ),
    "no field by name": ([{"prompt": "A dog", "quality": "high"}], {"columns": {}}, [body("A dog")]),
    "a value that is a column too": (
        [{"prompt": "A dog", "high": "x"}],
        {"quality": "high", "columns": {}},
        [body("A dog", "high")],
    ),
    "the column of a value's name": (
        [{"prompt": "A dog", "high": "low"}],
        {"columns": {"quality": "high"}},
        [body("A dog")],
    ),
    "a prompt from another column": ([{"text": "A dog", "prompt": "no"}], {"prompt": "text"}, [body("A dog")]),
    "a name with blanks in a template": (
        [{"Bike Color": "red"}],
        {"prompt": "A {{ bike_color }} bike"},
        [body("A red bike")],
    ),
    "a renamed variable": (
        [{"col 3": "red"}],
        {"prompt": "A {{ color }} bike", "columns": {"color": "col 3"}},
        [body("A red bike")],
    ),
    "gaps": (
        {"who": ["Ann", None, "Bo"], "year": [1925, None, None], "size": ["1:1", None, float("nan")]},
        {"prompt": "Poster of {{ who }} in {{ year or 'the past' }}"},
        [body("Poster of Ann in 1925", size="1:1"), body("Poster of Bo in the past")],
    ),
    "values as a person writes them": (
        [
            {"v": value}
            for value in (
                *(True, Decimal("1E+2"), Decimal("1.50"), 1e-5, numpy.float32(0.1), numpy.int64(7), Mood.CALM),
                *(DAY, NOON, DAY.date(), numpy.datetime64("2024-03-01")),
            )
        ],
        {"prompt": "v={{ v }}"},
        [
            body(f"v={text}")
            for text in (
                *("0.00001", "0.1", "1.50", "100", "2024-01-02 12:30:00", "2024-01-02", "2024-03-01", "7", "calm"),
                "true",
            )
        ],
    ),
    "several values in a cell": (
        polars.DataFrame({"what": ["A dog"], "with": [["a hat", "a stick"]], "at": [{"place": "the sea"}]}),
        {"prompt": "{{ what }} with {{ with }} at {{ at.place }}", "columns": {"with": "with"}},
        [body("A dog with a hat, a stick at the sea")],
    ),
    "a named index": (
        pandas.DataFrame({"size": ["1:1"]}, index=pandas.Index(["A dog"], name="prompt")),
        {},
        [body("A dog", size="1:1")],
    ),
    "types with missing values of their own": (
        pandas.DataFrame(
            {
                "prompt": pandas.array(["A dog", "A cat"], dtype="string"),
                "take": pandas.array([1, None], dtype="Int64"),
                "quality": pandas.Categorical(["high", None], categories=["low", "high"]),
                "year": pandas.array([1925, None], dtype="int64[pyarrow]"),
            }
        ),
        {"prompt": "{{ prompt }}, {{ year or 'today' }}"},
        [body("A cat, today"), body("A dog, 1925", "high")],
    ),
    "one row": (pandas.DataFrame({"prompt": ["A dog"]}), {}, [body("A dog")]),
    "takes as text": (
        [{"prompt": "A dog", "take": "1"}, {"prompt": "A cat", "take": ""}],
        {},
        [body("A cat"), body("A dog")],
    ),
}


@pytest.mark.parametrize(("table", "keywords", "bodies"), CASES.values(), ids=CASES)
def test_a_table_and_a_call_send_exactly_these_bodies(
    table: object, keywords: dict[str, Any], bodies: list[dict[str, object]], local_api: LocalApi, session: Session
) -> None:
    vidgo.map(table, **keywords).wait(60)
    assert sent(local_api) == bodies


def test_pictures_and_jobs_are_values_of_a_column(local_api: LocalApi, session: Session) -> None:
    before = vidgo.generate("A lamp").wait(60)
    picture = Image.new("RGB", (64, 64), "red")
    for image in (picture, before):
        table = pandas.DataFrame({"prompt": ["In ink"], "image": [image]})
        (job,) = vidgo.map(table).wait(60)
        assert job.status == "finished"
    assert [job.request.references[0].kind for job in vidgo.map(table)] == ["bytes"]


def test_each_row_is_saved_where_its_column_says(local_api: LocalApi, session: Session) -> None:
    rows = [
        {"prompt": "A dog", "save": "dog.png"},
        {"prompt": "A cat", "save": None},
        {"prompt": "A hen", "save": "dog.png"},
    ]
    batch = vidgo.map(rows).wait(60)
    assert "row 1 has this file too" in str(batch[2].exception())
    assert len(sent(local_api)) == 2
    complete(batch)
    assert without_mark(Path("dog.png").read_bytes()) == batch[0].result().bytes


def test_a_row_that_is_refused_fails_alone_by_its_number(local_api: LocalApi, session: Session) -> None:
    rows = [{"prompt": "A dog", "image": "https://pics.example/a.png"}, {"prompt": "A cat", "image": "gone.png"}]
    batch = vidgo.map(rows).wait(60)
    assert [each["model"] for each in sent(local_api)] == ["gpt-image-2-edit"]
    assert "image: (row 2) image 1 ('gone.png')" in str(batch[1].exception())
    assert batch.costs().charged == batch[0].quote.total


@pytest.mark.full
def test_twenty_thousand_rows_are_planned_each_with_its_own_prompt(local_api: LocalApi, session: Session) -> None:
    plan = vidgo.plan({"n": range(20_000)}, prompt="A bicycle, number {{ n }}")
    assert len({place.request.prompt for place in plan.valid}) == 20_000
    assert plan.price.total == 40_000
    assert local_api.emulator.count() == 0

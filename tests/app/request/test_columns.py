"""What a table asks for: for each table and call the exact bodies that are sent, written out by hand."""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import numpy
import pandas
import polars
import pyarrow
import pytest
from PIL import Image

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.moving import complete
from vidgo_notebook.errors import RequestError
from vidgo_notebook.render.annotation import without_mark


class Mood(enum.Enum):
    CALM = "calm"


def body(prompt: str, quality: str = "low", **fields: str) -> dict[str, object]:
    """What is sent for a picture: with a size its resolution is sent too."""
    known = {"prompt": prompt, "quality": quality, **fields}
    return {"model": "gpt-image-2", "input": known | ({"resolution": "1K"} if "size" in fields else {})}


def sent(local_api: LocalApi) -> list[dict[str, object]]:
    bodies = [call.body for call in local_api.emulator.log if call.kind == "submit"]
    return sorted(bodies, key=lambda each: str(each["input"]))


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


# The same table in every form

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


# What is refused

PEOPLE = [{"who": "Ann", "high": "x"}, {"who": "Bo", "high": "y"}]
REFUSED: dict[str, tuple[object, dict[str, Any], list[str]]] = {
    "no column prompt": (PEOPLE, {}, ["no column of this name", "columns who, high", "prompt= the column of the"]),
    "another column of texts": (
        [{"n": 1, "who": "Ann", "caption": "A dog in ink"}],
        {},
        ["Write prompt='caption', or a text with {{ }}"],
    ),
    "a value like a value": ([{"prompt": "A dog"}], {"quality": "hig"}, ["Write high"]),
    "a column that could be a value": (
        [{"prompt": "A dog", "high": "x"}],
        {"quality": "high"},
        ["'high' is a column of the table, and a value of quality", "columns={\"quality\": 'high'}"],
    ),
    "a field given twice": (PEOPLE, {"prompt": "who", "columns": {"prompt": "who"}}, ["given twice"]),
    "columns= with a name that is not there": (
        PEOPLE,
        {"columns": {"prompt": "whom"}},
        ["no column 'whom'", "Write who"],
    ),
    "columns= with something else": (
        PEOPLE,
        {"prompt": "who", "columns": {"qualty": "who"}},
        ["not a field", "Write quality"],
    ),
    "columns= that is not a dict": (PEOPLE, {"prompt": "who", "columns": "who"}, ["'who' is not a dict"]),
    "a misspelt column as the prompt": (
        [{"caption": "A dog"}],
        {"prompt": "captoin"},
        ["'captoin' is not a column. Write caption"],
    ),
    "one picture for all rows": (PEOPLE, {"prompt": "A dog in the rain"}, ["uses no column"]),
    "a template with another name": (PEOPLE, {"prompt": "{{ whoo }}"}, ["no column whoo", "{{ who }}"]),
    "two names alike": (
        [{"Prompt": "a", "PROMPT": "b"}],
        {},
        ["could be any of the columns Prompt, PROMPT", "'Prompt'}\nN"],
    ),
    "numbers as prompts": ([{"prompt": 1}, {"prompt": 2.5}], {}, ["has only numbers, such as 1", '"… {{ prompt }} …"']),
    "a variable that could be a column": (PEOPLE, {"prompt": "{{ a }} {{ who }}", "a": "who"}, ["could be the value"]),
    "a keyword that is a column too": (PEOPLE, {"prompt": "{{ who }}", "who": "Cy"}, ["who is a column of the table"]),
    "nothing but empty rows": ([{"prompt": None}, {"prompt": " "}], {}, ["prompt is empty"]),
    "a column of a field with other contents": (
        [{"prompt": "A car", "model": "Tesla"}],
        {},
        ["Tesla", "With columns={} only the prompt is taken by its name."],
    ),
    "columns of one name": (
        pandas.DataFrame([["a", "b"]], columns=["prompt", "prompt"]),
        {},
        ["several columns of one name"],
    ),
    "a single column": (polars.Series(["A dog"]), {}, ["is a single column"]),
    "one row alone": ({"prompt": "A dog"}, {}, ["column prompt is a str", "[row]"]),
    "columns of different lengths": ({"prompt": ["a"], "q": []}, {}, ["different lengths: prompt 1, q 0"]),
    "prompts alone": (["A dog"], {}, ["row 1 is a str", "vidgo.sweep(prompt=[…])"]),
    "a number": ([1], {}, ["row 1 is an int", "vidgo.map(pandas.DataFrame(table), …)"]),
    "no columns": (pandas.DataFrame(), {}, ["has no rows"]),
    "a million rows": ([{"prompt": "A dog"}] * 1_000_000, {}, ["1,000,000 rows; at most 100,000"]),
    "rows without end": (iter(lambda: {"prompt": "A dog"}, None), {}, ["more than 100,000 rows"]),
    "text with commas": ("a red house, a blue house", {}, ["is text, not the path", "vidgo.map([{"]),
    "no rows": (polars.DataFrame({"prompt": []}), {}, ["has no rows"]),
    "a dict in a cell": ([{"a": {"b": 1}}], {"prompt": "A {{ a }}"}, ["a dict has no text", "{{ value.part }}"]),
    "an object in a cell": ([{"a": object()}], {"prompt": "A {{ a }}"}, ["an object has no text"]),
    "a picture as a prompt": ([{"a": Image.new("RGB", (9, 9))}], {"prompt": "A {{ a }}"}, ["an Image has no text"]),
    "a bucket": ("s3://pics/rows.parquet", {}, ["pandas.read_parquet('s3://pics/rows.parquet')"]),
    "a URL": ("https://pics.example/rows.csv", {}, ["pandas.read_csv('https://pics.example/rows.csv')"]),
}


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


@pytest.mark.parametrize(("table", "keywords", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_a_table_can_not_mean_is_one_clear_message(
    table: object, keywords: dict[str, Any], expected: list[str], local_api: LocalApi, session: Session
) -> None:
    with pytest.raises(RequestError) as refused:
        vidgo.map(table, **keywords)
    for words in expected:
        assert words in str(refused.value)
    assert local_api.emulator.count() == 0


def test_a_row_that_is_refused_fails_alone_by_its_number(local_api: LocalApi, session: Session) -> None:
    rows = [{"prompt": "A dog", "image": "https://pics.example/a.png"}, {"prompt": "A cat", "image": "gone.png"}]
    batch = vidgo.map(rows).wait(60)
    assert [each["model"] for each in sent(local_api)] == ["gpt-image-2-edit"]
    assert "image: (row 2) image 1 ('gone.png')" in str(batch[1].exception())
    assert batch.costs().charged == batch[0].quote.total


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


FILES: dict[str, tuple[str, bytes, str]] = {
    "Parquet": ("rows.parquet", b"PAR1....PAR1", "pandas.read_parquet('rows.parquet')"),
    "Parquet by another name": ("rows.csv", b"PAR1....PAR1", "pandas.read_parquet('rows.csv')"),
    "Excel": ("rows.xlsx", b"PK\x03\x04", "pandas.read_excel('rows.xlsx')"),
    "columns of one name": ("rows.csv", b"prompt,x,x\na,b,c\n", "several columns named x"),
    "Japanese of old Windows": (
        "rows.csv",
        "prompt\n\u65e5\u672c\u8a9e\u306e\u732b\n".encode("shift_jis"),
        "encoding='…'",
    ),
    "Russian of old Windows": ("rows.csv", "prompt\n\u041f\u0440\u0438\u0432\u0435\u0442\n".encode("cp1251"), "cp1251"),
    "a quote that is not closed": ("rows.csv", b'prompt,q\n"a,high\nb,low\n', "is not a CSV file"),
    "a line of JSON that is not": (
        "rows.jsonl",
        b'{"prompt": "a"}\n{b\n',
        "line 2 of 'rows.jsonl' is not valid JSON: Expecting property name enclosed in double quotes, at character 2.",
    ),
    "JSON of pandas": ("rows.json", b'{"prompt": {"0": "a"}}', "pandas.read_json('rows.json')"),
    "a byte that is no text": ("rows.csv", b"prompt,quality\na\0b,high\n", "byte 17 of it is 0"),
    "another separator": (
        "rows.csv",
        b"prompt:quality\nA dog:high\n",
        "Write prompt= the column of the prompts, or a text with {{ }}\nNothing was sent and nothing was spent.\n"
        "The first line of the file has the column 'prompt:quality', and no commas, semicolons, tabs or vertical bars.",
    ),
    "prompts without a name": ("rows.csv", b"A red dog\nA blue dog\n", "has the column 'A red dog', and no commas"),
    "a cell too many in each row": (
        "rows.csv",
        b"prompt,quality\nA dog, wet,high\n",
        "with commas\nNothing was sent and nothing was spent.",
    ),
    "nothing": ("rows.csv", b"", "is empty"),
    "names alone": ("rows.csv", b"prompt,quality\n", "has no rows"),
}


def test_a_file_that_is_not_there_is_answered_with_one_that_is(local_api: LocalApi, session: Session) -> None:
    Path("bikes.csv").write_text("prompt\nA bike\n")
    with pytest.raises(RequestError, match=r"Did you mean 'bikes.csv'\?"):
        vidgo.map("bike.csv")


@pytest.mark.parametrize(("name", "data", "told"), FILES.values(), ids=FILES)
def test_a_file_that_can_not_be_read_is_answered_with_what_reads_it(
    name: str, data: bytes, told: str, local_api: LocalApi, session: Session
) -> None:
    Path(name).write_bytes(data)
    with pytest.raises(RequestError) as refused:
        vidgo.map(name)
    assert told in str(refused.value)
    assert local_api.emulator.count() == 0


def test_twenty_thousand_rows_are_planned_each_with_its_own_prompt(local_api: LocalApi, session: Session) -> None:
    plan = vidgo.plan({"n": range(20_000)}, prompt="A bicycle, number {{ n }}")
    assert len({place.request.prompt for place in plan.valid}) == 20_000
    assert plan.price.total == 40_000
    assert local_api.emulator.count() == 0

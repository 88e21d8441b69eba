"""What a table can't mean, and a file that can't be read, is one clear message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas
import polars
import pytest
from PIL import Image

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from vidgo_notebook.app.session import Session
from vidgo_notebook.errors import RequestError

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


@pytest.mark.parametrize(("table", "keywords", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_a_table_can_not_mean_is_one_clear_message(
    table: object, keywords: dict[str, Any], expected: list[str], local_api: LocalApi, session: Session
) -> None:
    with pytest.raises(RequestError) as refused:
        vidgo.map(table, **keywords)
    for words in expected:
        assert words in str(refused.value)
    assert local_api.emulator.count() == 0


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

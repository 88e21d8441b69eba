"""``vidgo generate`` with a sweep or a table: many pictures from a shell, priced, named and saved as one batch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.local_api import LocalApi
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.session import Session
from vidgo_notebook.emulator import Fault

BIKES = "color,shape,file\nred,1:1,red.png\nblue,16:9,\n"


@pytest.fixture(autouse=True)
def bikes(folder: Path) -> None:
    (folder / "bikes.csv").write_text(BIKES)


def test_options_are_columns_or_values_and_the_prompt_a_template_over_them(
    session: Session, local_api: LocalApi, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["generate", "--table", "bikes.csv", "A {{ color }} bicycle", "-s", "shape", "-q", "high", "--save", "file"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "24 credits · 2 pictures" in printed
    assert "row 1: " in printed and "row 2: " in printed
    assert (folder / "red.png").exists()
    assert main([*words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["prompt"], row["size"], row["color"]) for row in rows] == [
        ("A red bicycle", "1:1", "red"),
        ("A blue bicycle", "16:9", "blue"),
    ]
    assert local_api.submits == 2


def test_a_dry_run_shows_price_columns_and_requests_and_sends_nothing(
    session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "--table", "bikes.csv", "A {{ color }} bicycle", "-s", "shape", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "4 credits" in printed and "A red bicycle" in printed and "shape" in printed
    assert main(["generate", "A mug", "--sweep", "quality=low,high", "--dry-run", "--json"]) == 0
    assert local_api.submits == 0


@pytest.mark.parametrize(
    "words", ["--sweep quality=low,high", "--takes 2", "--skip-invalid", "--annotate", "--format webp"]
)
def test_an_option_that_a_table_has_no_use_for_is_refused(
    words: str, session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "--table", "bikes.csv", "A {{ color }} bicycle", *words.split()]) == 2
    assert "is not possible with --table" in capsys.readouterr().err
    assert local_api.submits == 0


def test_a_row_that_is_not_possible_is_named_and_the_others_are_made(
    session: Session, local_api: LocalApi, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "odd.csv").write_text("prompt,size\nA mug,1:1\nA cup,7:9\n")
    assert main(["generate", "--table", "odd.csv"]) == 2
    printed = capsys.readouterr()
    assert "row 2" in printed.err and "'7:9' is not one of" in printed.err
    assert local_api.submits == 1


def test_a_table_that_cannot_be_read_and_everything_else_that_is_wrong_is_in_one_message(
    session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "--table", "none.csv", "--fersh", "--max-credits", "much"]) == 2
    printed = capsys.readouterr().err
    assert [each for each in ("none.csv", "--fresh", "much") if each not in printed] == []


def test_a_batch_with_a_name_is_continued_by_its_name_and_what_failed_is_its_status(
    session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    local_api.emulator.faults.add(Fault("submit", fails="Unsafe content", times=1))
    assert main(["generate", "A mug", "--sweep", "quality=low,medium", "--batch", "mugs"]) == 1
    printed = capsys.readouterr()
    assert "1 of 2 images failed" in printed.err
    assert printed.out.count(".png") == 1
    assert main(["batches"]) == 0
    assert "mugs" in capsys.readouterr().out
    assert main(["continue", "mugs"]) == 0
    assert capsys.readouterr().out.count(".png") == 2
    assert local_api.submits == 3


def test_braces_are_text_where_nothing_varies_in_them(
    session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "Braces {{ like these }}", "--sweep", "quality=low,medium", "--json"]) == 0
    assert {row["prompt"] for row in json.loads(capsys.readouterr().out)} == {"Braces {{ like these }}"}

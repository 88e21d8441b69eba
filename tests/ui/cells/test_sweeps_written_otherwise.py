"""Values of ``--sweep`` as people write them at first: what would be one text, and bought as one, is named instead."""

from __future__ import annotations

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal

WRITTEN = {
    "n=range(200)": "n={{ range(200) }}",
    "n=range(0, 200, 5)": "n={{ range(0, 200, 5) }}",
    "n=[i for i in range(3)]": "n={{ [i for i in range(3)] }}",
    "n=sorted(names)": "n={{ sorted(names) }}",
    "n=names": "n={{ names }}",
    "n=$names": "n={{ names }}",
    "n={names}": "n={{ names }}",
    "n=names[:2]": "n={{ names[:2] }}",
    'n=table["who"]': 'n={{ table["who"] }}',
    "n=[names[0],3]": "n={{ [names[0],3] }}",
    "n=1..3": "n=1,2,3",
    "take=1-4": "take=1,2,3,4",
    "take=1-40": "take={{ range(1, 41) }}",
    "prompt=names": "prompt={{ names }}",
    "quality=[low, high]": "quality=low,high",
    "quality=['low', 'high']": "quality=low,high",
    '"quality=[low, high]"': "quality=low,high",
    "quality=(low,high)": "quality=low,high",
    "quality=low_high": "quality={{ low_high }}",
    "quality=low;high": "quality=low,high",
    "quality=low|high": "quality=low,high",
    "quality=low high": "quality=low,high",
    "quality=low, high": "quality=low,high",
    "n=Ada, Grace": "n=Ada,Grace",
}
SETUP = "names, low_high, low, table = ['Ada', 'Grace'], ['low', 'high'], ['a list'], {'who': ['Ada']}"


@pytest.mark.parametrize("written", WRITTEN)
def test_what_would_be_one_text_is_named_with_what_is_meant_and_with_nothing_else(
    written: str, local_api: LocalApi, terminal: Terminal
) -> None:
    terminal.run(SETUP)
    prompt = "" if written.startswith("prompt") else "A {{ n }}" if written.startswith("n=") else "A cat"
    text = terminal.fails(f"%%vidgo --sweep {written} --size 1:1\n{prompt}")
    assert f"Write --sweep {WRITTEN[written]}\n" in text
    assert text.count("Write ") == 1
    assert local_api.submits == 0


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("n={{ names }}", 2),
        ("n=[red],[blue]", 2),
        ("n=cat(2),dog(3)", 2),
        ("n=names,x", 2),
        ("n=1-4", 1),
        ("n=(very) red", 1),
        ("quality=low", 1),
    ],
)
def test_what_is_text_stays_text(written: str, number: int, terminal: Terminal) -> None:
    terminal.run(SETUP)
    quoted = f'"{written}"' if " " in written and "{" not in written else written
    prompt = "A {{ n }}" if written.startswith("n=") else "A cat"
    text = terminal.run(f"%%vidgo --sweep {quoted} --dry-run\n{prompt}")
    assert terminal.error is None
    assert (f"{number} pictures" in text) == (number > 1)


def test_in_a_shell_there_are_no_expressions_and_values_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from vidgo_notebook.__main__ import main

    monkeypatch.setenv("VIDGO_MODE", "emulator")
    assert main(["generate", "A {{ n }}", "--sweep", "n=range(200)", "--dry-run"]) == 2
    assert "Write --sweep n=A,B,C\n" in capsys.readouterr().err
    assert main(["generate", "A", "--sweep", "quality=[low, high]", "--dry-run"]) == 2
    assert "Write --sweep quality=low,high\n" in capsys.readouterr().err

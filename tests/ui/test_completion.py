"""Tab in ``%%vidgo`` and ``%vidgo`` lines, through IPython's own completer."""

from __future__ import annotations

import pytest

from tests.fixtures.terminal import Terminal

LINES = [
    ("%%vidgo --mod", ["%%vidgo --model"]),
    ("%%vidgo hero --qual", ["%%vidgo hero --quality"]),
    ("%%vidgo --model fl", [f"%%vidgo --model flux-2-{kind}" for kind in ("pro", "flex", "pro-edit", "flex-edit")]),
    ("%%vidgo --model=gpt", ["%%vidgo --model=gpt-image-2", "%%vidgo --model=gpt-image-2-edit"]),
    ("%%vidgo --quality ", [f"%%vidgo --quality {word}" for word in ("low", "medium", "high")]),
    ("%%vidgo -q h", ["%%vidgo -q high"]),
    ("%%vidgo --size 16:", ["%%vidgo --size 16:9"]),
    ("%%vidgo --size=9:", ["%%vidgo --size=9:16"]),
    ("%%vidgo -m flux-2-pro -r ", ["%%vidgo -m flux-2-pro -r 1K", "%%vidgo -m flux-2-pro -r 2K"]),
    ("%%vidgo --show f", ["%%vidgo --show full"]),
    ("%%vidgo --no-w", ["%%vidgo --no-wait"]),
    ("%vidgo mod", ["%vidgo models"]),
    ("%vidgo quote --res", ["%vidgo quote --resolution"]),
    ("%vidgo quote -m flux-2-f", ["%vidgo quote -m flux-2-flex", "%vidgo quote -m flux-2-flex-edit"]),
]


@pytest.mark.parametrize(("line", "made"), LINES, ids=[line for line, _ in LINES])
def test_tab_completes_options_values_models_and_commands(line: str, made: list[str], terminal: Terminal) -> None:
    assert sorted(terminal.completed(line)) == sorted(made)


def test_tab_alone_offers_every_command(terminal: Terminal) -> None:
    assert {"jobs", "wait", "show", "quote", "models", "balance", "config", "key", "doctor", "resume", "costs"} <= set(
        terminal.completes("%vidgo ")
    )


def test_an_empty_equals_offers_every_value(terminal: Terminal) -> None:
    assert len(terminal.completes("%%vidgo --model=")) == 6


@pytest.mark.parametrize("line", ["%vidgo nonsense ", "%%vidgo --takes ", "%vidgo show", "%%vidgo --save "])
def test_where_nothing_can_be_offered_nothing_breaks(line: str, terminal: Terminal) -> None:
    assert isinstance(terminal.completes(line), list)


@pytest.mark.parametrize("flag", ["--cluster", "--seed", "--set", "--takes", "--max-credits", "-m flux-2-pro -q"])
def test_in_the_place_of_a_value_no_option_is_offered(flag: str, terminal: Terminal) -> None:
    assert not [text for text in terminal.completes(f"%%vidgo {flag} ") if text.startswith("-")]


def test_a_sweep_of_a_variable_is_offered_the_lists_of_the_notebook(terminal: Terminal) -> None:
    terminal.run("who, number, mug, column = ['Ada'], 3, 'red', __import__('numpy').arange(3)")
    assert terminal.completed("%%vidgo --sweep name=") == [
        "%%vidgo --sweep name={{ column }}",
        "%%vidgo --sweep name={{ who }}",
    ]
    assert "%%vidgo --sweep name={{ who" in terminal.completed("%%vidgo --sweep name={{ w")
    assert "%%vidgo --sweep name={{ who" in terminal.completed("%%vidgo --sweep name={{ ")


def test_other_lines_are_completed_as_ever(terminal: Terminal) -> None:
    """In any order: a completion of one line must not appear for another."""
    terminal.run("vidgo_value = 1")
    lines = ["%%vidgox --mod", "vidgo_va", "import js", "print(vidgo_va", "%time vidgo_va", "vidgo_value.bit_l", "%vid"]
    with_it = [terminal.completes(line) for line in lines for _ in range(2)]
    assert "vidgo_value" in with_it[2]
    terminal.run("%unload_ext vidgo_notebook")
    without = [terminal.completes(line) for line in lines for _ in range(2)]
    assert with_it[:-2] == without[:-2]

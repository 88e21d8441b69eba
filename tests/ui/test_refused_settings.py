"""A setting that a notebook may not have is refused in a sentence, and its cell fails."""

from __future__ import annotations

import pytest

from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.settings.traits import Vidgo

REFUSED: list[tuple[str, str]] = [
    ("budget = 'lots'", "budget: 'lots' is not an amount of credits. Write 200"),
    ("bugdet = 5", "bugdet is not a setting. Write budget"),
    ("credit_price = 'free'", "credit_price: 'free' is not an amount above 0 and a currency such as '0.005 USD'."),
    ("credit_price = 1", "credit_price: 1 is not text."),
    ("prices = {'flux-2-pro': 'x'}", "prices: 'x' is not an amount of credits such as 6 or '0.5' for flux-2-pro."),
    ("prices = 3", "prices: 3 is not a dict such as {'flux-2-pro': 6}."),
    ("preview = 3", "preview: 3 is not a whole number from 16 to 4096."),
    ("confirm_above = None", "confirm_above: None is not an amount of credits. Write 200"),
    ("quality = 'bad'", "quality: 'bad' is not one of low, medium, high for gpt-image-2. Write low, medium or high"),
    ("resolution = '3K'", "resolution: '3K' is not one of 1K, 2K, 4K for gpt-image-2. Write 2K"),
    ("size = 'large'", "size: 'large' is not one of auto, 1:1,"),
    ("mode = 'alive'", "mode: 'alive' is not one of auto, live, emulator, replay. Write live"),
    ("confirm_above = 1000", "confirm_above is not set to 1,000 credits: the built-in limit is 100 credits, and"),
]


@pytest.mark.parametrize(("assignment", "text"), REFUSED)
def test_a_setting_that_config_refuses_fails_its_cell_with_a_sentence_and_changes_nothing(
    assignment: str, text: str, terminal: Terminal
) -> None:
    shown = terminal.fails(f"%config Vidgo.{assignment}")
    assert text in shown
    assert "Nothing was sent and nothing was spent." in shown
    assert "root" not in shown
    name = assignment.partition(" ")[0]
    if name != "bugdet":
        terminal.run(f"value = get_ipython().run_line_magic('config', 'Vidgo.{name}')")
        assert terminal["value"] == getattr(Vidgo(), name)


def test_what_was_refused_does_not_come_back_when_the_extension_is_loaded_again(terminal: Terminal) -> None:
    terminal.run("%config Vidgo.budget = 7")
    for assignment, _ in REFUSED:
        terminal.fails(f"%config Vidgo.{assignment}")
    assert terminal.run("%reload_ext vidgo_notebook") == ""
    terminal.run("value = get_ipython().run_line_magic('config', 'Vidgo.budget')")
    assert terminal["value"] == 7


def test_a_configuration_that_is_not_valid_is_named_and_the_extension_loads(terminal: Terminal) -> None:
    terminal.run(
        "c = get_ipython().config.Vidgo\nc.prices = 3\nc.bugdet = 5\nc.confirm_above = 'x'\nc.quality = 'high'"
    )
    shown = terminal.run("%reload_ext vidgo_notebook")
    assert "vidgo: c.Vidgo.prices: 3 is not a dict such as {'flux-2-pro': 6}." in shown
    assert "vidgo: bugdet is not a setting. Write budget" in shown
    assert "vidgo: c.Vidgo.confirm_above: 'x' is not an amount of credits. Write 200" in shown
    assert "48 credits" in terminal.run("%vidgo quote -s 16:9 -r 4K")


def test_a_cell_after_a_refused_setting_does_not_fail(terminal: Terminal) -> None:
    terminal.fails("%config Vidgo.budget = 'lots'")
    terminal.run("%config Vidgo.budget = 3")
    assert terminal.last.success


def test_a_limit_whose_variable_is_not_valid_can_be_set_here_and_what_is_wrong_is_named(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint of the refused variable says so; where a person is there, setting it is asked about."""
    monkeypatch.setenv("VIDGO_BUDGET", "five")
    monkeypatch.setenv("VIDGO_ATTENDED", "1")
    answers = iter("ny")
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    terminal.run("%reload_ext vidgo_notebook")
    assert "VIDGO_BUDGET: 'five' is not an amount of credits" in terminal.fails("%vidgo")
    assert "budget: 'many' is not an amount of credits. Write 200" in terminal.fails("%config Vidgo.budget = 'many'")
    assert "budget is not set to 7 credits" in terminal.fails("%config Vidgo.budget = 7")
    terminal.run("%config Vidgo.budget = 7")
    assert terminal.last.success
    assert "7 credits for this session, 7 left" in terminal.run("%vidgo")

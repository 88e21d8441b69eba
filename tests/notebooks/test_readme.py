"""The README names what there is: a reader who follows it meets no surprise."""

from __future__ import annotations

import re

import pytest

from tests.fixtures.notebook_folder import QUICKSTART
from vidgo_notebook.app.commands.table import COMMANDS
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.cell_options import cell_parser

README = (QUICKSTART.parents[1] / "README.md").read_text()


def block(name: str) -> str:
    """The commands after a mark such as ``<!-- the tests -->``; .ci/run takes them from there too."""
    found = re.search(rf"^<!-- {name} -->\n```sh\n(.+?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no block after <!-- {name} -->"
    return found[1]


@pytest.mark.parametrize("name", ["the quickstart", "the tests"])
def test_the_two_commands_are_on_the_first_screen_and_can_spend_nothing(name: str) -> None:
    assert "VIDGO_MODE=emulator .venv/bin/" in block(name)
    assert README.index(block(name)) < README.index("\n## ")


def test_every_option_of_a_cell_is_in_the_table() -> None:
    flags = {flag for flag in cell_parser().flags if flag.startswith("--")} - {"--help"}
    assert [flag for flag in sorted(flags) if f"`{flag}" not in README] == []


def test_every_command_model_and_setting_is_named() -> None:
    names = [*COMMANDS, *MODELS, *Vidgo.class_trait_names(config=True)]
    assert [name for name in names if not re.search(rf"`{name}\b", README)] == []

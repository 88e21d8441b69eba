"""A cell's message names every problem: options, template, images, fields and prompt."""

from __future__ import annotations

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.errors import RequestError

CELLS = {
    "the five of one cell": (
        "%%vidgo --qualty high --callback-url {{ nobody }} --image gone.png --size 16:10\n   \n",
        ["'--qualty' is not an option", "{{ nobody }} is not defined", "gone.png", "'16:10'", "prompt is empty"],
    ),
    "wrong values of several options": (
        "%%vidgo my-hero --takes 0 --show big --max-credits much --quality\nx",
        ["takes: '0'", "show: 'big'", "max_credits: 'much'", "quality needs a value", "NAME: 'my-hero'"],
    ),
    "expressions of every kind of wrong": (
        "%%vidgo hero --nn 4 16:9 -q standard\n{{ a b }} {{ nobody }} {{ 1/0 }} {{ open",
        [
            *("'--nn' is not an option", "Write --size 16:9", "'standard'", "{{ a b }} is not an expression"),
            *("{{ nobody }} is not defined", "{{ 1/0 }} failed", "{{ open is not closed"),
        ],
    ),
    "an undefined name beside a wrong size": (
        "%%vidgo --size 16:10\nA {{ colour }} mug",
        ["{{ colour }} is not defined", "'16:10'"],
    ),
    "what is saved, the cluster and a field": (
        "%%vidgo --takes 2 --save a.png --cluster nobody -q best\nx",
        ["save: 2 pictures", "cluster: nobody is not a variable", "'best'"],
    ),
    "two missing images beside a wrong quality": (
        "%%vidgo -i gone.png -i lost.png -q best\nx",
        ["image 1 ('gone.png')", "image 2 ('lost.png')", "'best'"],
    ),
    "a sweep": (
        "%%vidgo --sweep color={{ nobody }} --sweep size=1:1,16:10 --qualty high -i gone.png\nA {{ color }} mug",
        ["{{ nobody }} is not defined", "(size=16:10)", "'--qualty'", "gone.png"],
    ),
    "a table's worth of axes": (
        "%%vidgo --sweep quality= --sweep qualty=low,high --batch a --resolution 8K\nx",
        ["quality has no value", "qualty is not a field", "'8K'"],
    ),
}


@pytest.mark.parametrize(("cell", "expected"), CELLS.values(), ids=CELLS)
def test_a_cell_names_all_of_its_problems_and_no_others(
    cell: str, expected: list[str], local_api: LocalApi, terminal: Terminal
) -> None:
    text = terminal.fails(cell)
    for words in expected:
        assert words in text
    error = terminal.last.error_in_exec
    assert isinstance(error, RequestError)
    assert len(error.problems) == len(expected), text
    assert text.count("Nothing was sent and nothing was spent.") == 1
    assert local_api.emulator.count() == 0

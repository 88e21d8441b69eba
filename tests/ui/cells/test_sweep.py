"""``%%vidgo --sweep`` in a real IPython shell: every combination, one price, one sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.engine.handles.batch import Batch

GRID = "%%vidgo grid --sweep color=red,blue --sweep quality=low,high --size 1:1 --resolution 1K"


def test_a_sweep_cell_buys_every_combination_and_says_the_price_by_line(
    local_api: LocalApi, terminal: Terminal
) -> None:
    text = terminal.run(f"{GRID}\nA {{{{ color }}}} mug")
    assert isinstance(terminal["grid"], Batch)
    assert [job.request.prompt for job in terminal["grid"]] == ["A red mug", "A red mug", "A blue mug", "A blue mug"]
    assert (local_api.submits, local_api.emulator.charged) == (4, 28)
    assert text.startswith("28 credits · 4 pictures · 2 color × 2 quality")
    assert "gpt-image-2, high, 1K: 2 × 12 = 24 credits" in text
    assert "color=red, quality=low: 2 credits" in text


def test_running_a_sweep_again_sends_nothing_and_prints_the_same(local_api: LocalApi, terminal: Terminal) -> None:
    first = terminal.run(f"{GRID}\nA {{{{ color }}}} mug")
    calls = local_api.emulator.count()
    assert terminal.run(f"{GRID}\nA {{{{ color }}}} mug") == first
    assert local_api.emulator.count() == calls


def test_values_may_come_from_the_notebook_and_are_never_split(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.shell.user_ns["animals"] = ["a cat, asleep", "a dog"]
    terminal.run("%%vidgo pets --sweep animal={{ animals }}\nA photo of {{ animal }}")
    assert [job.request.prompt for job in terminal["pets"]] == ["A photo of a cat, asleep", "A photo of a dog"]
    terminal.run("%%vidgo pets --sweep prompt={{ animals }} --takes 2\n")
    assert [job.row["take"] for job in terminal["pets"]] == [1, 2, 1, 2]


def test_a_dry_run_of_a_sweep_shows_the_price_and_sends_nothing(local_api: LocalApi, terminal: Terminal) -> None:
    text = terminal.run(f"{GRID} --dry-run\nA {{{{ color }}}} mug")
    assert "Dry run: 4 pictures, 28 credits; nothing was sent." in text
    assert local_api.emulator.count() == 0


def test_the_sheet_and_the_pictures_can_be_saved(local_api: LocalApi, terminal: Terminal, folder: Path) -> None:
    terminal.run(f"{GRID} --save sheets/grid.pdf\nA {{{{ color }}}} mug")
    terminal.run(f"{GRID} --save sheets/grid.png\nA {{{{ color }}}} mug")
    terminal.run(f"{GRID} --save mugs/{{n}}.png\nA {{{{ color }}}} mug")
    assert Path("sheets/grid.pdf").read_bytes().startswith(b"%PDF")
    assert Path("sheets/grid.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in Path("mugs").iterdir()) == ["1.png", "2.png", "3.png", "4.png"]


MISTAKES = {
    "no values": ("%%vidgo --sweep quality=\nx", ["quality has no value"]),
    "no field": ("%%vidgo --sweep low,high\nx", ["does not say what varies", "--sweep quality=low,high"]),
    "an unknown field": ("%%vidgo --sweep qualty=low,high\nx", ["qualty is not a field", "Write quality"]),
    "one that is swept twice": ("%%vidgo --sweep size=1:1 --sweep size=16:9\nx", ["size is swept twice"]),
    "impossible combinations": ("%%vidgo --sweep size=1:1,16:10\nx", ["(size=16:10)", "--skip-invalid"]),
    "a prompt beside prompts": ("%%vidgo --sweep prompt=a,b\nx", ["there is a prompt already", "{{ prompt }}"]),
    "several pictures in one file": ("%%vidgo --sweep quality=low,high --save a.jpg\nx", ["save", "{n}"]),
    "a name without a sweep": ("%%vidgo --batch mugs\nx", ["--batch belongs to a sweep"]),
    "a price above the limit": ("%%vidgo --sweep quality=low,high --max-credits 13\nx", ["14 credits", "13 credits"]),
}


@pytest.mark.parametrize(("cell", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_clear_message_and_nothing_is_sent(
    cell: str, expected: list[str], local_api: LocalApi, terminal: Terminal
) -> None:
    text = terminal.fails(cell)
    for word in expected:
        assert word in text
    assert "Nothing was sent and nothing was spent." in text
    assert local_api.submits == 0


def test_a_named_sweep_is_listed_and_continued(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run(f"{GRID} --batch mugs\nA {{{{ color }}}} mug")
    assert "mugs" in terminal.run("%vidgo batches")
    assert "28 credits · 4 pictures" in terminal.run("%vidgo continue mugs")
    assert local_api.submits == 4
    assert "no batch 'mug'" in terminal.fails("%vidgo continue mug")


def test_tab_completes_what_may_vary_and_its_values(terminal: Terminal) -> None:
    assert "%%vidgo --sweep quality=" in terminal.completed("%%vidgo --sweep qua")
    assert terminal.completed("%%vidgo --sweep quality=low,me") == ["%%vidgo --sweep quality=low,medium"]
    assert terminal.completed("%%vidgo --sweep=model=flux-2-pro,gpt-image-2-") == [
        "%%vidgo --sweep=model=flux-2-pro,gpt-image-2-edit"
    ]

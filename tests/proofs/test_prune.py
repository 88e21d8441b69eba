"""Pruning shows what would go, deletes superseded generations on request, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.proofs.conftest import OpenShell

OPTIONS = "--yes --quality low --size 1:1 --resolution 1K"


def test_prune_shows_and_then_deletes_superseded_generations_and_nothing_else(
    open_shell: OpenShell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = open_shell()
    for prompt in ("a kettle", "a lamp"):
        shell.run_cell_magic("vidgo", f"--wait {OPTIONS}", prompt)
    for _ in range(2):
        shell.run_cell_magic("vidgo", f"--wait --fresh {OPTIONS}", "a kettle")
    before = content_of(tmp_path / "store")
    assert (records(before), pictures(before)) == (4, 4)  # kettle 0, 1 and 2, and a lamp

    capsys.readouterr()
    shell.run_line_magic("vidgo", "prune")
    assert "2 results" in capsys.readouterr().out
    assert content_of(tmp_path / "store") == before

    shell.run_line_magic("vidgo", "prune --yes")
    after = content_of(tmp_path / "store")
    assert (records(after), pictures(after)) == (2, 2)
    gone = set(before) - set(after)
    assert sorted(Path(name).parts[0] for name in gone) == ["objects", "objects", "results", "results"]
    assert all(".0.json" in name or ".1.json" in name for name in gone if name.startswith("results"))
    assert {name: after[name] for name in after} == {name: before[name] for name in after}


def content_of(folder: Path) -> dict[str, str]:
    """Every file of a store by its name, as a digest of what is in it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def records(content: dict[str, str]) -> int:
    return sum(name.startswith("results") for name in content)


def pictures(content: dict[str, str]) -> int:
    return sum(name.startswith("objects") for name in content)

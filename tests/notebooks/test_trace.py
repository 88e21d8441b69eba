"""How much of the package one cell enters: a reader who follows it has that many files to read."""

from __future__ import annotations

from pathlib import Path

from benchmarks.service import environment, served
from benchmarks.trace import files_of, trace

MOST_FILES = 52
"""A cell's first line, the grammar of its options, their parser, who is at the page, how far a batch and a long piece
of work are, and the line that counts a cell's jobs are subjects of their own."""
_TO_COMPARE = {  # a purchase beside stored pictures: what is almost there is named before it is bought
    *("app/plan/near.py", "app/purchase/near_misses.py", "domain/near_miss.py", "domain/untrusted_json.py"),
    *("store/results/record.py", "store/results/record_file.py", "store/results/verification.py"),
    "store/results/contents.py",
}
_OF_MANY = ("sweep", "sheet", "batch_card", "table", "columns", "rows", "form", "panel", "gallery", "commands", "room")


def test_a_cell_with_one_picture_enters_few_files_and_none_that_it_does_not_need(tmp_path: Path) -> None:
    with served(0.5) as url:
        found = trace(environment(url, tmp_path), tmp_path / "trace.json")
    files = files_of(found["a new picture"][0])
    assert len(set(files) - _TO_COMPARE) <= MOST_FILES, files
    assert [file for file in files if any(part in Path(file).with_suffix("").parts for part in _OF_MANY)] == []

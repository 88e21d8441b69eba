"""What is wrong with a file of a store, and its cure."""

from __future__ import annotations

from typing import NamedTuple

from vidgo_notebook.visible_text import visible_name

LFS_POINTER = b"version https://git-lfs"
"""The beginning of the file that replaces one which Git LFS has not fetched yet."""
LFS_CURE = "git lfs pull"
FROM_BACKUP = "Restore it from version control or a backup."


def choose_a_side(name: str) -> str:
    """What to do about a file that Git could not merge, wherever the store lies in its repository."""
    files = f'":/*{visible_name(name)}"'
    return f"Choose a side: git checkout --ours -- {files}, or --theirs; then git add {files}."


class Fault(NamedTuple):
    """A file that can't be used, or does not belong: its name in the store, what is wrong, and what to do."""

    name: str
    problem: str
    cure: str = ""

    @property
    def has_certain_cure(self) -> bool:
        """Whether the file can be restored from where it is, without a backup."""
        return self.cure not in ("", FROM_BACKUP)

    def __str__(self) -> str:
        return visible_name(
            " ".join([f"{self.name}: {self.problem.rstrip('.')}.", *([self.cure] if self.cure else [])])
        )

"""Two branches that bought the same: what Git could not merge in a store, and how both purchases stay known.

A record is merged as a whole (``.gitattributes``), so that Git leaves a sound one in its place and calls it a conflict.
The pictures have names of their own and never conflict. Whoever merges, on whichever branch, comes to the same store:
the earlier purchase is the one that is shown, and the other is kept beside it, as after a fresh purchase.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vidgo_notebook.domain.pricing import NOT_PUBLISHED, credits_text
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.faults import Fault, choose_a_side
from vidgo_notebook.store.results.file_names import CURRENT
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.record_file import MAX_RECORD_BYTES, read_record
from vidgo_notebook.store.results.result_store import ResultStore

_SECONDS = 30
_SIDES = (2, 3)  # Git's numbers for ours and theirs
# A repository from somebody else can name a program here, which Git would run.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_SETTLE = "%vidgo doctor --merge keeps both."
_CURES = {
    "frozen.json": "%vidgo doctor --store says what does not count; %vidgo thaw, then %vidgo freeze, writes it anew.",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file of a store that Git could not merge: its ``name`` there, and its contents on each side that has it."""

    name: str
    sides: Mapping[int, bytes]

    @property
    def purchases(self) -> list[tuple[ResultRecord, bytes]]:
        """The records of the sides and their files, the one to be shown first; none unless both can be used."""
        folder, _, last = self.name.rpartition("/")
        if folder != "results" or not CURRENT.fullmatch(last) or len(self.sides) < len(_SIDES):
            return []
        with suppress(StoreError):
            found = [(read_record(self.sides[side], last), self.sides[side]) for side in _SIDES]
            return sorted(found, key=lambda each: (-each[0].generation, each[0].finished, each[1]))
        return []

    @property
    def fault(self) -> Fault:
        """What is to be said of it."""
        if not (purchases := self.purchases):
            cure = _CURES.get(self.name) or choose_a_side(self.name.rpartition("/")[2])
            return Fault(self.name, "two branches have it, and Git could not merge it", cure)
        sides = " and ".join(_bought(record) for record, _ in purchases)
        return Fault(self.name, f"two branches bought {shown(purchases[0][0].prompt)}: {sides}", _SETTLE)


def _bought(record: ResultRecord) -> str:
    price = NOT_PUBLISHED if record.paid is None else credits_text(record.paid)
    cost = "emulated, free" if record.provider == EMULATOR else price
    return f"{record.finished or 'at an unknown time'} ({cost}, picture {record.digest[:12]}…)"


def conflicts(store: ResultStore) -> list[Conflict]:
    """What Git could not merge in a store; nothing where there is no Git, or the store is not in a repository."""
    sides: dict[str, dict[int, bytes]] = defaultdict(dict)
    folder = store.folder
    for line in _git(folder, "ls-files", "--unmerged", "-z", "--", ".").split(b"\0") if folder else []:
        about, _, name = line.partition(b"\t")
        if folder and name:
            _, blob, side = about.decode().split()
            sides[name.decode("utf-8", "replace")][int(side)] = _git(folder, "cat-file", "blob", blob)
    return [Conflict(name, found) for name, found in sides.items()]


def merge(store: ResultStore) -> tuple[list[ResultRecord], list[Fault]]:
    """Keep both purchases of each record that two branches bought: those that are shown, and what is left for the
    author to settle. Raises StoreError."""
    settled, left = list[ResultRecord](), list[Fault]()
    for conflict in conflicts(store):
        if purchases := conflict.purchases:
            store.keep_both(*(data for _, data in purchases))
            settled.append(purchases[0][0])
        else:
            left.append(conflict.fault)
    return settled, left


def _git(folder: Path, *words: str) -> bytes:
    """What Git says of a folder; nothing if it can't."""
    try:
        said = subprocess.run(  # noqa: S603  the words are ours
            [*_GIT, *words], cwd=folder, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return said.stdout if said.returncode == 0 and len(said.stdout) <= 16 * MAX_RECORD_BYTES else b""

"""A rehearsal: a process of ``vidgo check --run``, which asks for everything and gets, keeps and pays nothing.

The checker sets a variable of the environment for a kernel, which its subprocesses inherit. It names a folder that the
checker deletes: there the orders are written down, and what would be kept is kept for the others of the rehearsal. The
store and the journal of the user are read. No connection is made, so nothing can be bought, whatever the mode, and
whatever key the notebook brings.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from vidgo_notebook.app.keys import VARIABLE as KEY_VARIABLE
from vidgo_notebook.app.keys import KeyRing
from vidgo_notebook.app.settings.origins import REHEARSAL, under_pytest
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.provider import IN_KERNEL, provider_of
from vidgo_notebook.errors import NOTHING_SPENT, AuthenticationError, StoreError, VidgoError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results.overlay import OverlaidFiles
from vidgo_notebook.store.results.result_store import ResultStore

if TYPE_CHECKING:
    from vidgo_notebook.app.target import Target

WHAT_IT_IS = "vidgo check --run executes this notebook: nothing is sent, bought or kept."
_NOTES, _KEY = "notes.jsonl", "key"
_ENVIRONMENT = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


class Kind(StrEnum):
    """What was noted of a request, or of the code."""

    STORED = "stored"
    BOUGHT = "bought"
    FRESH = "fresh"
    JOINED = "joined"
    REFUSED = "refused"
    MISSED = "missed"
    FROZEN = "frozen"
    DAMAGED = "damaged"
    SENT = "sent"
    EMULATED = "emulated"
    ASKED = "asked"
    READ = "read"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Note:
    """What a rehearsal has to say: of the request that ``label`` names, and its ``price`` in credits (None: not
    published)."""

    kind: Kind
    label: str
    detail: str = ""
    price: Decimal | None = Decimal(0)

    def to_json(self) -> str:
        """One line."""
        return json.dumps({**asdict(self), "price": None if self.price is None else str(self.price)})

    @classmethod
    def from_json(cls, text: str) -> Note:
        """What ``to_json`` wrote."""
        found = json.loads(text)
        price = None if found["price"] is None else Decimal(found["price"])
        return cls(Kind(found["kind"]), found["label"], found["detail"], price)


class Rehearsal:
    """``folder`` belongs to the checker. ``key_source`` is where its environment has a key, in words, or ''."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.key_source = (folder / _KEY).read_text(encoding="utf-8")
        except OSError:
            raise _over() from None
        self.keys = _NoKeys(self.key_source)

    @classmethod
    def begin(cls, folder: Path) -> Rehearsal:
        """Prepare a folder for a rehearsal, in the checker's own process."""
        source = KeyRing().source
        (folder / _KEY).write_text("" if under_pytest() else source, encoding="utf-8")
        return cls(folder)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a kernel: this process's, without the key and what leads to it."""
        inherited = {name: text for name, text in os.environ.items() if name not in (KEY_VARIABLE, "JPY_SESSION_NAME")}
        return {**inherited, **_ENVIRONMENT, REHEARSAL: str(self.folder)}

    # What is used in place of the user's own

    def target(self, found: Target, settings: Vidgo) -> Target:
        """Where requests would go. What a reader without a key sees as stand-ins is counted as what a key would buy."""
        if found.mode != "emulator":
            return found
        if settings.mode == "emulator":
            return replace(found, api=IN_KERNEL)
        return replace(found, mode="live", api=settings.base_url, provider=provider_of(settings.base_url))

    def store(self, address: str) -> ResultStore:
        """The store at an address, which is read; what is written to it is in the folder."""
        return ResultStore(OverlaidFiles(ResultStore(address).files, self._place("stores", address)))

    def journal(self, address: str) -> str:
        """The path of a copy of the journal at an address. One in a database is not copied, which is noted."""
        path = self._place("journals", address).with_suffix(".sqlite3")
        if not path.exists():
            self._make_room(path)
            if is_url(address):
                path.touch()
                why = "its jobs under way, batches and other stores are not known here"
                self.note(Note(Kind.UNSEEN, f"the journal {address}", why))
            else:
                from vidgo_notebook.store.journal.sqlite import copy_of  # late: SQLite is loaded with the journal

                copy_of(Path(address), path)
        return str(path)

    def _make_room(self, path: Path) -> None:
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError:
            raise _over() from None

    def _place(self, what: str, address: str) -> Path:
        return self.folder / what / hashlib.sha256(address.encode()).hexdigest()[:16]

    # What is written down

    def note(self, note: Note) -> None:
        """Write something down. Raises StoreError after the end of the rehearsal."""
        try:
            descriptor = os.open(self.folder / _NOTES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, f"{note.to_json()}\n".encode())
            finally:
                os.close(descriptor)
        except OSError:
            raise _over() from None

    def notes(self, after: int) -> list[Note]:
        """Those that were written after so many."""
        path = self.folder / _NOTES
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [Note.from_json(line) for line in lines[after:]]

    def agree(self, question: str) -> bool:
        """The answer to a question, such as whether a limit may be raised, is yes: what that may buy is listed."""
        self.note(Note(Kind.ASKED, " ".join(question.split())))
        return True

    def refuse_to_send(self) -> NoReturn:
        """Raise VidgoError: no connection is made in a rehearsal."""
        raise VidgoError(f"{WHAT_IT_IS} What the service would answer is not known.", cost=NOTHING_SPENT)


class _NoKeys(KeyRing):
    """The checker says where it has a key. Here there is none, and none is taken."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._said = source

    @property
    def of_environment(self) -> str:
        return ""

    @property
    def source(self) -> str:
        return self._said

    def type_in(self, value: str) -> None:
        del value
        raise AuthenticationError(f"{WHAT_IT_IS} It takes no key.", cost=NOTHING_SPENT)

    def key(self) -> NoReturn:
        raise AuthenticationError(f"{WHAT_IT_IS} There is no key.", cost=NOTHING_SPENT)


def _over() -> StoreError:
    return StoreError(
        "This process belongs to a run of vidgo check --run, which has ended.",
        cost=NOTHING_SPENT,
        hint=f"Unset {REHEARSAL} to use vidgo_notebook here.",
    )

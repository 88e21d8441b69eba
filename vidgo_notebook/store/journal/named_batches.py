"""The journal's named batches, which another kernel can continue, and what cluster workers may spend on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from vidgo_notebook.store.journal.database import Book, amount_text


@dataclass(frozen=True, slots=True)
class NamedBatch:
    """A named batch: ``contents`` identifies what is asked for, ``plan`` is all of it as JSON."""

    name: str
    contents: str
    plan: str
    at: float


class BatchBook(Book):
    """Plans by name. The plan of a name never changes."""

    def save_batch(self, name: str, contents: str, plan: str, at: float) -> str:
        """Save a plan, unless there is one of that name already; returns the contents of the one there is now."""
        self._database.run(
            "INSERT INTO batches (name, contents, plan, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (name, contents, plan, at),
        )
        found = self.batch(name)
        assert found is not None
        return found.contents

    def batch(self, name: str) -> NamedBatch | None:
        """The batch of this name."""
        rows = self._database.read("SELECT name, contents, plan, at FROM batches WHERE name = ?", (name,))
        return NamedBatch(*rows[0]) if rows else None

    def batches(self) -> list[NamedBatch]:
        """All named batches, newest first."""
        rows = self._database.read("SELECT name, contents, plan, at FROM batches ORDER BY at DESC", ())
        return [NamedBatch(*row) for row in rows]


class AllowanceBook(Book):
    """Allowances and pauses that workers share. An allowance covers one picture of a batch, once; a worker draws
    it before it sends the request."""

    def allow(self, batch: str, prices: Sequence[tuple[str, Decimal | None]]) -> None:
        """Approve the prices (None: not published) of some fingerprints for a batch."""
        self._database.run_many(
            "INSERT INTO allowances (batch, fingerprint, price) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(batch, fingerprint, amount_text(price)) for fingerprint, price in prices],
        )

    def draw(self, batch: str, fingerprint: str, job_id: str) -> bool:
        """Use the allowance for a job; False if there is none, or if another job has used it."""
        changed = self._database.run(
            "UPDATE allowances SET drawn_by = ? "
            "WHERE batch = ? AND fingerprint = ? AND (drawn_by IS NULL OR drawn_by = ?)",
            (job_id, batch, fingerprint, job_id),
        )
        return bool(changed)

    def withdraw(self, batch: str, fingerprint: str) -> bool:
        """Cancel an allowance; False if it was drawn already."""
        changed = self._database.run(
            "DELETE FROM allowances WHERE batch = ? AND fingerprint = ? AND drawn_by IS NULL", (batch, fingerprint)
        )
        return bool(changed)

    def withdraw_all(self, fingerprints: Collection[str]) -> set[str]:
        """Cancel the allowances of these fingerprints that are not drawn, of every batch; the fingerprints of those."""
        withdrawn = set[str]()
        for fingerprint in fingerprints:
            if self._database.run("DELETE FROM allowances WHERE fingerprint = ? AND drawn_by IS NULL", (fingerprint,)):
                withdrawn.add(fingerprint)
        return withdrawn

    def pause(self, api: str, seconds: float) -> int:
        """Make all processes that use an API wait for ``seconds``, each by its own clock; the pause's number."""
        self._database.run(
            "INSERT INTO pauses (api, number, seconds) VALUES (?, 1, ?) "
            "ON CONFLICT (api) DO UPDATE SET number = pauses.number + 1, seconds = excluded.seconds",
            (api, seconds),
        )
        return self.last_pause(api)[0]

    def last_pause(self, api: str) -> tuple[int, float]:
        """The number of the last pause, and its seconds; (0, 0) if there was none."""
        rows = self._database.read("SELECT number, seconds FROM pauses WHERE api = ?", (api,))
        return (int(rows[0][0]), float(rows[0][1])) if rows else (0, 0.0)

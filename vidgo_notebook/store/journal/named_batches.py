"""The journal's named batches: what was asked for together, so that another kernel can continue it."""

from __future__ import annotations

from dataclasses import dataclass

from vidgo_notebook.store.journal.database import Book


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """A named batch: ``contents`` identifies what is asked for, ``plan`` is all of it as JSON."""

    name: str
    contents: str
    plan: str
    at: float


class BatchBook(Book):
    """Plans by their names. A name means one plan for ever."""

    def keep_batch(self, name: str, contents: str, plan: str, at: float) -> str:
        """Keep a plan, unless there is one of that name already; the contents of whichever it is now."""
        self._database.run(
            "INSERT INTO batches (name, contents, plan, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (name, contents, plan, at),
        )
        found = self.batch(name)
        assert found is not None
        return found.contents

    def batch(self, name: str) -> KeptBatch | None:
        """The batch of this name."""
        rows = self._database.read("SELECT name, contents, plan, at FROM batches WHERE name = ?", (name,))
        return KeptBatch(*rows[0]) if rows else None

    def batches(self) -> list[KeptBatch]:
        """All named batches, newest first."""
        rows = self._database.read("SELECT name, contents, plan, at FROM batches ORDER BY at DESC", ())
        return [KeptBatch(*row) for row in rows]

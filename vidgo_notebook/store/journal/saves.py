"""The files that users want saved when a picture arrives: whichever process continues its job saves them."""

from __future__ import annotations

from dataclasses import dataclass

from vidgo_notebook.store.journal.database import Book

_KEPT_SECONDS = 2 * 24 * 3600.0
"""The service keeps files for 24 h: what was not saved by then does not arrive any more."""


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file to save: its absolute ``path`` on a ``machine``, and the ``options`` as JSON."""

    fingerprint: str
    path: str
    options: str
    machine: str
    at: float


class SaveBook(Book):
    """The files to save, by the fingerprints of the pictures."""

    def add_save(self, file: SavedFile) -> None:
        """Add a file; old ones are forgotten."""
        self._database.run("DELETE FROM saves WHERE at < ?", (file.at - _KEPT_SECONDS,))
        self._database.run(
            "INSERT INTO saves (fingerprint, path, options, machine, at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (fingerprint, path) DO UPDATE SET options = excluded.options, at = excluded.at",
            (file.fingerprint, file.path, file.options, file.machine, file.at),
        )

    def forget_save(self, fingerprint: str, path: str) -> None:
        """Remove a file: it is saved, or can't be."""
        self._database.run("DELETE FROM saves WHERE fingerprint = ? AND path = ?", (fingerprint, path))

    def saves(self, fingerprint: str, machine: str) -> list[SavedFile]:
        """The files to save on a machine when this picture arrives."""
        rows = self._database.read(
            "SELECT fingerprint, path, options, machine, at FROM saves WHERE fingerprint = ? AND machine = ?",
            (fingerprint, machine),
        )
        return [SavedFile(*row) for row in rows]

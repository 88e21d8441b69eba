"""What a job ends with: a picture, and all that is known of it."""

from __future__ import annotations

import builtins
import hashlib
import io
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.record import ResultRecord
from vidgo_notebook.store.results import ResultStore
from vidgo_notebook.store.saving import write_new

if TYPE_CHECKING:
    from PIL import Image

    from vidgo_notebook.engine.lineage import Lineage


class Result:
    """A picture that is there. ``path`` is its file on this machine, None while only memory holds it.

    That is the store's own file, or a copy of it where the store lies elsewhere; None for ``store``
    means that no store knows the picture. With neither path nor data it is looked up when it is needed.
    """

    def __init__(
        self, record: ResultRecord, path: Path | None, store: ResultStore | None, data: bytes | None = None
    ) -> None:
        self.record = record
        self._path = path
        self._store = store
        self._data = data

    @property
    def path(self) -> Path | None:
        """Its file on this machine; fetched from a store elsewhere when it is first asked for.

        Raises StoreError if the store can't be read, or no longer has it.
        """
        if self._path is None and self._data is None and self._store:
            self._path = self._store.picture(self.record)
            if self._path is None:
                raise StoreError(
                    f"The picture {self.digest[:12]}… is missing or damaged in the store {self._store.address}.",
                    hint="Run its cell again: it is fetched again while the service keeps it (24 h).",
                )
        return self._path

    @property
    def bytes(self) -> bytes:
        """The bytes exactly as served. Raises StoreError if the file was damaged since."""
        try:
            data = self.path.read_bytes() if self._data is None and self.path else self._data or b""
        except OSError as error:
            raise StoreError(f"The picture {self.path} can't be read: {error.strerror}.") from None
        if hashlib.sha256(data).hexdigest() == self.record.digest:
            return data
        raise StoreError(
            f"The picture {self.path or 'in this file'} is not what was bought: its digest differs.",
            hint="Run its cell again: it is fetched again while the service keeps it (24 h).",
        )

    @property
    def store(self) -> ResultStore | None:
        """The store that knows the picture."""
        return self._store

    @property
    def intact(self) -> bool:
        """Whether the picture is there, byte for byte as it was served."""
        with suppress(StoreError):
            return bool(self.bytes)
        return False

    @property
    def image(self) -> Image.Image:
        """The picture as a PIL image. Raises StoreError as ``bytes`` does."""
        from PIL import Image

        picture = Image.open(io.BytesIO(self.bytes))
        picture.load()
        return picture

    @property
    def provenance(self) -> dict[str, Any]:
        """Everything known of how the picture was made, as plain values and without secrets.

        The fields of the record (times in UTC, amounts in credits, edges in pixels), and ``request``: the
        JSON as it was sent, with uploaded images named by their digests, and no callback URL.
        """
        from vidgo_notebook.engine.records import body_of

        return {**asdict(self.record), "request": body_of(self.record)}

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return self.record.digest

    @property
    def parents(self) -> tuple[Result, ...]:
        """The earlier results that this picture was made from, as far as its store has them."""
        store = self._store
        if store is None:
            return ()
        named = zip(self.record.parents, self.record.references, strict=False)
        found = [_as_it_was(store, name, identity) for name, identity in named if name]
        return tuple(Result(record, path, store) for record in found if record and (path := store.picture(record)))

    @property
    def lineage(self) -> Lineage:
        """This picture with everything it descends from, and what all that cost."""
        from vidgo_notebook.engine.lineage import lineage_of

        return lineage_of(self)

    def save(self, path: str | os.PathLike[str], *, annotate: bool = False) -> Path:
        """Write the file as served to ``path`` (in a folder: under its digest); never over other bytes.

        ``annotate`` writes a copy that carries its provenance (XMP, and text in PNG), which ``vidgo.read``
        reads back; content credentials stay in it, but vouch only for the file as served.
        Raises StoreError.
        """
        target = Path(path).expanduser()
        if target.is_dir() or str(path).endswith(("/", os.sep)):
            target = target / f"{self.record.digest[:16]}{self.record.suffix}"
        write_new(target, self._copy() if annotate else self.bytes)
        return target

    def _copy(self) -> builtins.bytes:
        from vidgo_notebook.engine.copies import annotated_copy

        return annotated_copy(self.record, self.bytes)

    def __repr__(self) -> str:
        r = self.record
        return f"<Result {r.width}×{r.height} {r.media_type} by {r.model}: {self.path or 'in memory'}>"


def _as_it_was(store: ResultStore, fingerprint: str, identity: str) -> ResultRecord | None:
    """The record of the picture that an edit was made from: bought afresh since, it is another one."""
    record = store.find(fingerprint)
    if record is None or identity == f"bytes:{record.digest}":
        return record
    earlier = [old for _, old in store.superseded() if old.fingerprint == fingerprint]
    return next((old for old in earlier if identity == f"bytes:{old.digest}"), record)

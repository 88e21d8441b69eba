"""The Result of a job: a picture, its provenance, and the Lineage of results that it was made from."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, overload

from vidgo_notebook.domain.arguments import check_flags
from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.domain.odd_metadata import decoded
from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat, Total
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.public_call import public
from vidgo_notebook.domain.readable_signature import readable_class
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.engine.handles.input_image import InputImage, inputs_of
from vidgo_notebook.engine.handles.shown import Shown, ShownPicture
from vidgo_notebook.errors import FetchError, StoreError
from vidgo_notebook.store.results.plain_files import read_plain
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.visible_text import visible, visible_name

if TYPE_CHECKING:
    from PIL import Image

    from vidgo_notebook.engine.handles.saving import SaveAs, Saved

_FETCHED_AGAIN = "Run its cell again: it is fetched again while the service keeps it (24 h)."


@readable_class
class Result(ShownPicture):
    """A finished picture.

    Attributes
    ----------
    record : ResultRecord
        What is known of it: times in UTC, amounts in credits, ``width`` and ``height`` in pixels.

    Examples
    --------
    >>> result = vidgo.generate("A red bicycle", size="1:1").result()
    >>> result.image.size, result.bytes[:4]
    ((1024, 1024), b'\\x89PNG')
    >>> result.path.suffix, result.provenance["model"]
    ('.png', 'gpt-image-2')
    """

    def __init__(
        self, record: ResultRecord, path: Path | None, store: ResultStore | None, data: bytes | None = None
    ) -> None:
        """With neither path nor data the picture is looked up when it is needed; ``store`` is None outside a store."""
        self.record = record
        self._path = path
        self._store = store
        self._data = data

    @property
    def path(self) -> Path | None:
        """Its file on this machine: the store's own, or a copy if the store is remote, fetched on first use.

        None while the picture is in memory only. Raises StoreError if the store can't be read, or no longer has it.
        """
        gone = self._path is None or (self._is_copy and not self._path.exists())
        if gone and self._data is None and self._store:
            self._path = self._store.picture(self.record)
            if self._path is None:
                fault = self._store.why_no_picture(self.record)
                raise StoreError(
                    f"The picture {self.digest[:12]}… is missing or damaged in the store "
                    f"{visible_name(self._store.address)}: {fault.name}, {fault.problem}.",
                    hint=fault.cure if fault.has_certain_cure else f"{fault.cure} {_FETCHED_AGAIN}",
                )
        return self._path

    @property
    def _is_copy(self) -> bool:
        """Whether the file is a copy in the cache, which keeps the newest only."""
        return self._store is not None and self._store.folder is None

    @property
    def bytes(self) -> bytes:
        """The bytes exactly as served. Raises StoreError if the file has changed since."""
        try:
            path = self.path if self._data is None else None
            data = read_plain(path, MAX_SERVED_BYTES, follow=False) if path else self._data or b""
        except OSError as error:
            raise StoreError(f"The picture {visible_name(self.path)} can't be read: {error.strerror}.") from None
        if hashlib.sha256(data).hexdigest() == self.record.digest:
            return data
        if self.metadata_changed:
            raise StoreError(
                "The file's metadata was changed after it was saved: its bytes are no longer those that were served.",
                hint="Its picture is the one that was bought: image has it.",
            )
        raise StoreError(
            f"The picture {visible_name(self.path or 'in this file')} is not the one that was bought: its digest "
            "differs.",
            hint=_FETCHED_AGAIN,
        )

    @property
    def store(self) -> ResultStore | None:
        """The store that has the picture."""
        return self._store

    @property
    def intact(self) -> bool:
        """Whether the picture exists as it was served: byte for byte, or as a copy with other metadata."""
        with suppress(StoreError):
            return bool(self.bytes)
        return self.metadata_changed

    @property
    def metadata_changed(self) -> bool:
        """Whether this is a copy of which another program has changed the metadata, but not the picture. Records of
        format 3 have the digest of the pixels, which shows that."""
        if self._data is None or not self.record.pixels:
            return False
        if hashlib.sha256(self._data).hexdigest() == self.record.digest:
            return False
        from vidgo_notebook.wire.picture import inspect  # late: few files are read back

        with suppress(FetchError):
            return inspect(self._data).pixels == self.record.pixels
        return False

    @property
    def image(self) -> Image.Image:
        """The picture as a PIL image. Raises StoreError if it is not the one that was served."""
        return decoded(self._data if self._data and self.metadata_changed else self.bytes)

    @property
    def provenance(self) -> dict[str, object]:
        """How the picture was made, as plain values and without secrets.

        The fields of the record (times in UTC, amounts in credits, edges in pixels); ``request``: the JSON as it was
        sent, with the digests of uploaded images, and no callback URL; and ``record_sha256``: the digest of the record,
        which changes with every edit of its times, prices or texts.
        """
        from vidgo_notebook.wire.codec import picture_body  # late: few pictures are asked for their provenance

        record = self.record
        images = [identity.removeprefix("url:") for identity in record.references]
        request = picture_body(record.model, record.prompt, {**record.fields, **record.extra_fields}, images)
        return {**asdict(record), "request": request, "record_sha256": record.sha256}

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return self.record.digest

    @property
    def parents(self) -> tuple[Result, ...]:
        """The earlier results that this picture was made from, if its store has them."""
        return tuple(_parents(self, {}))

    @property
    def inputs(self) -> tuple[InputImage, ...]:
        """The images that it was made from and that are not pictures made here: the author's own, and those at URLs."""
        return inputs_of(self.record, self._store)

    @property
    def lineage(self) -> Lineage:
        """This picture with all its ancestors in its store, and their cost. Raises StoreError for a damaged record."""
        found = Ancestry()
        found.add(self)
        places = {key: place for place, key in enumerate(found.results)}
        edges = {(places[parent], places[child]) for parent, child in found.links}
        return Lineage(tuple(found.results.values()), tuple(sorted(edges, key=lambda edge: edge[::-1])))

    @public
    def save(self, path: str | os.PathLike[str], *, annotate: bool = False, format: str | None = None) -> Path:
        """Write the file as served, or converted; never over other bytes.

        Parameters
        ----------
        path : str or path
            The file, or a folder: there its name is its digest. An ending that does not fit the picture is replaced,
            with a warning; a missing one is added. At most one new folder is created.
        annotate : bool, default False
            Write a copy that contains its provenance (XMP, and text in PNG), which ``vidgo.read`` reads back. Content
            credentials are kept, but are valid only for the file as served.
        format : str, optional
            ``png``, ``jpg``, ``webp`` or ``tiff``: convert it, where it is something else.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        RequestError
            If no picture can have that name or format.
        StoreError
            If there is another file of that name, or it can't be written.

        Examples
        --------
        >>> vidgo.generate("A red bicycle").result().save("pictures/bicycle.png").name
        'bicycle.png'
        """
        from vidgo_notebook.engine.handles.saving import SaveAs  # late: few pictures are saved elsewhere

        check_flags(annotate=annotate)
        saved = self.saved_as(SaveAs.of(path, annotate=annotate, format=format))
        if saved.note:
            warnings.warn(visible(saved.note), stacklevel=3)  # the caller's line: `public` is between
        return saved.path

    def looked_at(self, how: str) -> None:
        """Code gets an image that was drawn from it; a stand-in notes that."""

    def saved_as(self, file: SaveAs) -> Saved:
        """Write a file. Raises StoreError."""
        return file.write(self)

    def __repr__(self) -> str:
        r = self.record
        return visible(
            f"<Result {r.width}×{r.height} {r.media_type} by {r.model}: {visible_name(self.path or 'in memory')}>"
        )


# What it was made from


_Key = tuple[str, str]
"""What identifies a result in a lineage: fingerprint and digest."""


@dataclass(frozen=True, slots=True, repr=False)
class Lineage(Sequence[Result], Shown):
    """The results of a lineage, each after its parents; the picture itself comes last.

    ``edges`` are pairs of positions, from parent to child. ``inputs`` are the images from elsewhere.
    """

    results: tuple[Result, ...]
    edges: tuple[tuple[int, int], ...]

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Result]: ...
    def __getitem__(self, index: int | slice) -> Result | Sequence[Result]:
        return self.results[index]

    def __len__(self) -> int:
        return len(self.results)

    @property
    def cost(self) -> Decimal:
        """Credits that all its pictures cost when they were bought, without unpublished prices; stand-ins cost 0."""
        return self.paid.credits

    @property
    def paid(self) -> Total:
        """The same with the number of unpublished prices."""
        return Total.of(result.record.paid for result in self.results)

    @property
    def stand_ins(self) -> Total:
        """The prices of the emulated pictures, which are free."""
        return Total.of(result.record.price for result in self.results if result.record.provider == EMULATOR)

    @property
    def unpriced(self) -> int:
        """How many of the results have no published price."""
        return self.paid.unpublished

    @property
    def inputs(self) -> dict[InputImage, tuple[int, ...]]:
        """The images from elsewhere that its pictures were made from, with the positions of these."""
        found: dict[InputImage, tuple[int, ...]] = {}
        for place, result in enumerate(self.results):
            for image in result.inputs:
                found[image] = (*found.get(image, ()), place)
        return found

    def cost_text(self, credit_format: CreditFormat = NO_CURRENCY) -> str:
        """``4 credits``; ``4 credits, emulated, free``; ``2 credits, and 2 credits emulated, free``."""
        if not self.stand_ins:
            return self.paid.text(credit_format)
        free = f"{self.stand_ins.text(credit_format)} emulated, free"
        return f"{self.paid.text(credit_format)}, and {free}" if self.paid else free

    @property
    def depths(self) -> tuple[int, ...]:
        """How many edits led to each result."""
        depths = [0] * len(self.results)
        for parent, child in self.edges:  # parents come first, so one pass is enough
            depths[child] = max(depths[child], depths[parent] + 1)
        return tuple(depths)

    def __repr__(self) -> str:
        return f"<Lineage of {counted(len(self), 'picture')}: {self.cost_text()}>"


class Ancestry:
    """``results``, each once and after all that it was made from, and ``links`` from parent to child.

    Each picture is read once, however many were made from it, and a chain may have any length: a store may come from
    somebody else. ``failed`` is called for a result of which a parent's record is damaged.
    """

    def __init__(self, failed: Callable[[Result, StoreError], None] | None = None) -> None:
        self.results: dict[_Key, Result] = {}
        self.links: list[tuple[_Key, _Key]] = []
        self._failed = failed
        self._begun: set[_Key] = set()
        self._read: dict[_Key, Result | None] = {}

    def add(self, last: Result) -> None:
        """Add a result and its ancestors. Raises StoreError for a damaged record, unless there is ``failed``."""
        unfinished = [] if _key(last) in self._begun else [self._begin(last)]
        while unfinished:
            child, parents = unfinished[-1]
            if not parents:
                self.results[_key(child)] = child
                unfinished.pop()
            elif _key(parents[-1]) not in self._begun:
                unfinished.append(self._begin(parents[-1]))
            elif (parent := _key(parents.pop())) in self.results:
                self.links.append((parent, _key(child)))
            # else the parent descends from this child, which an edited record may say

    def _begin(self, result: Result) -> tuple[Result, list[Result]]:
        self._begun.add(_key(result))
        try:
            return result, _parents(result, self._read)[::-1]
        except StoreError as error:
            if self._failed is None:
                raise
            self._failed(result, error)
            return result, []


def _key(result: Result) -> _Key:
    return result.record.fingerprint, result.digest


def _parents(result: Result, read: dict[_Key, Result | None]) -> list[Result]:
    """The parents that are in the store; ``read`` has those that were read before, by fingerprint and reference."""
    store, pairs = result.store, zip(result.record.parents, result.record.references, strict=False)
    named = [name for name in pairs if name[0]] if store else []
    for name in named:
        if store and name not in read:
            read[name] = _as_it_was(store, *name)
    return [parent for name in named if (parent := read.get(name))]


def _as_it_was(store: ResultStore, fingerprint: str, identity: str) -> Result | None:
    """The picture that an edit was made from, even if another was bought for its request since."""
    record = store.find(fingerprint)
    if record and identity != f"bytes:{record.digest}":
        earlier = store.superseded(fingerprint)
        record = next((old for old in earlier if identity == f"bytes:{old.digest}"), None)
    path = store.picture(record) if record else None
    return Result(record, path, store) if record and path else None

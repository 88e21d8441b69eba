"""An index of the store for a gallery: records listed once, filters, and cached thumbnails."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from vidgo_notebook.domain.pricing import Total
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.render.preview import preview
from vidgo_notebook.store.results.cache import previews
from vidgo_notebook.store.results.record import ResultRecord

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

THUMB = 256  # pixels
_KIND = f"thumb{THUMB}"  # not only its size, which is how previews are cached


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Selects records by ``text`` in the prompt, model, quality, size, and first and last day (ISO dates, local time);
    '' is any. ``real`` is whether a service made them or the emulator, ``fingerprints`` are those of a batch, and
    ``digests`` those of the pictures with a star; None is any."""

    text: str = ""
    model: str = ""
    since: str = ""
    until: str = ""
    quality: str = ""
    size: str = ""
    real: bool | None = None
    fingerprints: Collection[str] | None = None
    digests: Collection[str] | None = None

    def matches(self, record: ResultRecord) -> bool:
        """Whether a record is selected."""
        day = day_of(record) if self.since or self.until else ""
        return (
            self.text.casefold() in record.prompt.casefold()
            and self.model in ("", record.model)
            and self.quality in ("", field_of(record, "quality"))
            and self.size in ("", field_of(record, "size"))
            and self.real in (None, record.provider != EMULATOR)
            and (self.fingerprints is None or record.fingerprint in self.fingerprints)
            and (self.digests is None or record.digest in self.digests)
            and (not self.since or day >= self.since)
            and (not self.until or (day != "" and day <= self.until))
        )


def field_of(record: ResultRecord, name: str) -> str:
    """The quality or the size that a picture was made with; '' if its model has none."""
    return str(record.effective_fields.get(name) or record.fields.get(name, ""))


ORDERS = ("newest first", "oldest first", "highest price")
"""How ``LibraryIndex.find`` sorts."""


def day_of(record: ResultRecord) -> str:
    """The day on which a picture was made, as an ISO date in local time; '' if the record has none."""
    with suppress(ValueError):
        return datetime.fromisoformat(record.finished).astimezone().date().isoformat()
    return ""


class LibraryIndex:
    """The current records of a session's store, newest first; none before they are read, and at first only the newest.
    ``damaged`` counts those that can't be used."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.records: tuple[ResultRecord, ...] = ()
        self.damaged = 0

    def read_newest(self, most: int) -> None:
        """Read only the newest, which takes a moment; none if that would take as long as reading all. Raises StoreError
        if the folder of records can't be read."""
        self.records = tuple(self._session.store.newest(most))

    def read(self) -> None:
        """Read the store, or read it again. Raises StoreError if its folder can't be read."""
        contents = self._session.store.contents()
        newest_first = sorted(contents.current, key=lambda each: (each.finished, each.fingerprint), reverse=True)
        self.records, self.damaged = tuple(newest_first), len(contents.faults)

    @property
    def models(self) -> list[str]:
        """The models that made them."""
        return sorted({record.model for record in self.records})

    def values(self, name: str) -> list[str]:
        """The qualities, or the sizes, that they were made with."""
        return sorted({field_of(record, name) for record in self.records} - {""})

    def find(self, selected: RecordFilter, order: str = ORDERS[0]) -> list[ResultRecord]:
        """The selected records in one of the ``ORDERS``; equal prices are sorted by time."""
        found = [record for record in self.records if selected.matches(record)]
        if order == "oldest first":
            return found[::-1]
        if order == "highest price":
            return sorted(found, key=lambda record: record.price or 0, reverse=True)
        return found

    def result(self, record: ResultRecord) -> Result | None:
        """A record with its picture, checked; None if that is missing or damaged."""
        with suppress(StoreError):
            store = self._session.store
            if path := store.picture(record):
                return Result(record, path, store)
        return None

    def kept_thumbnail(self, record: ResultRecord) -> bytes | None:
        """The thumbnail, if it was made before."""
        return previews().find(record.digest, _KIND)

    def thumbnail(self, record: ResultRecord) -> bytes | None:
        """The thumbnail, made and cached if it was not before; None if the picture is missing or damaged."""
        if kept := self.kept_thumbnail(record):
            return kept
        result = self.result(record)
        if result is None:
            return None
        data = preview(self._session.kept_preview(result) or result.bytes, THUMB).data
        previews().keep(record.digest, _KIND, data)
        return data


@dataclass(frozen=True, slots=True)
class Cost:
    """What some pictures cost when they were bought, and the prices of stand-ins, which are free."""

    paid: Total
    stand_ins: Total


def cost_of(records: Sequence[ResultRecord]) -> Cost:
    """What some records cost together."""
    stand_ins = Total.of(record.price for record in records if record.provider == EMULATOR)
    return Cost(Total.of(record.paid for record in records), stand_ins)

"""The record of a picture in the store: all of its metadata, and no secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any

from vidgo_notebook.domain.image_formats import SUFFIXES
from vidgo_notebook.domain.provider import EMULATOR

FORMAT = 3
"""1: without ``api``, ``template`` and ``values``, and of the effective fields only the resolution.
2: without ``url_digests``, ``pixels``, ``note``, ``price_source``, ``seed``, ``draws``, ``extra_fields`` and
``reference_files``."""


@dataclass(frozen=True, slots=True)
class ReferenceFile:
    """An image of the author's own as it was sent: its digest is the name of its file in the store. ``name`` is the
    author's; all else is empty where the file was not kept."""

    name: str = ""
    digest: str = ""
    media_type: str = ""
    size_bytes: int = 0

    @property
    def suffix(self) -> str:
        """The suffix of its name in the store."""
        return SUFFIXES.get(self.media_type, "")


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """Times are ISO 8601 in UTC, amounts are credits as decimal text (None: not published), edges are in pixels.

    ``provider`` is the service that made the picture and ``api`` the URL of its API, without a path.
    ``prompt`` is the text that was sent; if it came from a template, ``template`` is that and ``values``
    pairs each of its expressions with its value. ``fields`` are the input fields sent,
    ``effective_fields`` those that the service applies and bills, ``references`` the identities of the
    input images (the SHA-256 of bytes or pixels, or a URL without its query), ``parents`` the fingerprints
    of those that are earlier results (else ''), ``url_digests`` the SHA-256 of the whole text of those that
    are URLs (else ''). ``digest`` is the SHA-256 of the picture's bytes as served, ``pixels`` that of its
    pixels as a PNG or JPEG codes them, without metadata, and as decoded in another format ('' in older records).
    ``note`` says what is odd about the file.
    ``seed`` and ``draws`` (pairs of an expression and what was drawn) belong to a random prompt,
    ``extra_fields`` are the input fields that the catalogue does not know, and ``price_source`` is the
    document, or the setting, that the price is from. ``reference_files`` are the author's own images by their
    identities.
    """

    fingerprint: str
    provider: str
    model: str
    prompt: str
    fields: Mapping[str, str]
    digest: str
    media_type: str
    width: int
    height: int
    size_bytes: int
    references: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    take: int = 1
    generation: int = 0
    effective_fields: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    values: tuple[tuple[str, str], ...] = ()
    api: str = ""
    quoted: str | None = None
    charged: str | None = None
    job_id: str = ""
    task_id: str = ""
    submitted: str = ""
    finished: str = ""
    package: str = ""
    python: str = ""
    url_digests: tuple[str, ...] = ()
    pixels: str = ""
    note: str = ""
    seed: int | None = None
    draws: tuple[tuple[str, str], ...] = ()
    extra_fields: Mapping[str, Any] = field(default_factory=dict)
    price_source: str = ""
    reference_files: Mapping[str, ReferenceFile] = field(default_factory=dict)
    format: int = field(default=FORMAT)

    @property
    def extra(self) -> tuple[tuple[str, Any], ...]:
        """The extra fields as those of a request: pairs, sorted by name."""
        return tuple(sorted(self.extra_fields.items()))

    @property
    def paid(self) -> Decimal | None:
        """Credits that it cost when it was bought, as quoted: 0 for a stand-in, None while no price is published."""
        if self.provider == EMULATOR:  # records of 0.1 have the price here
            return Decimal(0)
        return None if self.charged is None else Decimal(self.charged)

    @property
    def price(self) -> Decimal | None:
        """Credits that it was quoted at; None while no price is published."""
        quoted = self.quoted or self.charged
        return None if quoted is None else Decimal(quoted)

    @property
    def source_type(self) -> str:
        """What IPTC's digital source types call it (https://cv.iptc.org/newscodes/digitalsourcetype): made by a trained
        model, by one from images of the author's own, or by a program, as stand-ins are."""
        if self.provider == EMULATOR:
            return "algorithmicMedia"
        return "compositeWithTrainedAlgorithmicMedia" if self.inputs else "trainedAlgorithmicMedia"

    @property
    def suffix(self) -> str:
        """The suffix of the picture's file name."""
        return SUFFIXES[self.media_type]

    @property
    def inputs(self) -> dict[str, ReferenceFile]:
        """The images by their identities, in order, that are not pictures made here: URLs and the author's own."""
        parents = self.parents or ("",) * len(self.references)
        given = [identity for identity, parent in zip(self.references, parents, strict=True) if not parent]
        return {identity: self.reference_files.get(identity, ReferenceFile()) for identity in given}

    def as_values(self) -> dict[str, Any]:
        """All fields by name, but ``reference_files`` where there are none: so a record from before them stays byte
        for byte as it was."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}  # asdict would copy each deeply
        files = {identity: asdict(file) for identity, file in self.reference_files.items()}
        del found["reference_files"]
        return {**found, "reference_files": files} if files else found

    @property
    def superseded_name(self) -> str:
        """The name of its file once a fresh purchase has replaced it."""
        return f"{self.fingerprint}.{self.generation}.json"

    @property
    def second_name(self) -> str:
        """The name of its file where two branches bought the same, and the other purchase is shown."""
        return f"{self.fingerprint}.{self.generation}-{self.digest[:8]}.json"

    def to_json(self) -> str:
        """Sorted keys, one line per field: a version control system shows what changed."""
        return json.dumps(self.as_values(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @property
    def sha256(self) -> str:
        """SHA-256 of the record as JSON, in hex: a price, a time or a prompt that is edited later changes it."""
        return record_digest(self.to_json().encode())


def record_digest(data: bytes) -> str:
    """SHA-256 of a record's file, in hex, whatever line ends version control gave it."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def needed_by(records: Iterable[ResultRecord]) -> set[str]:
    """The digests of all images that some records need."""
    return {file.digest for record in records for file in record.reference_files.values() if file.digest}

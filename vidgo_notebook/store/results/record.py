"""The record of a picture in the store: all of its metadata, and no secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any

from vidgo_notebook.domain.image_formats import SUFFIXES
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.errors import StoreError

FORMAT = 3
"""1: without ``api``, ``template`` and ``values``, and of the effective fields only the resolution.
2: without ``url_digests``, ``pixels``, ``note``, ``price_source``, ``seed``, ``draws`` and ``extra_fields``."""

_NOTHING_LOST = "Nothing was overwritten and nothing was spent."
_HEX = re.compile(r"[0-9a-f]{64}")
_LISTS = ("references", "parents", "url_digests")
_PAIRS = ("values", "draws")
_REFERENCE = re.compile(r"(url|bytes|pixels):.")


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
    document, or the setting, that the price is from.
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
    format: int = field(default=FORMAT)

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
    def suffix(self) -> str:
        """The suffix of the picture's file name."""
        return SUFFIXES[self.media_type]

    def to_json(self) -> str:
        """Sorted keys, one line per field: a version control system shows what changed."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_record(text: str | bytes, name: str) -> ResultRecord:
    """The record in ``text``. Raises StoreError, naming ``name``, if it is damaged, edited, or of a newer version."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged(name, "it is not JSON") from None
    if not isinstance(data, dict):
        raise _damaged(name, "it is not a JSON object")
    if isinstance(data.get("format"), int) and data["format"] > FORMAT:
        raise StoreError(
            f"The record {name} has format {data['format']}; this version of vidgo_notebook reads up to {FORMAT}.",
            cost=_NOTHING_LOST,
            hint="pip install -U vidgo-notebook",
        )
    if data.get("format", 1) == 1:
        data = _from_format_1(data)
    _check(data, name)
    lists: dict[str, Any] = {key: tuple(data.get(key, ())) for key in _LISTS}
    lists |= {key: tuple((source, value) for source, value in data.get(key, ())) for key in _PAIRS}
    return ResultRecord(**{**data, **lists})


def _from_format_1(data: dict[str, Any]) -> dict[str, Any]:
    """A record of format 1 converted to format 2."""
    data = {**data, "format": 2}
    resolution = data.pop("effective_resolution", "")
    known = {"resolution": resolution} if resolution else {}
    fields_sent = data.get("fields")
    return {**data, "effective_fields": {**fields_sent, **known} if isinstance(fields_sent, dict) else known}


def _check(data: dict[str, Any], name: str) -> None:
    known = {f.name for f in fields(ResultRecord)}
    if unknown := sorted(data.keys() - known):
        raise _damaged(name, f"it has unknown fields ({', '.join(unknown)})")
    for key, value in data.items():
        if not _fits(key, value):
            raise _damaged(name, f"its {key} is not valid")
    if any(f.name not in data for f in fields(ResultRecord) if f.default is f.default_factory is MISSING):
        raise _damaged(name, "fields are missing")
    for key in ("parents", "url_digests"):
        if len(data.get(key, ())) not in (0, len(data.get("references", ()))):
            raise _damaged(name, f"its {key} do not match its references")


def _fits(key: str, value: Any) -> bool:
    """Whether a field's value is safe to use: for example, digests become file names, so they must be hexadecimal."""
    if key in ("fingerprint", "digest"):
        return isinstance(value, str) and bool(_HEX.fullmatch(value))
    if key == "media_type":
        return isinstance(value, str) and value in SUFFIXES
    if key == "pixels":
        return isinstance(value, str) and bool(_HEX.fullmatch(value or "0" * 64))
    if key == "seed":
        return value is None or (isinstance(value, int) and not isinstance(value, bool))
    if key == "extra_fields":
        return isinstance(value, dict)
    if key in _PAIRS:
        pairs = isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value)
        return pairs and all(isinstance(text, str) for pair in value for text in pair)
    if key in ("fields", "effective_fields"):
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if key in ("parents", "url_digests"):
        return isinstance(value, list) and all(
            isinstance(item, str) and _HEX.fullmatch(item or "0" * 64) for item in value
        )
    if key == "references":
        return isinstance(value, list) and all(isinstance(item, str) and _REFERENCE.match(item) for item in value)
    if key in ("width", "height", "size_bytes", "take", "generation", "format"):
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if key in ("quoted", "charged"):
        return value is None or (isinstance(value, str) and bool(re.fullmatch(r"\d+(\.\d+)?", value)))
    return isinstance(value, str)


def _damaged(name: str, why: str) -> StoreError:
    return StoreError(
        f"The record {name} can't be used: {why}.",
        cost=_NOTHING_LOST,
        hint="Restore it from version control, or move it away to buy the picture again.",
    )

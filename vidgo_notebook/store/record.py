"""The record of one picture, as the store keeps it: everything about it but its bytes, and no secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from vidgo_notebook.errors import StoreError

FORMAT = 1
_HEX = re.compile(r"[0-9a-f]{64}")
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """Times are ISO 8601 in UTC, amounts credits as decimal text (None: not published), edges pixels.

    ``fields`` are those sent, ``references`` the identities of the images, ``parents`` the fingerprints
    of those that are earlier results (else ''), ``digest`` the SHA-256 of the picture's bytes as served.
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
    effective_resolution: str = ""
    quoted: str | None = None
    charged: str | None = None
    job_id: str = ""
    task_id: str = ""
    submitted: str = ""
    finished: str = ""
    package: str = ""
    python: str = ""
    format: int = field(default=FORMAT)

    @property
    def suffix(self) -> str:
        """The ending of the picture's file name."""
        return _SUFFIXES[self.media_type]

    def to_json(self) -> str:
        """Sorted keys, one line per field: a version control system shows what changed."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_record(text: str | bytes, name: str) -> ResultRecord:
    """The record in ``text``; StoreError, with ``name``, if it is damaged, edited, or from a newer version."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged(name, "it is not JSON") from None
    if not isinstance(data, dict):
        raise _damaged(name, "it is not a JSON object")
    if isinstance(data.get("format"), int) and data["format"] > FORMAT:
        raise StoreError(
            f"The record {name} has format {data['format']}; this version of vidgo_notebook reads up to {FORMAT}.",
            hint="pip install -U vidgo-notebook",
        )
    _check(data, name)
    return ResultRecord(**{**data, **{name: tuple(data.get(name, ())) for name in ("references", "parents")}})


def _check(data: dict[str, Any], name: str) -> None:
    known = {f.name: f for f in fields(ResultRecord)}
    if unknown := sorted(data.keys() - known.keys()):
        raise _damaged(name, f"it has unknown fields ({', '.join(unknown)})")
    for key, value in data.items():
        if not _fits(key, value):
            raise _damaged(name, f"its {key} is not what it should be")
    missing = {"fingerprint", "digest", "media_type", "model", "prompt", "provider"} - data.keys()
    if missing or {"fields", "width", "height", "size_bytes"} - data.keys():
        raise _damaged(name, "fields are missing")


def _fits(key: str, value: object) -> bool:
    """Whether a field's value is safe to use: digests become file names, so they must be digests."""
    if key in ("fingerprint", "digest"):
        return isinstance(value, str) and bool(_HEX.fullmatch(value))
    if key == "media_type":
        return isinstance(value, str) and value in _SUFFIXES
    if key == "fields":
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if key == "parents":
        return isinstance(value, list) and all(
            isinstance(item, str) and _HEX.fullmatch(item or "0" * 64) for item in value
        )
    if key == "references":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if key in ("width", "height", "size_bytes", "take", "generation", "format"):
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if key in ("quoted", "charged"):
        return value is None or (isinstance(value, str) and bool(re.fullmatch(r"\d+(\.\d+)?", value)))
    return isinstance(value, str)


def _damaged(name: str, why: str) -> StoreError:
    return StoreError(
        f"The record {name} can't be used: {why}.",
        cost="Nothing was overwritten and nothing was spent.",
        hint="Restore it from version control, or move it away to buy the picture again.",
    )

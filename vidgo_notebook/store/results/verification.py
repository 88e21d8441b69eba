"""Whether a record is of the request that it is stored under: its fingerprint is recomputed from what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.request import (
    GenerationRequest,
    Reference,
    effective_fields,
    fingerprint,
    shareable_identity,
    url_digest,
)
from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.results.faults import FROM_BACKUP
from vidgo_notebook.store.results.record import ResultRecord

_FIRST_WITH_URL_DIGESTS = 3
"""Earlier formats keep of a URL what may be shared alone. If it had a query, their fingerprint can't be recomputed."""

UNVERIFIABLE = (
    "a record of an early version lacks the query of a URL, so it can't be proved that the picture is of its prompt"
)


def request_of(record: ResultRecord) -> GenerationRequest:
    """The request that a stored picture was made for."""
    return _request(record, record.fields)


def _request(record: ResultRecord, fields: Mapping[str, str]) -> GenerationRequest:
    parents = record.parents or ("",) * len(record.references)
    digests = record.url_digests or ("",) * len(record.references)
    references = [_reference(*each) for each in zip(record.references, parents, digests, strict=True)]
    return GenerationRequest(
        record.prompt,
        record.model,
        references=tuple(references),
        take=record.take,
        template=record.template,
        values=record.values,
        seed=record.seed,
        draws=record.draws,
        extra=record.extra,
        **dict(fields),
    )


def _reference(identity: str, parent: str, digest: str) -> Reference:
    kind, _, value = identity.partition(":")
    assert kind in ("url", "bytes", "pixels")
    name = value if kind == "url" else "an earlier picture" if parent else "an image of your own"
    made = Reference(kind, value, name=name, parent=parent)  # type: ignore[arg-type]  # one of the three
    return made if url_digest(made) == digest else replace(made, text_digest=digest)


def has_own_fingerprint(record: ResultRecord) -> bool:
    """Whether the fingerprint is that of the record's own request."""
    request = _request(record, {})  # its fields may be of a model that the catalogue does not know
    effective = _effective(record)
    # Of the resolution, what is effective may be less than what was sent.
    agree = all(effective.get(name) == value for name, value in record.fields.items() if name != "resolution")
    if request.prompt != record.prompt or not agree:
        return False
    return record.fingerprint == fingerprint(request, record.provider, fields=effective)


def is_unverifiable(record: ResultRecord) -> bool:
    """Whether the record lacks a part of a URL, so that no fingerprint can be computed that it must have."""
    has_url = any(identity.startswith("url:") for identity in record.references)
    return record.format < _FIRST_WITH_URL_DIGESTS and has_url and not has_own_fingerprint(record)


def doubt(record: ResultRecord, request: GenerationRequest) -> str:
    """What a reader has to know of a record that was found for a request; '' for one that is verified. StoreError for
    one that can't be verified and says something else than the request."""
    if not is_unverifiable(record):
        return ""
    references = tuple(map(shareable_identity, request.references))
    asked = (request.prompt, request.model, request.take, references)
    if (record.prompt, record.model, record.take, record.references) != asked:
        raise StoreError(
            f"The record {record.fingerprint[:12]}… is stored for this request, and says that it is of another.",
            cost=NOTHING_SPENT,
            hint=FROM_BACKUP,
        )
    return f"Not verified: {UNVERIFIABLE}."


def _effective(record: ResultRecord) -> dict[str, str]:
    """The recorded effective fields. Format 1 has no more of them than were sent, and the catalogue has the others."""
    known = dict(record.effective_fields)
    if record.model in MODELS and not {"size", "resolution"} <= known.keys():
        return {**effective_fields(request_of(record)), **known}
    return known

"""The store's record of a finished job."""

from __future__ import annotations

import platform
from datetime import UTC, datetime

from vidgo_notebook.domain.pricing import plain
from vidgo_notebook.domain.provider import IN_KERNEL, origin
from vidgo_notebook.domain.request import effective_fields, fields_to_send, shareable_identity, url_digest
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.sent_images import files_of
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.version import __version__
from vidgo_notebook.wire.picture import PictureFacts


def record_of(job: Job, entry: Entry, facts: PictureFacts, digest: str, *, size: int, now: float) -> ResultRecord:
    """The record of a picture, with nothing secret: no callback URL, no query of a signed URL."""
    request = job.request
    return ResultRecord(
        fingerprint=job.fingerprint,
        provider=entry.provider,
        model=request.model,
        prompt=request.prompt,
        fields=fields_to_send(request),
        references=tuple(map(shareable_identity, request.references)),
        parents=tuple(reference.parent for reference in request.references),
        url_digests=tuple(map(url_digest, request.references)),
        take=request.take,
        generation=entry.generation,
        effective_fields=effective_fields(request),
        extra_fields=dict(request.extra),
        template=request.template,
        values=request.values,
        seed=request.seed,
        draws=request.draws,
        api=entry.api if entry.api == IN_KERNEL else origin(entry.api),
        digest=digest,
        media_type=facts.media_type,
        width=facts.width,
        height=facts.height,
        size_bytes=size,
        quoted=None if job.quote.total is None else plain(job.quote.total),
        charged=None if job.charge is None else plain(job.charge),
        job_id=job.id,
        task_id=job.task_id or "",
        submitted=_iso(moving.tracking(job).began or entry.created_at),
        finished=_iso(now),
        package=__version__,
        python=platform.python_version(),
        pixels=facts.pixels,
        note=facts.note,
        price_source=job.quote.source,
        reference_files=files_of(entry.inputs),
    )


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")

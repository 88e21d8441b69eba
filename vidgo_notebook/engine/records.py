"""The store's record of a job that brought its picture."""

from __future__ import annotations

import platform
from datetime import datetime, timezone
from importlib.metadata import version

from vidgo_notebook.domain.pricing import plain
from vidgo_notebook.domain.request import Reference, effective_tier, fields_to_send
from vidgo_notebook.engine.handles import Job
from vidgo_notebook.store.journal import Entry
from vidgo_notebook.store.record import ResultRecord
from vidgo_notebook.wire.picture import PictureFacts


def record_of(job: Job, entry: Entry, facts: PictureFacts, digest: str, *, size: int, now: float) -> ResultRecord:
    """Everything about the picture that may be shared: no callback URL, no query of a signed URL."""
    request = job.request
    return ResultRecord(
        fingerprint=job.fingerprint,
        provider=entry.provider,
        model=request.model,
        prompt=request.prompt,
        fields=fields_to_send(request),
        references=tuple(_shareable(reference) for reference in request.references),
        parents=tuple(reference.parent for reference in request.references),
        take=request.take,
        generation=entry.generation,
        effective_resolution=effective_tier(request).resolution,
        digest=digest,
        media_type=facts.media_type,
        width=facts.width,
        height=facts.height,
        size_bytes=size,
        quoted=None if job.quote.total is None else plain(job.quote.total),
        charged=None if job.charge is None else plain(job.charge),
        job_id=job.id,
        task_id=job.task_id or "",
        submitted=_iso(job.began or entry.created_at),
        finished=_iso(now),
        package=version("vidgo-notebook"),
        python=platform.python_version(),
    )


def _shareable(reference: Reference) -> str:
    """A signed URL's query is a secret; the rest of the URL is not."""
    return reference.identity.partition("?")[0] if reference.kind == "url" else reference.identity


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="seconds")

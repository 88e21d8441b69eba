"""From a job that is approved to what the engine buys."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from vidgo_notebook.app.plan.lookup import bring_ancestors
from vidgo_notebook.app.request.build import to_json
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.request import GenerationRequest, Reference, effective_fields
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.lease import LEASE_SECONDS
from vidgo_notebook.store.journal.journal import Entry

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


def purchase_of(session: Session, job: Job, target: Target, generation: int) -> Purchase:
    """What the engine needs to buy a job's picture: its line in the journal, and where the picture goes."""
    references = tuple(_recognised(session, each) for each in job.request.references)
    job.request = replace(job.request, references=references)
    bring_ancestors(session, (reference.parent for reference in references))
    now = time.time()
    entry = Entry(
        record=job.record,
        provider=target.provider,
        api=target.api,
        model=job.request.model,
        kind=kind_of(job.request, target.provider),
        request=to_json(job.request),
        store=session.store.address,
        notebook=notebook_name(),
        owner=session.owner,
        lease_until=now + LEASE_SECONDS,
        created_at=now,
        generation=generation,
    )
    return Purchase(job, entry, session.store)


def _recognised(session: Session, reference: Reference) -> Reference:
    """An image that is an earlier picture byte by byte has it as its parent, however it was given."""
    if reference.parent or reference.kind != "bytes":
        return reference
    return replace(reference, parent=session.journal.maker_of(reference.value))


def kind_of(request: GenerationRequest, provider: str) -> str:
    """What decides how long a job takes, as far as we can tell: provider, model, quality, resolution."""
    fields = effective_fields(request)
    return "/".join([provider, request.model, fields.get("quality", "-"), fields["resolution"]])


def notebook_name() -> str:
    """The notebook that this kernel belongs to, where its name can be known; else ''."""
    return os.environ.get("JPY_SESSION_NAME", "")

"""Batches whose jobs are in any states."""

from __future__ import annotations

from dataclasses import replace

from tests.fixtures.ended_jobs import FLUX, FOX, job_in
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job

CHEAP = replace(FOX, quality="low")  # 2 credits, where FOX is 12


def batch_of(*states: str, provider: str = "vidgo", credit_format: CreditFormat | None = None) -> Batch:
    """``finished`` is a picture of 12 credits, ``finished-`` one of 2 and ``finished?`` one of no published price."""
    jobs: list[Job] = []
    for number, state in enumerate(states):
        request = {"-": CHEAP, "?": FLUX}.get(state[-1], FOX)
        formats = {"credit_format": credit_format} if credit_format else {}
        made = f"{number:064x}"
        job = job_in(state.rstrip("-?"), request, provider=provider, fingerprint=made, **formats)
        job.row = {"number": number}
        jobs.append(job)
    return Batch(jobs)

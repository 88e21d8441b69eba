"""Stops jobs that were not sent yet, in this process or in another one; what was sent goes on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.failures import STOPPED
from vidgo_notebook.render.listing import message
from vidgo_notebook.visible_text import visible


@dataclass(frozen=True, slots=True)
class Stopped:
    """The ids of the jobs that were ``stopped`` before they were sent, of those that ``go_on``, and of those that
    had ``ended`` before."""

    stopped: tuple[str, ...] = ()
    go_on: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = [f"{counted(len(self.stopped), 'job')} stopped before being sent, at no cost."]
        if self.go_on:
            said.append(f"Sent, so going on at the service: {', '.join(self.go_on)}.")
        if self.ended:
            said.append(f"{counted(len(self.ended), 'job')} had ended before.")
        return visible(" ".join(said))

    def _repr_html_(self) -> str:
        return message(str(self))._repr_html_()


def stop_jobs(session: Session, job_ids: Sequence[str]) -> Stopped:
    """Stop those of these jobs that are not sent. Raises StoreError."""
    found: dict[str, list[str]] = {"stopped": [], "go_on": [], "ended": []}
    for job_id in job_ids:
        found[_stop(session, job_id)].append(job_id)
    return Stopped(*map(tuple, found.values()))


def _stop(session: Session, job_id: str) -> str:
    job = session.jobs.get(job_id)
    if job and not job.done():
        job.stop()
        return "stopped" if moving.tracking(job).stopped else "go_on"
    journal, now = session.journal, time.time()
    if journal.commit(lambda: journal.stop(job_id, STOPPED, now)):
        return "stopped"
    entry = journal.entry(job_id)
    return "ended" if entry is None or entry.record.state.ended else "go_on"

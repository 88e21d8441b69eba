"""Stops jobs that were not sent yet, in this process or in another one; what was sent goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass

from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.job_state import STOPPED
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.render.listing import message
from vidgo_notebook.visible_text import visible


@dataclass(frozen=True, slots=True)
class Stopped:
    """The ids of the jobs that were ``stopped`` before they were sent, of those that ``go_on``, and of those that
    had ``ended`` before. ``not_begun`` counts the pictures of a batch that the workers of a cluster had not begun: they
    are stopped too."""

    stopped: tuple[str, ...] = ()
    go_on: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    not_begun: int = 0

    def __str__(self) -> str:
        stopped = counted(len(self.stopped) + self.not_begun, "job")
        said = [f"{stopped} stopped before being sent, at no cost."]
        if self.go_on:
            said.append(f"Sent, so going on at the service: {', '.join(self.go_on)}.")
        if self.ended:
            said.append(f"{counted(len(self.ended), 'job')} had ended before.")
        return visible(" ".join(said))

    def _repr_html_(self) -> str:
        return message(str(self))._repr_html_()


@dataclass(frozen=True, slots=True)
class ToStop:
    """Jobs by their ids, and the pictures of a batch by their fingerprints: what workers of a cluster have not begun
    has no id yet."""

    job_ids: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()

    @classmethod
    def all_of(cls, session: Session) -> ToStop:
        """Every job of a session that is under way."""
        return cls(tuple(job.id for job in session.under_way()))

    def __add__(self, other: ToStop) -> ToStop:
        return ToStop(self.job_ids + other.job_ids, self.fingerprints + other.fingerprints)


def stop_jobs(session: Session, what: ToStop) -> Stopped:
    """Stop what of this is not sent. Raises StoreError."""
    journal, wanted = session.journal, set(what.fingerprints)
    here = {job.fingerprint: job.id for job in session.under_way() if job.fingerprint in wanted}
    elsewhere = wanted - here.keys()  # a job that is stopped here withdraws its own allowance
    withdrawn = journal.commit(lambda: journal.withdraw_all(elsewhere))  # first: a worker can't begin another one then
    begun = journal.those_under_way(elsewhere)
    ids = (*what.job_ids, *here.values(), *(entry.record.job_id for entry in begun.values()))
    found: dict[str, list[str]] = {"stopped": [], "go_on": [], "ended": []}
    for job_id in dict.fromkeys(ids):
        found[_stop(session, job_id)].append(job_id)
    stopped, go_on, ended = (tuple(each) for each in found.values())
    return Stopped(stopped, go_on, ended, len(withdrawn - begun.keys()))


def _stop(session: Session, job_id: str) -> str:
    journal, now, job = session.journal, time.time(), session.jobs.get(job_id)
    entry = journal.entry(job_id)
    begun_elsewhere = entry is not None and entry.owner != session.owner  # by a worker of a cluster
    if job and not job.done() and not begun_elsewhere:
        job.stop()
        return "stopped" if moving.tracking(job).stopped else "go_on"
    if journal.commit(lambda: journal.stop(job_id, STOPPED, now)):
        if job:
            job.stop()  # at once, not when the worker has noticed
        return "stopped"
    return "ended" if entry is None or entry.record.state.ended else "go_on"

"""What a rehearsal does in place of a purchase: the order is written down, and a stand-in takes the picture's place.

Prices, limits and questions are those of the purchase. A stand-in shows nothing, and code that looks at it is noted:
what that code asks for may depend on the picture.
"""

from __future__ import annotations

import builtins
import hashlib
import io
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from vidgo_notebook.app.plan.near import near_misses_in, nearest_of
from vidgo_notebook.app.purchase.approval import PurchaseChoices, approve
from vidgo_notebook.app.rehearsal import Kind, Note, Rehearsal
from vidgo_notebook.app.request.images import parents_of, with_parents_done
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest, effective_fields, fingerprint
from vidgo_notebook.domain.sizes import pixel_size
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Lineage, Result
from vidgo_notebook.engine.handles.saving import SaveAs, Saved
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.result_record import record_of
from vidgo_notebook.errors import BudgetError
from vidgo_notebook.render.card import headline
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.wire.picture import inspect

if TYPE_CHECKING:
    from PIL import Image

_STAND_IN = "stand-in of a rehearsal"
_PROMPT = 60  # letters
_ASKED = "only if a person answers:"


def rehearse(
    session: Session,
    jobs: Iterable[Job],
    target: Target,
    choices: PurchaseChoices,
    purchase_of: Callable[[Job], Purchase],
    before: Callable[[], None] | None,
) -> None:
    """Approve jobs as a purchase would, write them down, and end each with a stand-in. ``before`` is called between.

    Raises BudgetError, StoreError.
    """
    rehearsal, jobs, budget, asked = _of(session), list(jobs), session.budget(target.provider), list[str]()

    def agree(question: str, known: str = "") -> bool:
        del known
        asked.append(question.strip().rpartition("\n")[2])  # above it may be a table of the prices
        return True

    session.trust.check(target.api, session.keys, agree)
    try:
        approve({job.id: job.quote for job in jobs}, choices, session.settings, budget, agree)
    except BudgetError as error:
        for job in jobs:
            rehearsal.note(_note(Kind.REFUSED, job, error.message))
        raise
    near, own = near_misses_in(session.store), {job.fingerprint for job in jobs}
    for job in jobs:
        almost = None if choices.fresh or job.request.waits else near.of(job.request, own)
        said = [*([almost.text] if almost else []), *(f"{_ASKED} {question}" for question in asked)]
        rehearsal.note(_note(Kind.FRESH if choices.fresh else Kind.BOUGHT, job, "; ".join(said)))
    session.store.check_writable()
    if before:
        before()
    for job in jobs:
        _after_its_parents(job, target)
        stand_in(session, purchase_of(job))
        budget.spend(job.id)


def stand_in(session: Session, purchase: Purchase, charge: Decimal | None = None) -> None:
    """End a job with a stand-in; ``charge`` is what it costs, if not its price. Raises StoreError."""
    job, store = purchase.job, purchase.store
    data = _drawn(job.request, job.fingerprint)
    charge = job.quote.total if charge is None else charge
    digest = hashlib.sha256(data).hexdigest()
    now = replace(moving.record(job), state=JobState.FINISHED, charge=charge, task_id=_STAND_IN, digest=digest)
    moving.mirror(job, now)
    download = store.new_download()
    download.write_bytes(data)
    record = record_of(job, purchase.entry, inspect(data), digest, size=len(data), now=time.time())
    moving.finish(job, StandIn(_of(session), record, store.keep(download, record), store))


def instead(session: Session, purchase: Purchase, kind: str, detail: str) -> Job:
    """A job that ends with a stand-in and costs nothing, for what a run would neither show at once nor buy."""
    _of(session).note(replace(_note(Kind(kind), purchase.job, detail), price=Decimal(0)))
    stand_in(session, purchase, Decimal(0))
    return purchase.job


def perhaps_under_way(session: Session) -> dict[str, Job]:
    """By their fingerprints, the jobs that ended here at once, and that a run has not waited for yet: the same request
    joins one of them while it is under way."""
    return {
        job.fingerprint: job
        for job in list(session.jobs.values())
        if moving.record(job).task_id == _STAND_IN and not moving.tracking(job).awaited
    }


def joined(session: Session, job: Job) -> Job:
    """A request joins a job that is perhaps under way, which is written down."""
    if moving.record(job).task_id == _STAND_IN:
        _of(session).note(_note(Kind.JOINED, job, ""))
    return job


def stored(session: Session, request: GenerationRequest, found: Result) -> Result:
    """What the store has, which is written down; a stand-in of this rehearsal is one again."""
    if is_stand_in(found.record):
        return StandIn(_of(session), found.record, found.path, found.store)
    kind = "a stand-in of the emulator, " if found.record.provider == EMULATOR else ""
    detail = f"{kind}digest {found.digest[:12]}… is right"
    _of(session).note(Note(Kind.STORED, label_of(request), detail))
    return found


def missed(session: Session, requests: Iterable[GenerationRequest], *, frozen: bool, fresh: bool) -> None:
    """Write down what replay, or a frozen store, has no picture for, and what is nearest."""
    near = near_misses_in(session.store)
    for request in requests:
        detail = "a fresh picture is asked for" if fresh else nearest_of(near, request)
        kind = Kind.FROZEN if frozen else Kind.MISSED
        _of(session).note(Note(kind, label_of(request), detail, session.quote(request).total))


def emulated(session: Session, jobs: Iterable[Job]) -> None:
    """Write down what the emulator draws, since the notebook says so."""
    for job in jobs:
        _of(session).note(replace(_note(Kind.EMULATED, job, ""), price=Decimal(0)))


def is_stand_in(record: ResultRecord) -> bool:
    """Whether a record is one of a rehearsal."""
    return record.task_id == _STAND_IN


def label_of(request: GenerationRequest) -> str:
    """A request in a line."""
    return f"{shown(request.prompt, _PROMPT)} · {headline(request)}"


def _note(kind: Kind, job: Job, detail: str) -> Note:
    return Note(kind, label_of(job.request), detail, job.quote.total)


def _of(session: Session) -> Rehearsal:
    assert session.rehearsal
    return session.rehearsal


def _after_its_parents(job: Job, target: Target) -> None:
    """A picture made from others, such as the emulator's, that are not there yet. Raises the error of one."""
    if job.request.waits:
        for parent in parents_of(job.request):
            parent.wait()
        job.request = with_parents_done(job.request)
        moving.mirror(job, replace(moving.record(job), fingerprint=fingerprint(job.request, target.provider)))


def _drawn(request: GenerationRequest, name: str) -> bytes:
    """A picture of one colour, in the size of the true one; each request has its own."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    fields, said, file = effective_fields(request), PngInfo(), io.BytesIO()
    said.add_text("Comment", f"{_STAND_IN}: {name}")
    edges = pixel_size(fields["size"], fields.get("resolution", "1K"), MODELS[request.model])
    Image.new("RGB", edges, f"#{name[:6]}").save(file, "PNG", pnginfo=said, compress_level=1)
    return file.getvalue()


class StandIn(Result):
    """A result whose picture is not there. What the notebook's own code reads of the picture is written down."""

    def __init__(
        self, rehearsal: Rehearsal, record: ResultRecord, path: Path | None, store: ResultStore | None
    ) -> None:
        self._rehearsal = rehearsal
        self._record = record
        super().__init__(record, path, store)

    @property
    def record(self) -> ResultRecord:
        self._read("record")
        return self._record

    @record.setter
    def record(self, record: ResultRecord) -> None:
        self._record = record

    @property
    def path(self) -> Path | None:
        self._read("path")
        return super().path

    @property
    def bytes(self) -> builtins.bytes:
        self._read("bytes")
        return super().bytes

    @property
    def image(self) -> Image.Image:
        self._read("image")
        return super().image

    @property
    def digest(self) -> str:
        self._read("digest")
        return super().digest

    @property
    def provenance(self) -> dict[str, object]:
        self._read("provenance")
        return super().provenance

    @property
    def parents(self) -> tuple[Result, ...]:
        return tuple(map(self._one_of, super().parents))

    @property
    def lineage(self) -> Lineage:
        found = super().lineage
        return replace(found, results=tuple(map(self._one_of, found.results)))

    def looked_at(self, how: str) -> None:
        self._note(f"{how} {label_of_record(self._record)}")

    def saved_as(self, file: SaveAs) -> Saved:
        """Nothing is written: code that reads the file does not find it."""
        return file.place(self._record)

    def _one_of(self, result: Result) -> Result:
        if not is_stand_in(result.record):
            return result
        return StandIn(self._rehearsal, result.record, None, result.store)

    def _read(self, what: str) -> None:
        """Note that the code which asks for an attribute is not this package's."""
        caller = sys._getframe(2).f_globals.get("__name__", "")
        if caller.partition(".")[0] != __name__.partition(".")[0]:
            self._note(f".{what} of {label_of_record(self._record)}")

    def _note(self, label: str) -> None:
        self._rehearsal.note(Note(Kind.READ, label))


def label_of_record(record: ResultRecord) -> str:
    """The picture of a record in a line."""
    return shown(record.prompt, _PROMPT)

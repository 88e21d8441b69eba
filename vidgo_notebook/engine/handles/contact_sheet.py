"""A batch as a contact sheet, and the same in words."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.pricing import credits_text, price_lines
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.sweep import Axis, Combination, in_words, short
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import RequestError, StoreError
from vidgo_notebook.render.arrangement import Arrangement, Edge, in_grid, in_rows
from vidgo_notebook.render.card import BatchCard, price_text
from vidgo_notebook.render.preview import preview
from vidgo_notebook.render.sheet import THUMBNAIL, Cell, State, draw_sheet

if TYPE_CHECKING:
    from PIL import Image

_VALUES_IN_LABEL = 2
_NAMED = 10  # combinations that are listed one by one; the rest is counted


class Gap(Protocol):
    """A combination without a valid request; ``place`` numbers all combinations from 0."""

    @property
    def place(self) -> int: ...
    @property
    def row(self) -> Combination: ...


class Sheetable(Protocol):
    """What a sheet shows of a batch: its jobs in order, what varies, and what is left out."""

    @property
    def axes(self) -> Sequence[Axis]: ...
    @property
    def left_out(self) -> Sequence[Gap]: ...
    @property
    def notes(self) -> Sequence[str]: ...

    def __iter__(self) -> Iterator[Job]: ...
    def __len__(self) -> int: ...

    def done(self) -> bool:
        """Whether every job has ended."""

    def failures(self) -> Sequence[str]:
        """What failed and why, in a few lines."""

    def where(self, job: Job) -> str:
        """A job's place in words."""


def sheet_of(batch: Sheetable) -> Image.Image:
    """The contact sheet of a batch as it is now. Raises StoreError if a picture can't be read."""
    jobs, arrangement = _places(batch), _arranged(batch)
    return draw_sheet(
        arrangement,
        [_cell(batch, place, job) for place, job in enumerate(jobs)],
        lambda place: _picture(jobs[place]),
        title=_title(batch),
        footer=_footer(batch),
    )


def card_of_batch(batch: Sheetable) -> BatchCard:
    """The batch's card, with the sheet in words: the same at any time, as long as nothing failed."""
    marks = [job.fingerprint for job in batch if job.fingerprint]
    repeated = len(marks) - len(set(marks))
    notes = [f"The same picture as another, so bought once: {repeated:,} of them."] if repeated else []
    notes += [f"Left out: {in_words(gap.row)}." for gap in batch.left_out[:_NAMED]]
    if len(batch.left_out) > _NAMED:
        notes.append(f"and {len(batch.left_out) - _NAMED:,} more that are not possible.")
    # Such as a file that could not be saved.
    job_notes = [f"{batch.where(job)}: {note}" for job in batch for note in job.notes]
    more = [f"and {len(job_notes) - _NAMED:,} more notes"] if len(job_notes) > _NAMED else []
    return BatchCard(
        pictures=len(batch),
        price=_total_price(batch),
        lines=price_lines({job.fingerprint: job.quote for job in batch if job.quote.lines}.values()),
        provider=next((job.provider for job in batch), ""),
        prompt=_title(batch),
        varying=" × ".join(f"{len(axis.labels)} {axis.name}" for axis in batch.axes if len(axis.labels) > 1),
        notes=notes,
        words=_words(batch),
        failures=[*batch.failures(), *batch.notes, *job_notes[:_NAMED], *more] if batch.done() else (),
    )


def _words(batch: Sheetable) -> list[str]:
    """The sheet in words, as its text alternative: each place, its price, and what is left out."""
    arrangement = _arranged(batch)
    across, down = arrangement.across, arrangement.down
    where = f"{down.name} downwards, {across.name} across" if across and down else f"rows of {arrangement.columns}"
    if len(arrangement.blocks) > 1:
        where += f", {len(arrangement.blocks)} blocks"
    lines = [f"Contact sheet: {where}."]
    for place, job in enumerate(_places(batch)):
        state = _state(job) if job else "not possible"
        price = price_text(job.quote) if job and job.quote.lines else ""
        said = [price] if state in ("picture", "under way") else [state, price]
        lines.append(f"{_name(batch, place, job)}: {', '.join(part for part in said if part)}")
    return lines


def _arranged(batch: Sheetable) -> Arrangement:
    """The position of each place of the batch."""
    if batch.axes:
        return in_grid([Edge(axis.name, axis.labels) for axis in batch.axes])
    return in_rows(len(batch))


def _footer(batch: Sheetable) -> list[str]:
    """The price of all pictures, and who made them; the same whether they were bought now or earlier."""
    finished = sum(_state(job) == "picture" for job in batch)
    parts = [f"{finished} of {len(batch)} pictures", _total_price(batch)]
    if batch.left_out:
        parts.append(f"{len(batch.left_out)} not possible")
    emulated = any(job.provider == EMULATOR for job in batch)
    return [
        ", ".join(parts),
        *(["Emulated: stand-ins drawn on this machine, not by Vidgo, and free."] if emulated else []),
    ]


def _total_price(batch: Sheetable) -> str:
    """The price of its pictures together; repeated pictures count once, as they are bought once."""
    prices = {job.fingerprint: job.quote.total for job in batch if job.fingerprint}
    total = sum((price or Decimal(0) for price in prices.values()), Decimal(0))
    unpublished = sum(price is None for price in prices.values())
    known = credits_text(total)
    return f"{known} and {unpublished} without a published price" if unpublished else known


def _places(batch: Sheetable) -> list[Job | None]:
    """The job of each place, None for a combination without a valid request."""
    jobs, gaps = iter(batch), {gap.place for gap in batch.left_out}
    return [None if place in gaps else next(jobs) for place in range(len(batch) + len(gaps))]


def _cell(batch: Sheetable, place: int, job: Job | None) -> Cell:
    label = "" if _arranged(batch).down else _name(batch, place, job)
    if job is None:
        return Cell("not possible", "", label)
    state = _state(job)
    if state == "not possible":
        return Cell(state, "", label)
    if state != "picture":
        return Cell(state, price_text(job.quote), label)
    record = job.result().record
    return Cell(state, price_text(job.quote), label, (record.width, record.height))


def _state(job: Job) -> State:
    if not job.done():
        return "under way"
    error = job.exception()
    if error is None:
        return "picture"
    if isinstance(error, RequestError):
        return "not possible"
    if job.cancelled():
        return "stopped"
    return "uncertain" if moving.state(job) is JobState.UNCERTAIN else "failed"


def _name(batch: Sheetable, place: int, job: Job | None) -> str:
    """A place in few words: what varies, or its number and the first values of its row."""
    if batch.axes:
        row = job.row if job else next(gap.row for gap in batch.left_out if gap.place == place)
        varying = {axis.name: row[axis.name] for axis in batch.axes if len(axis.labels) > 1} or row
        return short(next(iter(varying.values()))) if len(varying) == 1 else in_words(varying)
    values = [short(value) for value in (job.row if job else {}).values() if value not in (None, "")]
    return " · ".join([str(place + 1), *values[:_VALUES_IN_LABEL]])


def _title(batch: Sheetable) -> str:
    """The prompt, if all pictures have the same."""
    prompts = {job.request.prompt for job in batch}
    return " ".join(prompts.pop().split()) if len(prompts) == 1 else ""


def _picture(job: Job | None) -> Image.Image | None:
    """A thumbnail; None where the picture is missing or damaged. Thumbnails are cached with the previews: then a
    sheet of a thousand pictures is drawn in a second or two."""
    from PIL import Image

    assert job is not None
    with suppress(StoreError, OSError):
        return Image.open(io.BytesIO(_thumbnail(job.result())))
    return None


def _thumbnail(result: Result) -> bytes:
    kind = str(THUMBNAIL)
    if result.store and (kept := result.store.preview(result.digest, kind)):
        return kept
    data = preview(result.bytes, THUMBNAIL).data
    if result.store:
        result.store.keep_preview(result.digest, kind, data)
    return data

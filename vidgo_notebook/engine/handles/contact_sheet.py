"""A batch as a contact sheet, and the same in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.odd_metadata import decoded, opened
from vidgo_notebook.domain.pricing import price_lines
from vidgo_notebook.domain.sums import Sums, total_sums
from vidgo_notebook.domain.sweep import Axis, Combination, in_words, short
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import format_of, is_free
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.job_card import ending_of
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.render.arrangement import Arrangement, Edge, in_grid, in_rows
from vidgo_notebook.render.batch_card import BatchCard
from vidgo_notebook.render.card import EMULATED, headline, price_text
from vidgo_notebook.render.ending import Ending, Word
from vidgo_notebook.render.preview import preview
from vidgo_notebook.render.sheet import THUMBNAIL, WIDEST, WIDTH, Cell, State, draw_sheet
from vidgo_notebook.store.results.cache import previews

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
        """What failed and why, in a few lines; the first counts them."""

    def where(self, job: Job) -> str:
        """A job's place in words."""


def sheet_of(batch: Sheetable, *, full: bool = False) -> Image.Image:
    """The contact sheet of a batch as it is now; with ``full`` its pictures are as large as a browser can show.

    Raises StoreError if a picture can't be read.
    """
    jobs, arrangement = _places(batch), _arranged(batch)
    return draw_sheet(
        arrangement,
        [_cell(batch, place, job) for place, job in enumerate(jobs)],
        lambda place: _picture(jobs[place], full=full),
        title=_title(batch),
        footer=_footer(batch),
        width=WIDEST if full else WIDTH,
    )


def card_of_batch(batch: Sheetable) -> BatchCard:
    """The batch's card, with the sheet in words: the same at any time, as long as nothing failed."""
    marks = [job.fingerprint for job in batch if job.fingerprint]
    repeated = len(marks) - len(set(marks))
    notes = [f"The same picture as another, so bought once: {repeated:,} of them."] if repeated else []
    notes += [f"Left out: {in_words(gap.row)}." for gap in batch.left_out[:_NAMED]]
    if len(batch.left_out) > _NAMED:
        notes.append(f"and {len(batch.left_out) - _NAMED:,} more that are not possible.")
    if advice := dict.fromkeys(f"Note: {each}" for job in batch for each in job.quote.advice if _are_takes(batch)):
        notes = [*advice, *notes]
    # Such as a file that could not be saved.
    job_notes = [f"{batch.where(job)}: {note}" for job in batch for note in job.notes]
    more = [f"and {len(job_notes) - _NAMED:,} more notes"] if len(job_notes) > _NAMED else []
    return BatchCard(
        pictures=len(batch),
        price=_sums(batch).quoted.text(format_of(batch)),
        lines=price_lines({job.fingerprint: job.quote for job in batch if job.quote.lines}.values()),
        provider=next((job.provider for job in batch), ""),
        emulated=sum(map(is_free, batch)),
        prompt=_title(batch),
        varying=_varying(batch),
        notes=notes,
        words=_words(batch),
        ending=_ending(batch),
        warnings=[*batch.notes, *job_notes[:_NAMED], *more] if batch.done() else (),
    )


def _ending(batch: Sheetable) -> Ending | None:
    """How a batch ended in which some have no picture; None while it goes on, and if all have one."""
    words = [ending.word for job in batch if (ending := ending_of(job))]
    if not words or not batch.done():
        return None
    word: Word = words[0] if len(set(words)) == 1 else "without a picture"
    _, *reasons = batch.failures()
    uncertain = [f"%vidgo resolve {job.id}" for job in batch if job.status == "uncertain"]
    commands = uncertain if len(uncertain) == 1 else ["%vidgo resolve"] if uncertain else []
    return Ending(word, _cost(batch), "", reasons, commands, share=f"{len(words):,} of {len(batch):,}")


def _varying(batch: Sheetable) -> str:
    if _are_takes(batch):
        return f"takes of {headline(replace(next(iter(batch)).request, take=1))}"
    return " × ".join(f"{len(axis.labels)} {axis.name}" for axis in batch.axes if len(axis.labels) > 1)


def _are_takes(batch: Sheetable) -> bool:
    """Whether they are several takes of one request."""
    requests = {replace(job.request, take=1, callback_url=None) for job in batch}
    takes = {job.request.take for job in batch}
    return len(requests) == 1 and 1 < len(batch) == len(takes) and not (batch.axes or any(job.row for job in batch))


def _words(batch: Sheetable) -> list[str]:
    """The sheet in words, as its text alternative: each place, its price, and what is left out."""
    arrangement = _arranged(batch)
    across, down = arrangement.across, arrangement.down
    where = f"{down.name} downwards, {across.name} across" if across and down else f"rows of {arrangement.columns}"
    if len(arrangement.blocks) > 1:
        where += f", {len(arrangement.blocks)} blocks"
    lines = [f"Contact sheet: {where}."]
    for place, job in enumerate(_places(batch)):
        lines.append(f"{_name(batch, place, job)}: {_price(job) if job else 'not possible'}")
    return lines


def _arranged(batch: Sheetable) -> Arrangement:
    """The position of each place of the batch."""
    if batch.axes:
        return in_grid([Edge(axis.name, axis.labels) for axis in batch.axes])
    return in_rows(len(batch))


def _footer(batch: Sheetable) -> list[str]:
    """What the pictures cost, and who made them; the same whether they were bought now or earlier."""
    finished = sum(_state(job) == "picture" for job in batch)
    parts = [f"{finished} of {len(batch)} pictures", _cost(batch)]
    if batch.left_out:
        parts.append(f"{len(batch.left_out)} not possible")
    return [", ".join(parts), *([EMULATED] if any(map(is_free, batch)) else [])]


def _sums(batch: Sheetable, *, stand_ins: bool = True) -> Sums:
    """What its pictures cost, now or earlier, with or without ``stand_ins``; repeated pictures are bought once."""
    jobs = {job.fingerprint: job for job in batch if job.fingerprint and (stand_ins or not is_free(job))}
    return total_sums(Sums.of(_as_bought(job), job.quote.total, free=False) for job in jobs.values())


def _as_bought(job: Job) -> JobRecord:
    """Its record as if its picture, where there is one, had been bought now."""
    record = moving.record(job)
    return replace(record, charge=job.quote.total) if record.state in (JobState.FETCHING, JobState.FINISHED) else record


def _cost(batch: Sheetable) -> str:
    """``28 credits`` if all have their pictures, else what was charged of what was quoted."""
    sums, credit_format = _sums(batch), format_of(batch)
    if sums.charged == sums.quoted:
        return sums.charged.text(credit_format)
    if all(map(is_free, batch)):  # nothing of it is charged
        return f"{sums.charged.text(credit_format)} of {sums.quoted.number(credit_format)} quoted"
    return _sums(batch, stand_ins=False).text(credit_format)


def _places(batch: Sheetable) -> list[Job | None]:
    """The job of each place, None for a combination without a valid request."""
    jobs, gaps = iter(batch), {gap.place for gap in batch.left_out}
    return [None if place in gaps else next(jobs) for place in range(len(batch) + len(gaps))]


def _cell(batch: Sheetable, place: int, job: Job | None) -> Cell:
    label = "" if _arranged(batch).down else _name(batch, place, job)
    if job is None:
        return Cell("not possible", "", label)
    state = _state(job)
    if state != "picture":
        return Cell(state, "" if state == "not possible" else _price(job), label)
    record = job.result().record
    return Cell(state, _price(job), label, (record.width, record.height))


def _state(job: Job) -> State:
    if not job.done():
        return "under way"
    ending = ending_of(job)
    return ending.word if ending else "picture"


def _price(job: Job) -> str:
    """Under a picture its price, in place of one how the job ended and what that cost."""
    return str(ending_of(job) or price_text(job.quote))


def _name(batch: Sheetable, place: int, job: Job | None) -> str:
    """A place in few words: what varies, or its number and the first values of its row."""
    if batch.axes:
        row = job.row if job else next(gap.row for gap in batch.left_out if gap.place == place)
        varying = {axis.name: row[axis.name] for axis in batch.axes if len(axis.labels) > 1} or row
        return short(next(iter(varying.values()))) if len(varying) == 1 else in_words(varying)
    if job and _are_takes(batch):
        return f"take {job.request.take}"
    values = [short(value) for value in (job.row if job else {}).values() if value not in (None, "")]
    return " · ".join([str(place + 1), *values[:_VALUES_IN_LABEL]])


def _title(batch: Sheetable) -> str:
    """The prompt, if all pictures have the same."""
    prompts = {job.request.prompt for job in batch}
    return " ".join(prompts.pop().split()) if len(prompts) == 1 else ""


def _picture(job: Job | None, *, full: bool) -> Image.Image | None:
    """A thumbnail, or the whole picture; None where it is missing or damaged. Thumbnails are cached with the
    previews: then a sheet of a thousand pictures is drawn in a second or two."""
    assert job is not None
    with suppress(StoreError, OSError, ValueError):
        result = job.result()
        if full and result.record.note:
            return decoded(result.bytes)
        return opened(result.bytes if full else _thumbnail(result))
    return None


def _thumbnail(result: Result) -> bytes:
    kind = str(THUMBNAIL)
    if kept := previews().find(result.digest, kind):
        return kept
    data = preview(result.bytes, THUMBNAIL).data
    previews().keep(result.digest, kind, data)
    return data

"""A batch as a contact sheet, and the same in words."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.domain.odd_metadata import decoded, opened
from vidgo_notebook.domain.pillow import NoPillowError, no_pillow
from vidgo_notebook.domain.pricing import price_lines
from vidgo_notebook.domain.sums import Sums, total_sums
from vidgo_notebook.domain.sweep import Axis, Combination, in_words, short
from vidgo_notebook.domain.wording import counted, described
from vidgo_notebook.drawable_text import is_drawable, simpler
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import format_of, is_free
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.job_card import ending_of
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import Problem, RequestError, StoreError
from vidgo_notebook.render import markup
from vidgo_notebook.render.arrangement import Arrangement, Edge, in_grid, in_pages, in_rows
from vidgo_notebook.render.batch_card import BatchCard
from vidgo_notebook.render.card import EMULATED, headline, price_text
from vidgo_notebook.render.ending import Ending, Word
from vidgo_notebook.render.lettering import Lettering
from vidgo_notebook.render.preview import MOST_AS_SERVED, Embedded, as_served, preview, unshown_html
from vidgo_notebook.render.sheet import THUMBNAIL, WIDEST, WIDTH, Cell, State, draw_sheet
from vidgo_notebook.store.results.cache import previews
from vidgo_notebook.visible_text import visible

if TYPE_CHECKING:
    from PIL import Image

MOST_ON_A_PAGE = 24
"""Pictures that a notebook shows on one sheet."""

_VALUES_IN_LABEL = 2
_FIELDS = ("model", *CHOICE_FIELDS)
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


def sheet_of(batch: Sheetable, *, full: bool = False, page: int | None = None) -> Image.Image:
    """The contact sheet of a batch as it is now, or a page of it; with ``full`` its pictures are as large as a browser
    can show.

    Raises RequestError for a page that does not exist, StoreError if a picture can't be read.
    """
    return _Sheet(batch, page).draw(full=full)


def source_type_of(batch: Sheetable) -> str:
    """What a sheet is called, by what its pictures are, in IPTC's words; '' for one without pictures."""
    from vidgo_notebook.render.annotation import common_source_type  # late: a cell is shown before its pictures

    return common_source_type(job.result().record.source_type for job in batch if moving.ended_well(job))


def sheet_as_served(batch: Sheetable) -> str:
    """The same as HTML with the files as they were served, where Pillow is missing; why not, if they are too large
    together. Every job must have ended."""
    try:
        return markup.frame(markup.pictures(_Sheet(batch, 1).as_served()))
    except NoPillowError as error:
        return unshown_html(error)


def card_of_batch(batch: Sheetable) -> BatchCard:
    """The batch's card, with the sheet in words: the same at any time, as long as nothing failed."""
    marks = [job.fingerprint for job in batch if job.fingerprint]
    repeated = len(marks) - len(set(marks))
    notes = [f"The same picture as another, so bought once: {repeated:,} of them."] if repeated else []
    notes += [f"Left out: {in_words(gap.row)}." for gap in batch.left_out[:_NAMED]]
    if len(batch.left_out) > _NAMED:
        notes.append(f"and {len(batch.left_out) - _NAMED:,} more that are not possible.")
    if _are_takes(batch):
        notes = [*dict.fromkeys(f"Note: {each}" for job in batch for each in job.quote.advice), *notes]
    sheet = _Sheet(batch, 1)
    notes += sheet.notes()
    # Such as a file that could not be saved.
    noted = [(job, note) for job in batch for note in job.notes]
    job_notes = [f"{batch.where(job)}: {note}" for job, note in noted[:_NAMED]]
    more = [f"and {len(noted) - _NAMED:,} more notes"] if len(noted) > _NAMED else []
    return BatchCard(
        pictures=len(batch),
        price=_sums(batch).quoted.text(format_of(batch)),
        lines=price_lines({job.fingerprint: job.quote for job in batch if job.quote.lines}.values()),
        provider=next((job.provider for job in batch), ""),
        emulated=sum(map(is_free, batch)),
        prompt=_title(batch),
        varying=_varying(batch),
        notes=notes,
        words=sheet.words(),
        ending=_ending(batch),
        warnings=[*batch.notes, *job_notes, *more] if batch.done() else (),
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
    commands += ["%vidgo resume"] if {"not watched", "no file"}.intersection(words) else []
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


def _footer(batch: Sheetable) -> list[str]:
    """What the pictures cost, and who made them; the same whether they were bought now or earlier."""
    finished = sum(_state(job) == "picture" for job in batch)
    parts = [f"{finished:,} of {counted(len(batch), 'picture')}", _cost(batch)]
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


def _state(job: Job) -> State:
    if not job.done():
        return "under way"
    ending = ending_of(job)
    return ending.word if ending else "picture"


def _price(job: Job) -> str:
    """Under a picture its price, in place of one how the job ended and what that cost."""
    return str(ending_of(job) or price_text(job.quote))


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


def _as_html(picture: Embedded, words: str) -> str:
    return markup.picture(picture.media_type, base64.b64encode(picture.data).decode(), words)


def _thumbnail(result: Result) -> bytes:
    kind = str(THUMBNAIL)
    if kept := previews().find(result.digest, kind):
        return kept
    data = preview(result.bytes, THUMBNAIL).data
    previews().keep(result.digest, kind, data)
    return data


class _Sheet:
    """The sheet of a batch, whole or a page of it: where each place is, what is written there, and the same in words.

    ``page`` counts from 1. What the font can't draw is a number there, and the legend is part of ``notes``.
    """

    def __init__(self, batch: Sheetable, page: int | None) -> None:
        self._batch = batch
        jobs, gaps = iter(batch), {gap.place: gap for gap in batch.left_out}
        self._gaps = gaps
        self._jobs = [None if place in gaps else next(jobs) for place in range(len(batch) + len(gaps))]
        self._are_takes = _are_takes(batch)
        self._varying = _varying_fields(batch)
        edges = [Edge(axis.name, axis.labels) for axis in batch.axes]
        self._whole = in_grid(edges) if edges else in_rows(len(batch))
        self._pages = in_pages(self._whole, MOST_ON_A_PAGE)
        pages = counted(len(self._pages), "page")
        if page is not None and not (type(page) is int and 1 <= page <= len(self._pages)):
            raise RequestError([Problem("page", f"{described(page)} is not a page: the sheet has {pages}.")])
        self._shown = self._whole if page is None else self._pages[page - 1]
        self._lettering = Lettering()

    def draw(self, *, full: bool) -> Image.Image:
        arrangement, cells = self._lettered()
        drawn, title = self._lettering.drawn, simpler(visible(_title(self._batch)))
        return draw_sheet(
            arrangement,
            cells,
            lambda place: _picture(self._jobs[place], full=full),
            title=title if is_drawable(title) else "",  # the card has the prompt
            footer=[*map(drawn, _footer(self._batch)), *self._which()],
            width=WIDEST if full else WIDTH,
        )

    def as_served(self) -> list[tuple[str, str]]:
        """Each picture that is shown, as HTML, and its words. Raises NoPillowError if they are too large together."""
        shown, size = [], 0
        for place in self._shown.places:
            job, html = self._jobs[place], ""
            if job and _state(job) == "picture":
                with suppress(StoreError, NoPillowError):  # missing, or of a format that a browser may not know
                    picture = as_served(job.result().bytes)
                    size += len(picture.data)
                    html = _as_html(picture, self._name(place))
            if size > MOST_AS_SERVED:
                raise no_pillow("these pictures are not shown: their files are too large together")
            shown.append((html, self._in_words(place)))
        return shown

    def notes(self) -> list[str]:
        """What to know about the sheet: that it shows a part, and what its numbers mean."""
        self._lettered()
        self._lettering.drawn(_footer(self._batch)[0])
        legend = [f"On the sheet: {', '.join(self._lettering.legend)}."] if self._lettering.legend else []
        if len(self._pages) == 1:
            return legend
        return [f"{self._which()[0]} .sheet(page=2) draws the next, and vidgo.gallery() shows all.", *legend]

    def words(self) -> list[str]:
        """The sheet in words, as its text alternative: each place, its price, and what is left out."""
        across, down = self._whole.across, self._whole.down
        where = f"{down.name} downwards, {across.name} across" if across and down else f"rows of {self._shown.columns}"
        if len(self._whole.blocks) > 1:
            where += f", {len(self._whole.blocks)} blocks"
        lines = [f"Contact sheet: {where}."]
        return [*lines, *map(self._in_words, range(len(self._jobs)))]

    def _in_words(self, place: int) -> str:
        job = self._jobs[place]
        return f"{self._name(place)}: {_price(job) if job else 'not possible'}"

    def _which(self) -> list[str]:
        """Which part of a sheet in pages this is."""
        shown, all_of_them = len(self._shown.places), len(self._jobs)
        return [f"The sheet shows {shown} of {all_of_them:,} pictures."] if shown < all_of_them else []

    def _lettered(self) -> tuple[Arrangement, dict[int, Cell]]:
        """The arrangement and the cells that are shown, with numbers for what can't be drawn."""
        drawn, shown = self._lettering.drawn, self._shown

        def edge(each: Edge | None) -> Edge | None:
            return each and Edge(drawn(each.name), tuple(map(drawn, each.labels)))

        blocks = tuple(replace(block, title=drawn(block.title)) for block in shown.blocks)
        arrangement = Arrangement(blocks, edge(shown.down), edge(shown.across))
        cells = {place: self._cell(place) for place in shown.places}
        return arrangement, {
            place: replace(cell, label=drawn(cell.label), price=drawn(cell.price)) for place, cell in cells.items()
        }

    def _cell(self, place: int) -> Cell:
        job, label = self._jobs[place], "" if self._shown.down else self._name(place)
        if job is None:
            return Cell("not possible", "", label)
        state = _state(job)
        if state != "picture":
            return Cell(state, "" if state == "not possible" else _price(job), label)
        record = job.result().record
        return Cell(state, _price(job), label, (record.width, record.height))

    def _name(self, place: int) -> str:
        """A place in few words: what varies; of a row its number and the first of what was sent."""
        job, axes = self._jobs[place], self._batch.axes
        if axes:
            row = job.row if job else self._gaps[place].row
            varying = {axis.name: row[axis.name] for axis in axes if len(axis.labels) > 1} or row
            return short(next(iter(varying.values()))) if len(varying) == 1 else in_words(varying)
        if job and self._are_takes:
            return f"take {job.request.take}"
        drawn = bool(job and job.request.draws and not job.row)  # takes of a random prompt
        sent = [value for _, value in job.request.values] or [job.request.prompt] if job and (job.row or drawn) else []
        fields = [str(value) for name in self._varying if job and (value := getattr(job.request, name)) is not None]
        values = [short(value) for value in [*sent[:_VALUES_IN_LABEL], *fields] if value.strip()]
        start = f"take {job.request.take}" if job and drawn else str(place + 1)
        return " · ".join([start, *values[:_VALUES_IN_LABEL]])


def _varying_fields(batch: Sheetable) -> list[str]:
    """The fields that are not the same in all rows of a table."""
    return [name for name in _FIELDS if len({getattr(job.request, name) for job in batch}) > 1]

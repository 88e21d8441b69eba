"""The value of a command as text, and as plain data for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass

from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.render.card import Card, card_text
from vidgo_notebook.render.listing import Listing, plain_value
from vidgo_notebook.render.markup import as_item


def text_of(value: object) -> str:
    """A value as a terminal shows it: a job by its card, its notes, and the file of its picture."""
    if isinstance(value, Job):
        return "\n".join(_job_lines(value))
    if isinstance(value, (list, tuple)):
        return "\n\n".join(map(text_of, value))
    return str(value)


def plain_rows(value: object) -> object:
    """A value as JSON has it: a table as a list of objects."""
    if isinstance(value, Listing):
        return value.to_dicts()
    if isinstance(value, list) and all(isinstance(each, Listing) for each in value):
        return [plain_rows(each) for each in value]
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain_value(row) for row in value]
    return plain_value(value) if is_dataclass(value) else plain_value(str(value))


def _job_lines(job: Job) -> list[str]:
    lines = [card_text(Card(job.request, job.quote, job.provider)), *(as_item("Note", note) for note in job.notes)]
    if job.done() and not job.cancelled() and job.exception() is None:
        lines.append(f"Picture: {job.result().path or 'in memory only'}")
    return lines

"""The value of a command as text, and as plain data for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass

from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.lineage_drawing import words_of
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.engine.handles.result import Lineage
from vidgo_notebook.render.batch_card import batch_card_text
from vidgo_notebook.render.card import Card, card_text
from vidgo_notebook.render.listing import Listing, plain_value
from vidgo_notebook.render.markup import as_item


def text_of(value: object, credit_format: CreditFormat = NO_CURRENCY) -> str:
    """A value as a terminal shows it: jobs by their card, and the files of the pictures."""
    if isinstance(value, Job):
        return "\n".join(_job_lines(value))
    if isinstance(value, Batch):
        return "\n".join(_batch_lines(value))
    if isinstance(value, Lineage):
        return words_of(value, credit_format)
    if isinstance(value, (list, tuple)):
        return "\n\n".join(text_of(each, credit_format) for each in value)
    return str(value)


def plain_rows(value: object) -> object:
    """A value as JSON has it: a table as a list of objects."""
    if isinstance(value, (Listing, Plan)):
        return value.to_dicts()
    if isinstance(value, Lineage):
        return _lineage_rows(value)
    if isinstance(value, list) and all(isinstance(each, (Listing, Lineage)) for each in value):
        return [plain_rows(each) for each in value]
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain_value(row) for row in value]
    return plain_value(value) if is_dataclass(value) else plain_value(str(value))


def _job_lines(job: Job) -> list[str]:
    lines = [card_text(Card(job.request, job.quote, job.provider)), *(as_item("Note", note) for note in job.notes)]
    return [*lines, f"Picture: {_place(job)}"] if ended_well(job) else lines


def _batch_lines(batch: Batch) -> list[str]:
    good = [job for job in batch if ended_well(job)]
    return [batch_card_text(card_of_batch(batch)), *(f"{batch.where(job)}: {_place(job)}" for job in good)]


def _lineage_rows(lineage: Lineage) -> list[dict[str, object]]:
    """A row for each picture, each after those that it was made from; ``made_from`` are their numbers."""
    return [
        {
            "number": number,
            **{name: getattr(result.record, name) for name in ("model", "prompt", "provider", "digest")},
            "credits": plain_value(result.record.price),
            "path": str(result.path) if result.path else None,
            "made_from": [one for one, other in lineage.edges if other == number],
            "inputs": [{"identity": each.identity, "name": each.name, "path": each.path} for each in result.inputs],
        }
        for number, result in enumerate(lineage)
    ]


def _place(job: Job) -> object:
    return job.result().path or "in memory only"

"""A lineage as people see it: a drawing, and the same in words."""

from __future__ import annotations

from collections.abc import Callable

from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.engine.handles.result import Lineage, Result
from vidgo_notebook.render import markup
from vidgo_notebook.render.lineage import LONGEST, Node, draw_lineage, lineage_text
from vidgo_notebook.render.preview import Embedded, preview
from vidgo_notebook.store.results.record import ResultRecord


def words_html(words: str) -> str:
    """The words as HTML: a long prompt folds its own line and hides neither the others nor the cost."""
    return markup.frame(*map(markup.prompt, words.splitlines()))


def drawn_lineage(
    lineage: Lineage, embedded: Callable[[Result], Embedded], credit_format: CreditFormat
) -> tuple[Embedded, str]:
    """The drawing, as a notebook embeds it, and the words beside it. Raises StoreError."""
    records = [result.record for result in lineage]
    labels = [_label(record, credit_format) for record in records]
    pictures = [embedded(result).data for result in lineage]
    nodes = [Node(*parts) for parts in zip(pictures, labels, lineage.depths, strict=True)]
    parents = [sum(child == place for _, child in lineage.edges) for place in range(len(records))]
    others = [max(0, len(record.references) - known) for record, known in zip(records, parents, strict=True)]
    cost = lineage.cost_text(credit_format)
    words = lineage_text([record.prompt for record in records], lineage.edges, others, cost)
    return preview(draw_lineage(nodes, lineage.edges), LONGEST), words


def _label(record: ResultRecord, credit_format: CreditFormat) -> str:
    if record.price is None:
        return "price not published"
    free = ", emulated" if record.provider == EMULATOR else ""
    return credit_format.text(record.price) + free

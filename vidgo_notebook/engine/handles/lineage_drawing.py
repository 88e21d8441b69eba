"""A lineage as people see it: a drawing, and the same in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vidgo_notebook.domain.pillow import has_pillow
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.engine.handles.result import Lineage, Result
from vidgo_notebook.render import markup
from vidgo_notebook.render.lineage import LONGEST, Node, draw_lineage, lineage_text
from vidgo_notebook.render.preview import Embedded, preview
from vidgo_notebook.store.results.record import ResultRecord

MOST_DRAWN = 48
"""Pictures of a lineage that are shown, the last ones: a store may come from somebody else and hold any number."""


def words_html(words: str) -> str:
    """The words as HTML: a long prompt folds its own line and hides neither the others nor the cost."""
    return markup.frame(*map(markup.prompt, words.splitlines()))


def drawn_lineage(
    lineage: Lineage, embedded: Callable[[Result], Embedded], credit_format: CreditFormat
) -> tuple[Embedded | None, str]:
    """The drawing, as a notebook embeds it, and the words beside it, which stand alone where Pillow is missing. Raises
    StoreError."""
    words = words_of(lineage, credit_format)
    if not has_pillow():
        return None, words
    results, edges = _last(lineage)
    depths = lineage.depths[len(lineage) - len(results) :]
    labels = [_label(result.record, credit_format) for result in results]
    pictures = [embedded(result).data for result in results]
    columns = {depth: column for column, depth in enumerate(sorted(set(depths)))}  # none is empty
    nodes = [Node(*parts) for parts in zip(pictures, labels, map(columns.__getitem__, depths), strict=True)]
    return preview(draw_lineage(nodes, edges), LONGEST), words


def words_of(lineage: Lineage, credit_format: CreditFormat) -> str:
    """The lineage in words."""
    results, edges = _last(lineage)
    records = [result.record for result in results]
    parents = [sum(child == place for _, child in edges) for place in range(len(records))]
    others = [max(0, len(record.references) - known) for record, known in zip(records, parents, strict=True)]
    words = lineage_text([record.prompt for record in records], edges, others, lineage.cost_text(credit_format))
    if len(results) < len(lineage):
        words = f"The last {MOST_DRAWN} of {counted(len(lineage), 'picture')}:\n{words}"
    return words


def _last(lineage: Lineage) -> tuple[Sequence[Result], list[tuple[int, int]]]:
    """The pictures that are shown, and from which to which of them an edit led."""
    earlier = max(0, len(lineage) - MOST_DRAWN)
    return lineage[earlier:], [(one - earlier, other - earlier) for one, other in lineage.edges if one >= earlier]


def _label(record: ResultRecord, credit_format: CreditFormat) -> str:
    if record.price is None:
        return "price not published"
    free = ", emulated" if record.provider == EMULATOR else ""
    return credit_format.text(record.price) + free

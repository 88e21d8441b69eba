"""A lineage as people see it: a drawing, and the same in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.domain.pillow import has_pillow
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.wording import counted, one_line
from vidgo_notebook.engine.handles.input_image import InputImage
from vidgo_notebook.engine.handles.result import Lineage, Result
from vidgo_notebook.errors import FetchError, StoreError
from vidgo_notebook.render import markup
from vidgo_notebook.render.annotation import common_source_type
from vidgo_notebook.render.lineage import LONGEST, Node, draw_lineage, lineage_text
from vidgo_notebook.render.preview import Embedded, preview
from vidgo_notebook.store.results.plain_files import read_plain
from vidgo_notebook.store.results.record import ResultRecord

MOST_DRAWN = 48
"""Pictures of a lineage that are shown, the last ones, and images from elsewhere: a store may come from somebody else
and hold any number."""

_SMALL = 336  # pixels: twice the largest thumbnail
_LONGEST_NAME = 22
_MOST_NAMED = 20


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
    own = _drawn_inputs(results)
    links = [(number, len(own) + place) for number, (_, places) in enumerate(own) for place in places]
    links += [(len(own) + parent, len(own) + child) for parent, child in edges]
    nodes = [Node(_picture(image), "image", one_line(image.name, _LONGEST_NAME)) for image, _ in own]
    for number, result in enumerate(results, 1):
        nodes.append(Node(embedded(result).data, f"picture {number}", _label(result.record, credit_format)))
    kind = common_source_type(result.record.source_type for result in results)
    return preview(draw_lineage(nodes, links), LONGEST).marked(kind), words


def _drawn_inputs(results: Sequence[Result]) -> list[tuple[InputImage, tuple[int, ...]]]:
    """The images that lie in the store, each once, with the positions of the pictures that were made from it."""
    found = Lineage(tuple(results), ()).inputs
    return [(image, places) for image, places in found.items() if image.path][:MOST_DRAWN]


def _picture(image: InputImage) -> bytes | None:
    """A small picture of an image; None if it can't be drawn."""
    with suppress(StoreError, FetchError, OSError):
        return preview(read_plain(image.path or Path(), MAX_SERVED_BYTES, follow=False), _SMALL).data
    return None


def words_of(lineage: Lineage, credit_format: CreditFormat) -> str:
    """The lineage in words."""
    results, edges = _last(lineage)
    records = [result.record for result in results]
    others = [_others(result, sum(child == place for _, child in edges)) for place, result in enumerate(results)]
    words = lineage_text([record.prompt for record in records], edges, others, lineage.cost_text(credit_format))
    if len(results) < len(lineage):
        words = f"The last {MOST_DRAWN} of {counted(len(lineage), 'picture')}:\n{words}"
    return words


def _others(result: Result, known: int) -> list[str]:
    """The images of a picture that are not pictures of the lineage, of which it has ``known``."""
    named = [str(image) for image in result.inputs[:_MOST_NAMED]]
    unnamed = len(set(result.record.references)) - known - len(named)
    return [*named, *([counted(unnamed, "other image")] if unnamed > 0 else [])]


def _last(lineage: Lineage) -> tuple[Sequence[Result], list[tuple[int, int]]]:
    """The pictures that are shown, and from which to which of them an edit led."""
    earlier = max(0, len(lineage) - MOST_DRAWN)
    return lineage[earlier:], [(one - earlier, other - earlier) for one, other in lineage.edges if one >= earlier]


def _label(record: ResultRecord, credit_format: CreditFormat) -> str:
    if record.price is None:
        return "price not published"
    free = ", emulated" if record.provider == EMULATOR else ""
    return credit_format.text(record.price) + free

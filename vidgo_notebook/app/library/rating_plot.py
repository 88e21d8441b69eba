"""A figure of what is preferred, drawn by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.library.rating_statistics import Preference, needed
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.store.results.judgements import HIGHEST_SCORE
from vidgo_notebook.visible_text import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STAND_INS = "Stand-ins of the emulator: counts of a demonstration, no result"
_HEIGHT, _ROW = 1.5, 0.42  # inches: of what is around the rows, and of a row
_COLOURS = {"won": "#2166ac", "tied": "#bdbdbd", "lost": "#b2182b"}
_WORDS = {"won": "preferred", "tied": "no difference", "lost": "not preferred"}


def drawn(rows: Sequence[Preference], kind: str, question: str, stand_ins: int) -> Figure:
    """A row for each condition: its estimate and interval, or what was counted, where nothing is concluded."""
    needed("matplotlib", "A plot")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    class Shown(Figure):
        """Shows itself in a notebook without pyplot, which would show it a second time."""

        def _repr_png_(self) -> bytes:
            file = io.BytesIO()
            self.savefig(file, format="png", dpi=110)
            return file.getvalue()

        def __repr__(self) -> str:
            return f"<Figure of {len(rows)} conditions>"

    figure = Shown(figsize=(6.4, _HEIGHT + _ROW * max(1, len(rows))), layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    axes.set_title(_plain(one_line(visible(question), 80)), fontsize=10)
    if any(each.estimate is not None for each in rows):
        _draw_estimates(axes, rows, kind)
    else:
        _draw_counts(axes, rows, kind)
    axes.set_yticks(range(len(rows)), [_plain(one_line(visible(each.condition), 40)) for each in rows])
    axes.invert_yaxis()
    if stand_ins:
        figure.suptitle(_STAND_INS, fontsize=10, color="#b2182b")
    return figure


def _draw_estimates(axes: Any, rows: Sequence[Preference], kind: str) -> None:
    factor = 100 if kind == "pairs" else 1
    for place, row in enumerate(rows):
        if row.estimate is not None:
            axes.plot(factor * row.estimate, place, "o", color=_COLOURS["won"])
        if row.low is not None and row.high is not None:
            axes.hlines(place, factor * row.low, factor * row.high, color=_COLOURS["won"], linewidth=2)
    if kind == "pairs":
        axes.axvline(50, color="grey", linestyle="--", linewidth=1)
        axes.set(xlim=(-2, 102), xlabel="chance to be preferred to another condition, %")
    else:
        axes.set(xlim=(0.9, HIGHEST_SCORE + 0.1), xlabel="mean score")
    axes.set_ylim(-0.6, len(rows) - 0.4)


def _draw_counts(axes: Any, rows: Sequence[Preference], kind: str) -> None:
    names = list(_WORDS) if kind == "pairs" else list(map(str, range(1, HIGHEST_SCORE + 1)))
    from matplotlib import colormaps

    scale = [colormaps["viridis"](number / max(1, len(names) - 1)) for number in range(len(names))]
    colours = list(_COLOURS.values()) if kind == "pairs" else scale
    before = [0] * len(rows)
    for name, colour in zip(names, colours, strict=True):
        counts = [row.counts.get(name, 0) for row in rows]
        axes.barh(range(len(rows)), counts, left=before, color=colour, label=_WORDS.get(name, name), height=0.6)
        before = [sum(pair) for pair in zip(before, counts, strict=True)]
    axes.set_xlabel("judgements")
    if rows:
        axes.legend(fontsize=8, ncols=len(names), loc="upper center", bbox_to_anchor=(0.5, -0.28), frameon=False)


def _plain(text: str) -> str:
    """Text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")

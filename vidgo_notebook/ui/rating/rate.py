"""``vidgo.rate``: blind ratings where a person is there to make them, else how they are made, and what there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from vidgo_notebook.app.library.rating_round import Study, open_study, rater_name
from vidgo_notebook.app.library.ratings import read_ratings
from vidgo_notebook.app.presence import say
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.public_call import public
from vidgo_notebook.domain.wording import counted, one_line
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.store.results.judgements import QUESTION
from vidgo_notebook.ui.opening import (
    NOT_KEPT,
    check_widgets,
    current_shell,
    in_its_place,
    used_by_a_person,
    why_closed,
)
from vidgo_notebook.ui.output.live import put
from vidgo_notebook.ui.shell import Shell

if TYPE_CHECKING:
    from ipywidgets import VBox

    from vidgo_notebook.ui.panel.parts import Opened


@public
def rate(
    batch: Batch | Sequence[Job],
    name: str = "study",
    by: str = "quality",
    question: str = QUESTION,
    kind: Literal["pairs", "scale"] = "pairs",
    rater: str | None = None,
    seed: int = 0,
) -> VBox:
    """Blind ratings of pictures, as a widget: it opens as the last line of a cell, and goes into any layout.

    Raters see pictures without any label, in an order, and on sides, that ``seed`` decides for each of them. They
    answer with the mouse or by keys (1, 2, 0 or arrows; 1 to 7 for scores; S skips, U takes the last answer back), one
    rater after another. Every judgement is kept in the store at once, in ``ratings/<name>.jsonl``: after a restart a
    rater goes on where they stopped. Waits for pictures under way; those that failed are left out. Pictures are shown
    at most 1,280 pixels wide or high.

    Parameters
    ----------
    batch : Batch or sequence of Job
        The pictures.
    name : str, default "study"
        The study that the judgements belong to: letters, digits, spaces, hyphens and underscores.
    by : str, default "quality"
        The condition: a field of the requests (quality, model, size, …), a variable of the prompt, or a column of the
        table. With ``pairs`` every two pictures that differ in it, and in nothing else (prompt, other fields, take),
        are compared. The prompt is shown unless it would tell the condition.
    question : str
        What is asked; of single pictures "How close is it to the prompt?", unless you say something else.
    kind : {"pairs", "scale"}
        Which of two, with ties; or for each picture a score from 1 to 7.
    rater : str, optional
        Who rates, as a name or a code; asked for by default. It is kept and exported with the judgements.
    seed : int, default 0
        What decides the order and the sides.

    Returns
    -------
    ipywidgets.VBox
        The widget. Where no person is there, it is printed how to rate, and what was rated is shown.

    Raises
    ------
    RequestError
        For a call that can't be understood, conditions of which no two can be compared, and a name under which other
        judgements are kept; all that is wrong at once.
    StoreError
        If nothing can be kept in the store. A frozen store takes judgements: they change none of its results.
    VidgoError
        Where no widget works: in marimo, in Streamlit, and in a Python without threads.

    Examples
    --------
    >>> batch = vidgo.sweep(prompt=["A fox", "A hare"], quality=["low", "high"], size="1:1", resolution="1K")
    >>> form = vidgo.rate(batch, by="quality")
    vidgo: ...
    """
    session = current_session()
    shell = current_shell(session)
    opens = _opens(shell)
    study = open_study(session, batch, name=name, by=by, question=question, kind=kind, seed=seed)
    known = "" if rater is None else rater_name(rater)
    if not opens:
        return _in_its_place(study, shell, session)
    return _opened(study, known, session)


def open_rating(
    batch: object,
    shell: Shell | None,
    session: Session,
    *,
    name: str,
    by: str,
    question: str,
    kind: str,
    rater: str | None,
    seed: int,
) -> None:
    """Display what ``rate`` returns, for a shell and a session."""
    opens = _opens(shell)
    study = open_study(session, batch, name=name, by=by, question=question, kind=kind, seed=seed)
    known = "" if rater is None else rater_name(rater)
    if opens:
        _opened(study, known, session)._ipython_display_()
    else:
        _say_instead(study, shell, session)


def _opens(shell: Shell | None) -> bool:
    """Whether a person can rate here, which is known before pictures are waited for. Raises VidgoError where no widget
    works."""
    if is_used := used_by_a_person(shell):
        check_widgets("pictures can't be rated here")
    return is_used


def _opened(study: Study, rater: str, session: Session) -> Opened:
    """The form. StoreError if nothing that is judged could be kept."""
    session.store.check_writable()
    from vidgo_notebook.ui.panel.parts import Opened, display_widget
    from vidgo_notebook.ui.rating.rating import Rating

    def show(opened: Opened) -> None:
        display_widget(opened, NOT_KEPT.format("rating"))

    return Opened(Rating(study, rater).box, show)


def _in_its_place(study: Study, shell: Shell | None, session: Session) -> Opened:
    """Print how to rate, and show what was rated; a widget that says the former."""
    return in_its_place(_say_instead(study, shell, session), say_it=False)


def _say_instead(study: Study, shell: Shell | None, session: Session) -> str:
    line = _instead(study, shell, session)
    say(line)
    found = read_ratings(session, study.name)
    if len(found):
        bundle = found._repr_mimebundle_()
        put(bundle) if shell else say(bundle["text/plain"])
    return line


def _instead(study: Study, shell: Shell | None, session: Session) -> str:
    what = counted(len(study.pictures.items), "pair" if study.kind == "pairs" else "picture")
    keys = "1 for left, 2 for right, 0 for no difference" if study.kind == "pairs" else "1 to 7"
    lines = [
        f"vidgo: the rating is not opened, because {why_closed(shell, session, 'rate')}.",
        f"To rate: run this in JupyterLab, or another notebook with widgets, and press {keys}.",
        f"{what}: “{one_line(study.question, 100)}”",
        *study.pictures.notes,
    ]
    return "\n".join(lines)

"""The judgements of a study, and what they amount to: counts, agreement, preference, a table, a plot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, overload

from vidgo_notebook.app.library import rating_statistics as statistics
from vidgo_notebook.app.library.rated_pictures import contradicts
from vidgo_notebook.app.library.rating_statistics import Estimate, Preference
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.wording import counted, one_line, shown
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.render.listing import Column, Listing, Message
from vidgo_notebook.store.results.judgements import Judgement, StudyEntries, study_name
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.visible_text import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from vidgo_notebook.app.session import Session

_NAMED = 5
_LEVELS = {"pairs": "nominal", "scale": "ordinal"}
COUNTS = "counts"
"""The state of a judgement that counts."""


class Agreement(Message):
    """How far the raters agree: ``alpha`` is Krippendorff's, at the ``level`` nominal or ordinal; where nothing is
    concluded it is None, and the text says why."""

    def __init__(self, alpha: float | None, level: str, text: str) -> None:
        super().__init__(text)
        self.alpha, self.level = alpha, level

    def to_dicts(self) -> list[dict[str, object]]:
        return [{"alpha": self.alpha, "level": self.level, "message": self.title}]


class Ratings(Sequence[Judgement]):
    """The judgements of a study in the order in which they were made, without those that were taken back.

    Attributes
    ----------
    name, question, kind, by : str
        What was asked: with ``kind`` ``pairs`` which of two pictures that differ in ``by``, with ``scale`` a score.
    raters, conditions : tuple of str
        Who judged, and the values of ``by``.
    stand_ins : int
        How many judgements are of emulated pictures; with one of these nothing is concluded.
    notes : list of str
        What is odd about the file, and what does not count.

    Examples
    --------
    >>> found = vidgo.ratings("study")
    >>> len(found), found.agreement.alpha, list(found.preferences)
    (0, None, [])
    """

    def __init__(
        self, name: str, entries: StudyEntries, records: Mapping[str, Sequence[ResultRecord]], studies: Sequence[str]
    ) -> None:
        """``records`` are those of each picture of the store, by its digest; ``studies`` those of the store."""
        self.name = name
        self._entries, self._records, self._studies = entries, records, studies
        every = entries.judgements
        left = [each for each in every if each.id not in entries.withdrawn]
        asked = Counter((each.kind, each.question, each.by) for each in left)
        first = min(asked, key=lambda each: (-asked[each], each)) if asked else ("pairs", "", "")
        self.kind, self.question, self.by = first
        self._states = {each.id: self._state(each) for each in every}
        latest = {(each.rater, each.subject): each.id for each in every if self._states[each.id] in (COUNTS, "skipped")}
        for each in every:
            if self._states[each.id] in (COUNTS, "skipped") and latest[each.rater, each.subject] != each.id:
                self._states[each.id] = "repeated"
        self._every = every
        self._judgements = [each for each in every if self._states[each.id] != "withdrawn"]
        self._counting = [each for each in every if self._states[each.id] == COUNTS]
        self.raters = tuple(sorted({each.rater for each in self._counting}))
        self.conditions = _in_order({p.condition for each in self._counting for p in each.pictures}, self.by)
        self.stand_ins = sum(map(self._is_stand_in, self._counting))

    def _state(self, judgement: Judgement) -> str:
        if judgement.id in self._entries.withdrawn:
            return "withdrawn"
        if (judgement.kind, judgement.question, judgement.by) != (self.kind, self.question, self.by):
            return "other question"
        if any(contradicts(each, self.by, self._records.get(each.digest, ())) for each in judgement.pictures):
            return "other condition"
        return "skipped" if judgement.skipped else COUNTS

    def _is_stand_in(self, judgement: Judgement) -> bool:
        """By the store where that has the pictures, and else by what was written down."""
        known = [self._records.get(each.digest, ()) for each in judgement.pictures]
        made_by = {record.provider for records in known for record in records}
        return EMULATOR in made_by or (judgement.emulated and not all(known))

    @overload
    def __getitem__(self, index: int) -> Judgement: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Judgement]: ...
    def __getitem__(self, index: int | slice) -> Judgement | Sequence[Judgement]:
        return self._judgements[index]

    def __len__(self) -> int:
        return len(self._judgements)

    # What they amount to

    @property
    def _why_no_conclusion(self) -> str:
        """Why nothing is concluded from the judgements, or ''."""
        if not self._counting:
            return "Nothing was judged yet."
        if self.stand_ins:
            are = "is of a stand-in" if self.stand_ins == 1 else "are of stand-ins"
            some = f"{self.stand_ins:,} of {counted(len(self._counting), 'judgement')} {are}"
            return f"{some}, drawn by the emulator and by no model: nothing is concluded. The counts are shown."
        return ""

    @cached_property
    def agreement(self) -> Agreement:
        """How far the raters agree, as Krippendorff's alpha: 1 is perfect agreement, 0 that of chance.

        Raises VidgoError without the package krippendorff (extra ``stats``).
        """
        level = _LEVELS[self.kind]
        if why := self._why_no_conclusion:
            return Agreement(None, level, f"Agreement: {why}")
        value, why = statistics.alpha(self._counting, level)
        if value is None:
            return Agreement(None, level, f"Agreement: not known, because {why}.")
        said = f"Agreement: Krippendorff's alpha is {value:.2f} ({level}, {counted(len(self.raters), 'rater')})."
        return Agreement(value, level, said)

    @cached_property
    def preferences(self) -> Listing[Preference]:
        """What is preferred: for each condition its counts, and by Bradley and Terry's model its chance to be preferred
        to another, or its mean score, with a 95 % bootstrap interval.

        Raises VidgoError without the packages choix and numpy (extra ``stats``).
        """
        if why := self._why_no_conclusion:
            return self._preferences({}, [why])
        estimate = statistics.preferences if self.kind == "pairs" else statistics.means
        found, why = estimate(self._counting, self.conditions)
        return self._preferences(found, [f"Of the preference: {why}."] if why else [])

    def _preferences(self, found: Mapping[str, Estimate], notes: Sequence[str]) -> Listing[Preference]:
        rows = [
            Preference(name, statistics.counts_of(self._counting, name), known.value, known.low, known.high)
            for name in self.conditions
            for known in [found.get(name, Estimate())]
        ]
        return Listing(self._title, rows, _PAIRS if self.kind == "pairs" else _SCALE, notes)

    def plot(self) -> Figure:
        """The preference by condition with its intervals; of stand-ins the counts alone.

        Returns
        -------
        matplotlib.figure.Figure
            It shows itself in a notebook.

        Raises
        ------
        VidgoError
            Without the packages of the extra ``stats``.

        Examples
        --------
        >>> vidgo.ratings("study").plot().savefig("study.pdf")
        """
        from vidgo_notebook.app.library.rating_plot import drawn  # late: it loads matplotlib

        return drawn(self.preferences, self.kind, self.question, self.stand_ins)

    # As data

    def to_rows(self) -> list[dict[str, object]]:
        """One dict of plain values for each judgement, also for those that were taken back: ``state`` says which count.

        ``left``, ``right`` and ``picture`` are SHA-256 of the pictures; ``preferred`` is a condition.
        """
        return [self._row(each) for each in self._every]

    def to_frame(self) -> DataFrame:
        """``to_rows`` as a pandas frame, its times in UTC. Raises VidgoError without pandas."""
        frame = statistics.needed("pandas", "A frame", "pip install pandas").DataFrame(self.to_rows())
        if len(frame):
            frame["time"] = [datetime.fromisoformat(str(time)) for time in frame["time"]]
            frame["time"] = frame["time"].dt.tz_convert("UTC")
        found: DataFrame = frame
        return found

    def _row(self, judgement: Judgement) -> dict[str, object]:
        sides = ("left", "right") if judgement.kind == "pairs" else ("picture",)
        said: dict[str, object] = {"score": judgement.score}
        if judgement.kind == "pairs":
            named = {side: each.condition for side, each in zip(sides, judgement.pictures, strict=True)}
            said = {"choice": judgement.choice, "preferred": named.get(judgement.choice)}
        return {
            **{name: getattr(judgement, name) for name in ("study", "rater", "time", "kind", "question", "by")},
            **{side: each.digest for side, each in zip(sides, judgement.pictures, strict=True)},
            **{f"{side}_condition": each.condition for side, each in zip(sides, judgement.pictures, strict=True)},
            **said,
            **{name: getattr(judgement, name) for name in ("seed", "order", "emulated")},
            "state": self._states[judgement.id],
        }

    # Shown

    @property
    def notes(self) -> list[str]:
        """What does not count and why, and what is odd about the file; a line each."""
        states = Counter(self._states.values())
        pictures = {each.digest for judgement in self._counting for each in judgement.pictures}
        gone = len(pictures - self._records.keys())
        said = [
            (states["skipped"], "{} skipped.", "judgement"),
            (states["withdrawn"], "{} taken back.", "judgement"),
            (states["repeated"], "{} made again later by the same rater: the last one counts.", "judgement"),
            (states["other question"], "{} left out: of another question, kind or condition.", "judgement"),
            (states["other condition"], "{} left out: its picture was made under another condition.", "judgement"),
            (self._entries.doubled, "{} in the file twice, and counted once.", "line"),
            (gone, "No longer in the store: {}; what was said counts.", "picture"),
        ]
        lines = [text.format(counted(count, noun)) for count, text, noun in said if count]
        lines = [*([self._sides] if self.kind == "pairs" and self._counting else []), *lines]
        faults = [f"Left out: {fault}" for fault in self._entries.faults]
        more = [f"and {len(faults) - _NAMED:,} more lines"] if len(faults) > _NAMED else []
        return [*lines, *faults[:_NAMED], *more]

    @property
    def _sides(self) -> str:
        sides = Counter(each.choice for each in self._counting)
        left, right = (counted(sides[side], "time") for side in ("left", "right"))
        return f"The left picture was chosen {left}, the right one {right}."

    @property
    def _title(self) -> str:
        if not self._counting:
            others = ", ".join(each for each in self._studies if each != self.name)
            known = f" The store has the studies: {others}." if others else ""
            return f"No judgements in the study {shown(self.name)} yet.{known}"
        who = f"{counted(len(self.raters), 'rater')} ({one_line(', '.join(self.raters), 60)})"
        judged = f"{counted(len(self._counting), 'judgement')} by {who}, {self.kind} by {self.by}"
        return f"{self.name}: {one_line(self.question, 100)} · {judged}"

    @property
    def _listing(self) -> Listing[Preference]:
        try:
            found, agreement = self.preferences, self.agreement.title
        except VidgoError as error:  # a package is missing: what is counted is shown
            found, agreement = self._preferences({}, []), " ".join(str(error).split("\n"))
        notes = found.notes if self._why_no_conclusion else [*found.notes, agreement]
        columns = _PAIRS if self.kind == "pairs" else _SCALE
        return Listing(self._title, list(found), columns, [*(notes if self._counting else []), *self.notes])

    def __repr__(self) -> str:
        return visible(repr(self._listing))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self._listing._repr_mimebundle_()

    def _repr_html_(self) -> str:
        return self._listing._repr_html_()


def read_ratings(session: Session, name: object) -> Ratings:
    """The judgements of a study of a session's store; none of one that is not there. Raises RequestError for a name
    that no study can have, and StoreError."""
    store = session.store
    known = store.judgements.studies()
    named = study_name(name)
    contents = store.contents()
    records: dict[str, list[ResultRecord]] = defaultdict(list)
    for record in [*contents.current, *(record for _, record in contents.superseded)]:
        records[record.digest].append(record)
    return Ratings(named, store.judgements.of(named), records, known)


def _in_order(conditions: set[str], by: str) -> tuple[str, ...]:
    """As the catalogue lists the values of a field, numbers by size, everything else by the alphabet."""
    choices = [model.choice(by) for model in MODELS.values()] if by in CHOICE_FIELDS else []
    listed = list(dict.fromkeys(value for choice in choices if choice for value in choice.values))

    def place(name: str) -> tuple[int, int, str]:
        number = int(name) if name.isascii() and name.isdecimal() and len(name) < 10 else 0
        return (listed.index(name) if name in listed else len(listed), number, name)

    return tuple(sorted(conditions, key=place))


def _percent(row: Preference) -> str:
    if row.estimate is None:
        return "—"
    limits = "" if row.low is None or row.high is None else f" ({100 * row.low:.0f} to {100 * row.high:.0f})"
    return f"{100 * row.estimate:.0f} %{limits}"


def _mean(row: Preference) -> str:
    if row.estimate is None:
        return "—"
    limits = "" if row.low is None or row.high is None else f" ({row.low:.2f} to {row.high:.2f})"
    return f"{row.estimate:.2f}{limits}"


_CONDITION = Column[Preference]("condition", lambda row: one_line(row.condition, 48))
_PAIRS = [
    _CONDITION,
    Column[Preference]("preferred", lambda row: f"{row.counts['won']:,}"),
    Column[Preference]("not preferred", lambda row: f"{row.counts['lost']:,}"),
    Column[Preference]("no difference", lambda row: f"{row.counts['tied']:,}"),
    Column[Preference]("chance to be preferred (95 %)", _percent),
]
_SCALE = [
    _CONDITION,
    Column[Preference]("judgements", lambda row: f"{sum(row.counts.values()):,}"),
    Column[Preference]("how often 1, 2, … 7", lambda row: ", ".join(f"{count:,}" for count in row.counts.values())),
    Column[Preference]("mean (95 %)", _mean),
]

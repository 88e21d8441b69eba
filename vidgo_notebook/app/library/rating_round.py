"""A study as it is rated: what each rater has judged, what comes next, and what is written down."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from vidgo_notebook.app.library.rated_pictures import Item, RatedPictures, jobs_of, rated_pictures
from vidgo_notebook.domain.arguments import plain_scalar
from vidgo_notebook.domain.draws import LARGEST_SEED
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.wording import counted, described, nearest, shown
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import Problem, Problems, RequestError
from vidgo_notebook.store.results.judgements import (
    HIGHEST_SCORE,
    KINDS,
    LONGEST_TEXT,
    QUESTION,
    QUESTION_OF_ONE,
    Judgement,
    Judgements,
    Kind,
    StudyEntries,
    Withdrawal,
    study_name,
)

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_LONGEST_RATER = 60


@dataclass(frozen=True, slots=True)
class Study:
    """What is asked, about which pictures, and where the answers go."""

    name: str
    kind: Kind
    question: str
    by: str
    seed: int
    pictures: RatedPictures
    kept: Judgements

    @property
    def raters(self) -> list[str]:
        """Who has judged something, by name."""
        return sorted({each.rater for each in self.kept.of(self.name).judgements})


def open_study(
    session: Session, batch: object, *, name: object, by: object, question: object, kind: object, seed: object
) -> Study:
    """The study that a call asks for. Waits for its pictures. RequestError names all that is wrong at once."""
    found = Problems()
    jobs: list[Job] = found.of(lambda: jobs_of(batch), [])
    known = session.store.judgements
    named = found.of(lambda: study_name(name, known.studies()), "")
    asked = found.of(partial(_text, "question", question, "a question such as 'Which is closer to the prompt?'"), "")
    number = found.of(partial(_seed, seed), 0)
    chosen = found.of(partial(_kind, kind), KINDS[0])
    found.check()
    if chosen == "scale" and asked == QUESTION:
        asked = QUESTION_OF_ONE
    if isinstance(batch, Batch):
        batch.wait()  # which shows how far it is
    pictures = rated_pictures(jobs, by, chosen)
    study = Study(named, chosen, asked, str(by), number, pictures, known)
    _check_same_study(study, known.of(named))
    return study


def rater_name(given: object) -> str:
    """The name of a rater. RequestError for what is not a short text on one line."""
    name = " ".join(given.split()) if isinstance(given, str) else ""
    if not name or len(name) > _LONGEST_RATER or not name.isprintable():
        message = f"is not a name of at most {_LONGEST_RATER} characters."
        raise RequestError([Problem("rater", message, "a name or a code such as 'r1'")])
    return name


class Round:
    """One rater's way through a study. Everything that is judged is in the store before the next item is shown."""

    def __init__(self, study: Study, rater: str) -> None:
        self.study, self.rater = study, rater
        self._items = sorted(study.pictures.items, key=self._digest)
        entries = study.kept.of(study.name)
        known = {item.subject for item in self._items}
        self._judged: dict[frozenset[str], list[str]] = {}
        for each in entries.judgements:
            if each.rater == rater and each.id not in entries.withdrawn and each.subject in known:
                self._judged.setdefault(each.subject, []).append(each.id)
        self._gone: set[frozenset[str]] = set()

    @property
    def item(self) -> Item | None:
        """What is to be judged now; None when nothing is left."""
        passed = self._judged.keys() | self._gone
        return next((item for item in self._items if item.subject not in passed), None)

    @property
    def sides(self) -> Item | None:
        """The same with the pictures where this rater sees them."""
        if (item := self.item) is None:
            return None
        pictures = sorted(item.pictures, key=lambda each: each.result.digest, reverse=self._digest(item)[-1] % 2 == 0)
        return replace(item, pictures=tuple(pictures))

    @property
    def next_item(self) -> Item | None:
        """What comes after that."""
        passed = self._judged.keys() | self._gone
        return next(islice((item for item in self._items if item.subject not in passed), 1, None), None)

    @property
    def done(self) -> int:
        """How many items are judged."""
        return len(self._judged)

    @property
    def total(self) -> int:
        """How many there are, without those whose pictures can't be shown."""
        return len(self._items) - len(self._gone)

    @property
    def gone(self) -> int:
        """How many can't be shown."""
        return len(self._gone)

    def leave_out(self, item: Item) -> None:
        """Pass over what can't be shown."""
        self._gone.add(item.subject)

    def judge(self, answer: str | int) -> None:
        """Write down left, right, tie, skip, or a score. Raises StoreError; then nothing has changed."""
        item = self.sides
        if item is None:
            return
        study, is_score = self.study, isinstance(answer, int)
        judgement = Judgement(
            id=uuid.uuid4().hex,
            study=study.name,
            rater=self.rater,
            time=_now(),
            kind=study.kind,
            question=study.question,
            by=study.by,
            pictures=tuple(each.judged for each in item.pictures),
            choice="" if is_score else str(answer),
            score=int(answer) if is_score else None,
            seed=study.seed,
            order=1 + [each.subject for each in self._items].index(item.subject),
            emulated=any(each.result.record.provider == EMULATOR for each in item.pictures),
        )
        study.kept.add([judgement])
        self._judged.setdefault(item.subject, []).append(judgement.id)

    def undo(self) -> None:
        """Take the last judgement back. Raises StoreError; then nothing has changed."""
        if not self._judged:
            return
        last = next(reversed(self._judged))
        self.study.kept.add(
            Withdrawal(uuid.uuid4().hex, self.study.name, self.rater, _now(), each) for each in self._judged[last]
        )
        del self._judged[last]

    def answers(self) -> tuple[str | int, ...]:
        """What may be said of an item."""
        return (
            ("left", "right", "tie", "skip") if self.study.kind == "pairs" else (*range(1, HIGHEST_SCORE + 1), "skip")
        )

    def _digest(self, item: Item) -> bytes:
        """What decides place and sides: random, and the same whenever this rater comes back, whatever else is added."""
        said = [str(self.study.seed), self.study.name, self.rater, *sorted(item.subject)]
        return hashlib.sha256("\n".join(said).encode()).digest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _text(field: str, given: object, example: str) -> str:
    text = " ".join(given.split()) if isinstance(given, str) else ""
    if not text or len(text) > LONGEST_TEXT:
        what = f"is longer than {LONGEST_TEXT} characters" if text else "is empty or not text"
        raise RequestError([Problem(field, f"{what}.", example)])
    return text


def _kind(given: object) -> Kind:
    for kind in KINDS:
        if given == kind:
            return kind
    near = nearest(given, KINDS) if isinstance(given, str) else ""
    message = f"{described(given)} is neither 'pairs' nor 'scale'."
    raise RequestError([Problem("kind", message, near and f"kind={near!r}")])


def _seed(given: object) -> int:
    seed = plain_scalar(given)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise RequestError([Problem("seed", f"{described(given)} is not a whole number from 0.", "seed=0")])
    return seed


def _check_same_study(study: Study, entries: StudyEntries) -> None:
    """Raise RequestError if the store has judgements under this name that answer something else."""
    for each in entries.judgements:
        if each.id in entries.withdrawn or (each.kind, each.question, each.by) == (
            study.kind,
            study.question,
            study.by,
        ):
            continue
        count = counted(len(entries.judgements), "judgement")
        asked = f"{shown(each.question, 80)}, kind={each.kind!r}, by={each.by!r}"
        message = f"the study {study.name!r} has {count} already, which answer another question: {asked}."
        raise RequestError([Problem("name", message, "another name, or the same question")])

"""Blind judgements of pictures: a file for each study, to which every judgement adds one line of JSON.

::

    .vidgo/ratings/<study>.jsonl             in a folder
    .vidgo/ratings/<study>.<writer>.jsonl    at a URL, where no file can be added to: one for each process that writes

No line is ever changed, and a judgement that is taken back stays, with a line that withdraws it. Each line has an id
of its own, so their order means nothing: version control may merge two copies of a file as the union of their lines.
Whoever edits the file cannot harm more than the lines that are edited: each is read for itself.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from vidgo_notebook.domain.untrusted_json import read_json
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.file_names import DIGEST
from vidgo_notebook.store.results.local_files import Files
from vidgo_notebook.store.results.plain_files import PlainFileError
from vidgo_notebook.visible_text import visible_name

Kind: TypeAlias = Literal["pairs", "scale"]
KINDS: tuple[Kind, ...] = ("pairs", "scale")
QUESTION, QUESTION_OF_ONE = "Which is closer to the prompt?", "How close is it to the prompt?"
"""What is asked of pairs, and of single pictures, unless something else is given."""
CHOICES = ("left", "right", "tie", "skip")
HIGHEST_SCORE = 7
"""Scores are whole numbers from 1."""
LONGEST_TEXT = 500
"""Characters of a question, a condition or the name of a rater."""

_FOLDER = "ratings"
_FILE = re.compile(r"([^./\\]+)(?:\.[0-9a-f]{12})?\.jsonl")
_NAME = re.compile(r"\w[\w -]{0,63}")
_OF_WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{32}")
_LONE = re.compile(r"[\ud800-\udfff]")  # half of a character, which no file can hold
_MOST_BYTES = 16 * 1024 * 1024
_MOST_LINES = 100_000
_MOST_VALUES = 64  # of a line
_CURE = "Correct the line, or remove it; version control has what it said before."
_CONFLICT = re.compile(rb"<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|")


@dataclass(frozen=True, slots=True)
class Judged:
    """A picture, by the SHA-256 of its bytes, and the condition that it was made under."""

    digest: str
    condition: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rater said of two pictures or one, at a ``time`` in UTC.

    ``pictures`` are the left and the right one, or the only one. ``choice`` is left, right, tie or skip for a pair; for
    one picture it is '' or skip, and ``score`` is from 1 to 7. ``order`` is its place in the order in which ``seed``
    put everything for this rater. ``emulated`` is whether one of the pictures is a stand-in.
    """

    id: str
    study: str
    rater: str
    time: str
    kind: Kind
    question: str
    by: str
    pictures: tuple[Judged, ...]
    choice: str
    score: int | None
    seed: int
    order: int
    emulated: bool

    @property
    def subject(self) -> frozenset[str]:
        """The digests of the pictures, whichever was on the left."""
        return frozenset(each.digest for each in self.pictures)

    @property
    def skipped(self) -> bool:
        """Whether the rater made no choice."""
        return self.choice == "skip"

    def to_json(self) -> str:
        """One line, its keys sorted."""
        values: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        sides = ("left", "right") if self.kind == "pairs" else ("picture",)
        values |= {
            side: {"condition": each.condition, "digest": each.digest}
            for side, each in zip(sides, self.pictures, strict=True)
        }
        values |= {"choice": self.choice} if self.kind == "pairs" else {"score": self.score}
        return _line(values)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That a rater took a judgement back."""

    id: str
    study: str
    rater: str
    time: str
    withdraws: str

    def to_json(self) -> str:
        """One line, its keys sorted."""
        return _line({name: getattr(self, name) for name in _OF_WITHDRAWALS})


Entry = Judgement | Withdrawal
_PLAIN = ("id", "study", "rater", "time", "kind", "question", "by", "seed", "order", "emulated")
_OF_WITHDRAWALS = ("id", "study", "rater", "time", "withdraws")


@dataclass(frozen=True, slots=True)
class StudyEntries:
    """The lines of a study that can be used, by their ids; the lines that can't; and how many were there twice."""

    entries: Mapping[str, Entry]
    faults: tuple[Fault, ...]
    doubled: int

    @property
    def withdrawn(self) -> frozenset[str]:
        """The ids of the judgements that were taken back."""
        return frozenset(each.withdraws for each in self.entries.values() if isinstance(each, Withdrawal))

    @property
    def judgements(self) -> list[Judgement]:
        """Every judgement, also those that were taken back, in the order in which they were made."""
        found = [each for each in self.entries.values() if isinstance(each, Judgement)]
        return sorted(found, key=lambda each: (each.time, each.order, each.id))


class Judgements:
    """Those of a store. Raises StoreError only."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def studies(self) -> list[str]:
        """The names of all studies."""
        return sorted({found[1] for name in self._names() if (found := _FILE.fullmatch(name))})

    def add(self, entries: Iterable[Entry]) -> None:
        """Add lines to the studies that they belong to, durably, one after another."""
        with self._files.guarded("written"):
            for entry in entries:
                self._files.append(f"{_FOLDER}/{entry.study}.jsonl", f"{entry.to_json()}\n".encode())

    def of(self, study: str) -> StudyEntries:
        """What is known of a study; nothing of one that is not there."""
        lines, faults = list[tuple[str, Entry]](), list[Fault]()
        for name in self._names():
            if (found := _FILE.fullmatch(name)) and found[1] == study:
                read, wrong = self._lines(f"{_FOLDER}/{name}", study)
                lines, faults = [*lines, *read], [*faults, *wrong]
        return _told_apart(lines, faults)

    def faults(self) -> list[Fault]:
        """The lines of all studies that can't be used."""
        return [fault for study in self.studies() for fault in self.of(study).faults]

    def _names(self) -> list[str]:
        with self._files.guarded("read"):
            return sorted(self._files.names(_FOLDER))

    def _lines(self, name: str, study: str) -> tuple[list[tuple[str, Entry]], list[Fault]]:
        """The lines of a file that can be used, each with its place, and what is wrong with the others."""
        try:
            with self._files.guarded("read"), suppress(FileNotFoundError):
                return read_lines(self._files.read(name, _MOST_BYTES), name, study)
        except PlainFileError as error:
            return [], [Fault(name, error.message, error.hint)]
        return [], []


def read_lines(data: bytes, name: str, study: str) -> tuple[list[tuple[str, Entry]], list[Fault]]:
    """The lines of the file ``name`` that can be used, each with its place, and what is wrong with the others."""
    lines = data.split(b"\n")
    if len(lines) > _MOST_LINES:
        return [], [Fault(name, f"it has more than {_MOST_LINES:,} lines, and was not read", "Move the file away.")]
    found, faults = list[tuple[str, Entry]](), list[Fault]()
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = f"{name}, line {number:,}"
            try:
                found.append((place, read_line(line, study)))
            except ValueError as error:
                faults.append(Fault(place, f"{error}", _CURE))
    return found, faults


def _told_apart(lines: Iterable[tuple[str, Entry]], faults: list[Fault]) -> StudyEntries:
    """A line that is there twice counts once; of lines that have one id and differ, none counts."""
    entries, places, doubled = dict[str, Entry](), dict[str, str](), 0
    differing = set[str]()
    for place, entry in lines:
        known = entries.setdefault(entry.id, entry)
        if known == entry:
            doubled += place != places.setdefault(entry.id, place)
        else:
            differing.add(entry.id)
            first = places[entry.id].rpartition(", ")[2]
            faults.append(Fault(place, f"it has the id of {first} and says something else, so neither counts", _CURE))
    kept = {name: entry for name, entry in entries.items() if name not in differing}
    return StudyEntries(kept, tuple(faults), doubled)


def read_line(line: bytes, study: str) -> Entry:
    """The judgement or the withdrawal in a line. Raises ValueError, which says in words what is wrong with it."""
    if _CONFLICT.match(line):
        raise ValueError("a conflict marker of version control")
    try:
        values = read_json(line, most=_MOST_VALUES)
    except ValueError:
        raise ValueError("it is not JSON, or cut off") from None
    if not isinstance(values, dict):
        raise ValueError("it is not an object")
    of_both = {
        "id": _match(values, "id", _ID, "32 hexadecimal digits"),
        "study": _text(values, "study"),
        "rater": _text(values, "rater"),
        "time": _time(values),
    }
    if of_both["study"] != study:
        raise ValueError(f"it belongs to the study {visible_name(of_both['study'])!r}")
    if "withdraws" in values:
        return Withdrawal(**of_both, withdraws=_match(values, "withdraws", _ID, "32 hexadecimal digits"))
    return _judgement(values, of_both)


def _judgement(values: Mapping[str, Any], of_both: Mapping[str, str]) -> Judgement:
    kind: Kind = _one_of(values, "kind", KINDS)
    pairs = kind == "pairs"
    pictures = tuple(_judged(values, side) for side in (("left", "right") if pairs else ("picture",)))
    if pairs and pictures[0].digest == pictures[1].digest:
        raise ValueError("left and right are the same picture")
    if pairs and pictures[0].condition == pictures[1].condition:
        raise ValueError("left and right have the same condition")
    score = None if pairs else _whole(values, "score", 1, HIGHEST_SCORE, none=True)
    choice = _one_of(values, "choice", CHOICES) if pairs else "" if score else "skip"
    if type(emulated := values.get("emulated")) is not bool:
        raise ValueError("emulated is neither true nor false")
    return Judgement(
        **of_both,
        kind=kind,
        question=_text(values, "question"),
        by=_text(values, "by"),
        pictures=pictures,
        choice=choice,
        score=score,
        seed=_whole(values, "seed", 0, 2**63) or 0,
        order=_whole(values, "order", 1, 10**9) or 1,
        emulated=emulated,
    )


def _judged(values: Mapping[str, Any], side: str) -> Judged:
    given = values.get(side)
    if not isinstance(given, dict):
        raise ValueError(f"{side} is not a picture with its condition")
    return Judged(_match(given, "digest", DIGEST, "a SHA-256 in hexadecimal"), _text(given, "condition"))


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT or _LONE.search(value):
        raise ValueError(f"{name} is not a text of at most {LONGEST_TEXT} characters")
    return value


def _match(values: Mapping[str, Any], name: str, pattern: re.Pattern[str], what: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{name} is not {what}")
    return value


def _one_of(values: Mapping[str, Any], name: str, allowed: tuple[Any, ...]) -> Any:
    value = values.get(name)
    if value not in allowed:
        raise ValueError(f"{name} is not one of {', '.join(allowed)}")
    return value


def _whole(values: Mapping[str, Any], name: str, least: int, most: int, *, none: bool = False) -> int | None:
    value = values.get(name)
    if value is None and none and name in values:
        return None
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} is not a whole number from {least} to {most:,}")
    return value


def _time(values: Mapping[str, Any]) -> str:
    value = _text(values, "time")
    try:
        known = datetime.fromisoformat(value).tzinfo
    except ValueError:
        known = None
    if known is None:
        raise ValueError("time is not a time with its zone, such as 2026-11-30T09:15:00+00:00")
    return value


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def study_name(given: object, known: Iterable[str] = ()) -> str:
    """The name of a study, which names its file. RequestError for one that can't, and for one that differs from a
    ``known`` one in letter case alone: on some systems both have one file."""
    name = unicodedata.normalize("NFC", given).strip() if isinstance(given, str) else ""
    if not _NAME.fullmatch(name) or _OF_WINDOWS.fullmatch(name):
        message = "must be letters, digits, spaces, hyphens and underscores, at most 64: it names a file."
        raise RequestError([Problem("name", message, "name='study'")])
    for other in known:
        if other != name and other.casefold() == name.casefold():
            raise RequestError([Problem("name", f"there is a study of this name already: {other!r}.", repr(other))])
    return name

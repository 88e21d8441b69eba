"""Judgements of pictures: added line by line, never changed, and read line by line, whoever edited the file."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.stores import FolderFiles, StoreFiles
from vidgo_notebook.errors import RequestError, StoreError
from vidgo_notebook.store.results.judgements import Entry, Judged, Judgement, Withdrawal, study_name
from vidgo_notebook.store.results.local_files import LocalFolder
from vidgo_notebook.store.results.result_store import ResultStore

LOW, HIGH = Judged("a" * 64, "low"), Judged("b" * 64, "high")
TIME = "2026-11-30T09:15:00+00:00"
PAIR = Judgement("1" * 32, "study", "ada", TIME, "pairs", "Which?", "quality", (LOW, HIGH), "left", None, 0, 1, False)
SCORE = replace(PAIR, id="2" * 32, kind="scale", pictures=(HIGH,), choice="", score=5, order=2, emulated=True)
BACK = Withdrawal("3" * 32, "study", "ada", TIME, PAIR.id)
ONE = {"kind": "scale", "picture": {"condition": "low", "digest": "a" * 64}}
EVERY: list[Entry] = [PAIR, SCORE, BACK]


def text_of(*entries: Entry) -> str:
    return "".join(f"{each.to_json()}\n" for each in entries)


@pytest.fixture
def file(folder: Path) -> Path:
    path = folder / ".vidgo" / "ratings" / "study.jsonl"
    path.parent.mkdir(parents=True)
    return path


def test_what_is_added_is_read_by_whoever_opens_the_store(store: ResultStore, stored: StoreFiles) -> None:
    store.judgements.add([PAIR])
    store.judgements.add([SCORE, BACK])
    there = stored.open().judgements
    assert there.studies() == ["study"]
    found = there.of("study")
    assert (found.entries, found.faults, found.doubled) == ({each.id: each for each in EVERY}, (), 0)
    assert (found.judgements, found.withdrawn) == ([PAIR, SCORE], {PAIR.id})
    assert there.of("another").entries == {}


def test_a_judgement_is_one_line_of_json_with_the_fields_that_are_documented(folder: Path) -> None:
    ResultStore(folder / ".vidgo").judgements.add([PAIR, SCORE])
    pair, score = map(json.loads, (folder / ".vidgo" / "ratings" / "study.jsonl").read_text().splitlines())
    of_both = {"by", "emulated", "id", "kind", "order", "question", "rater", "seed", "study", "time"}
    assert {*pair} == of_both | {"left", "right", "choice"}
    assert {*score} == of_both | {"picture", "score"}
    assert pair["left"] == {"condition": "low", "digest": "a" * 64}


def test_writers_that_add_at_once_lose_no_line(store: ResultStore, stored: StoreFiles) -> None:
    """Several threads and connections, as kernels on several machines are."""
    start, machines = threading.Barrier(4), [stored.open() for _ in range(4)]
    made = [[replace(PAIR, id=f"{who}{number:031x}") for number in range(5)] for who in range(4)]

    def write(who: int) -> None:
        start.wait()
        for each in made[who]:
            machines[who].judgements.add([each])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    found = stored.open().judgements.of("study")
    assert ({*found.entries}, found.faults) == ({each.id for group in made for each in group}, ())


def test_a_line_that_was_cut_off_is_named_and_costs_no_other(folder: Path, file: Path) -> None:
    """As when the disk was full, or the kernel was killed, in the middle of a line."""
    file.write_text(text_of(PAIR) + text_of(SCORE)[:80])
    judgements = ResultStore(folder / ".vidgo").judgements
    judgements.add([BACK])
    found = judgements.of("study")
    assert {*found.entries} == {PAIR.id, BACK.id}
    assert [str(each) for each in found.faults] == [
        "ratings/study.jsonl, line 2: it is not JSON, or cut off. Correct the line, or remove it; "
        "version control has what it said before."
    ]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"choice": "both"}, "choice is not one of left, right, tie, skip"),
        ({"choice": ["left"]}, "choice is not one of"),
        ({"kind": "stars"}, "kind is not one of pairs, scale"),
        (
            {"kind": "scale", "picture": {"condition": "low", "digest": "a" * 64}, "score": 9},
            "score is not a whole num",
        ),
        ({"kind": "scale", "picture": {"condition": "low", "digest": "a" * 64}, "score": 3.5}, "score is not a whole"),
        ({"kind": "scale"}, "picture is not a picture with its condition"),
        ({"left": "low"}, "left is not a picture with its condition"),
        ({"left": {"condition": "low", "digest": "../../x"}}, "digest is not a SHA-256 in hexadecimal"),
        ({"left": {"condition": 3, "digest": "a" * 64}}, "condition is not a text of at most 500 characters"),
        ({"right": {"condition": "low", "digest": "c" * 64}}, "left and right have the same condition"),
        ({"right": {"condition": "low", "digest": "a" * 64}}, "left and right are the same picture"),
        ({"rater": ""}, "rater is not a text"),
        ({"rater": "x" * 501}, "rater is not a text"),
        ({"rater": "\ud800"}, "rater is not a text"),
        ({"question": None}, "question is not a text"),
        ({"time": "yesterday"}, "time is not a time with its zone"),
        ({"time": "2026-11-30T09:15:00"}, "time is not a time with its zone"),
        ({"seed": -1}, "seed is not a whole number from 0"),
        ({"order": True}, "order is not a whole number from 1"),
        ({"emulated": "no"}, "emulated is neither true nor false"),
        ({"id": 7}, "id is not 32 hexadecimal digits"),
        ({"study": "other"}, "it belongs to the study 'other'"),
        ({"withdraws": "the last one"}, "withdraws is not 32 hexadecimal digits"),
    ],
)
def test_an_edited_line_is_left_out_and_named(changed: dict[str, object], why: str, folder: Path, file: Path) -> None:
    edited = json.dumps({**json.loads(PAIR.to_json()), **changed})
    file.write_text(f"{edited}\n\n{text_of(SCORE)}")
    found = ResultStore(folder / ".vidgo").judgements.of("study")
    assert ({*found.entries}, len(found.faults)) == ({SCORE.id}, 1)
    assert str(found.faults[0]).startswith("ratings/study.jsonl, line 1: ")
    assert why in str(found.faults[0])


@pytest.mark.parametrize("line", [b"[]", b"7", b"null", b"\xff\xfe\x00", b"[" * 50_000, b"{}", b'{"a": 1e999}'])
def test_whatever_a_line_holds_it_stops_nothing(line: bytes, folder: Path, file: Path) -> None:
    file.write_bytes(line + b"\n" + text_of(SCORE).encode())
    found = ResultStore(folder / ".vidgo").judgements.of("study")
    assert ({*found.entries}, len(found.faults)) == ({SCORE.id}, 1)


def test_a_merge_by_union_counts_each_line_once_and_one_with_markers_names_them(folder: Path, file: Path) -> None:
    file.write_text(text_of(PAIR, SCORE, SCORE, PAIR))
    found = ResultStore(folder / ".vidgo").judgements.of("study")
    assert (len(found.entries), found.doubled, found.faults) == (2, 2, ())
    file.write_text(f"<<<<<<< ours\n{text_of(PAIR)}=======\n{text_of(SCORE)}>>>>>>> theirs\n")
    found = ResultStore(folder / ".vidgo").judgements.of("study")
    assert [each.problem for each in found.faults] == ["a conflict marker of version control"] * 3
    assert len(found.entries) == 2


def test_of_two_lines_with_one_id_that_differ_none_counts(folder: Path, file: Path) -> None:
    """Whichever of them was edited, and in whatever order a merge put them."""
    for lines in ((PAIR, replace(PAIR, choice="right")), (replace(PAIR, choice="right"), PAIR)):
        file.write_text(text_of(*lines, SCORE))
        found = ResultStore(folder / ".vidgo").judgements.of("study")
        assert {*found.entries} == {SCORE.id}
        assert "it has the id of line 1 and says something else, so neither counts" in str(found.faults[0])


@pytest.mark.parametrize("size", ["bytes", "lines"])
def test_a_file_that_is_too_large_is_named_and_not_read(size: str, folder: Path, file: Path) -> None:
    file.write_bytes(b"x" * (17 * 1024 * 1024) if size == "bytes" else b"\n" * 100_001)
    found = ResultStore(folder / ".vidgo").judgements.of("study")
    assert (found.entries, len(found.faults)) == ({}, 1)
    assert "read" in found.faults[0].problem


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_is_neither_read_nor_written(folder: Path, file: Path) -> None:
    (folder / "mine.txt").write_text("mine")
    file.symlink_to(folder / "mine.txt")
    judgements = ResultStore(folder / ".vidgo").judgements
    assert "is a link" in str(judgements.of("study").faults[0])
    with pytest.raises(StoreError, match="is a link"):
        judgements.add([PAIR])
    assert (folder / "mine.txt").read_text() == "mine"


def test_a_store_that_cannot_be_written_says_so(folder: Path) -> None:
    (folder / "file").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="can't be written"):
        ResultStore(folder / "file").judgements.add([PAIR])


def test_a_folder_made_from_a_store_at_a_url_is_read_too(folder: Path, file: Path) -> None:
    """Copied by hand: there each process writes a file of its own."""
    file.write_text(text_of(PAIR))
    file.with_name("study.0123456789ab.jsonl").write_text(text_of(PAIR, SCORE))
    file.with_name("notes.txt").write_text("mine")
    judgements = FolderFiles(folder / ".vidgo").open().judgements
    assert judgements.studies() == ["study"]
    assert len(judgements.of("study").entries) == 2


@pytest.mark.parametrize(
    "given", ["", " ", "a/b", "..", "../x", "a\\b", "a.b", "nul", "COM1", "x" * 65, "a\nb", None, 5]
)
def test_a_name_that_cannot_be_that_of_a_file_is_refused(given: object) -> None:
    with pytest.raises(RequestError, match="name must be letters, digits") as caught:
        study_name(given)
    assert "Write name='study'" in str(caught.value)


def test_names_that_differ_in_letter_case_alone_are_refused() -> None:
    assert study_name(" Étude 2 ", ["Study"]) == "Étude 2"
    with pytest.raises(RequestError, match="there is a study of this name already: 'Study'"):
        study_name("study", ["Study"])


def test_nothing_is_synced_less_than_the_line_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judgement that was shown as kept is on the disk."""
    synced: list[int] = []
    really = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: (synced.append(os.fstat(descriptor).st_size), really(descriptor))
    )
    LocalFolder(folder / ".vidgo").append("ratings/study.jsonl", b"one\n")
    assert 4 in synced

"""Two authors on two branches who buy the same: real Git merges the stores, and both purchases stay known."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.live_session import LiveSession, OpenLiveSession
from vidgo_notebook.app.commands.doctor import check_store
from vidgo_notebook.app.library.branches import conflicts, merge
from vidgo_notebook.app.library.export import export_results
from vidgo_notebook.app.library.freeze import freeze
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.result_store import ResultStore

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="Git is not installed")
WHO = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")


def git(folder: Path, *words: str) -> str:
    made = subprocess.run(["git", *WHO, *words], cwd=folder, capture_output=True, text=True, check=False)
    return made.stdout + made.stderr


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "bought")


class Authors:
    """Two clones of a repository, each with a session and a journal of its own, and what each of them bought."""

    def __init__(self, open_live: OpenLiveSession, folder: Path) -> None:
        self._open_live = open_live
        self.one, self.two = folder / "one", folder / "two"
        self.one.mkdir()
        git(self.one, "init", "-q")
        self.live(self.one).made("A cup")
        commit(self.one)
        git(folder, "clone", "-q", "one", "two")

    def live(self, folder: Path) -> LiveSession:
        return self._open_live(store=str(folder / ".vidgo"), journal=str(folder.parent / f"{folder.name}.sqlite3"))

    def buy(self, folder: Path, prompt: str = "A red bicycle") -> Result:
        result = self.live(folder).made(prompt)
        commit(folder)
        return result

    def pull(self, into: Path, other: Path) -> str:
        return git(into, "pull", "-q", "--no-rebase", str(other), "main")


@pytest.fixture
def authors(open_live: OpenLiveSession, folder: Path) -> Authors:
    return Authors(open_live, folder)


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / ".vidgo/results").iterdir()}


def test_a_merge_leaves_a_sound_record_and_doctor_says_what_both_bought(authors: Authors) -> None:
    ours, theirs = authors.buy(authors.one), authors.buy(authors.two)
    assert ours.digest != theirs.digest
    assert "CONFLICT" in authors.pull(authors.one, authors.two)
    live = authors.live(authors.one)
    assert live.session.store.find(ours.record.fingerprint) == ours.record, "no marks are written into a record"
    assert live.session.store.picture(theirs.record), "both pictures are there"
    (row,) = check_store(live.session)
    assert row.file == f"results/{ours.record.fingerprint}.json" and "doctor --merge" in row.cure
    assert all(text in row.problem for text in ("'A red bicycle'", ours.digest[:12], theirs.digest[:12], "2 credits"))


def test_merging_keeps_both_purchases_and_both_authors_come_to_the_same_store(authors: Authors) -> None:
    ours, theirs = authors.buy(authors.one), authors.buy(authors.two)
    first = min(ours, theirs, key=lambda each: (each.record.finished, each.record.to_json()))
    git(authors.one, "branch", "before")
    for into, other, branch in ((authors.one, authors.two, "main"), (authors.two, authors.one, "before")):
        git(into, "pull", "-q", "--no-rebase", str(other), branch)
        store = ResultStore(into / ".vidgo")
        settled, left = merge(store)
        assert [record.digest for record in settled] == [first.digest] and left == []
        commit(into)
        assert git(into, "status", "--short") == "" and not conflicts(store)
    assert state(authors.one) == state(authors.two)
    contents = ResultStore(authors.one / ".vidgo").contents()
    assert not contents.faults and len(contents.current) == 2
    assert {first.digest, *(record.digest for _, record in contents.superseded)} == {ours.digest, theirs.digest}
    assert [record.charged for _, record in contents.superseded] == ["2"]
    live = authors.live(authors.one)
    asked = live.emulator.count("submit")
    assert live.made("A red bicycle").digest == first.digest and live.emulator.count("submit") == asked
    fresh = live.made("A red bicycle", fresh=True)
    assert len(list(live.session.store.superseded(fresh.record.fingerprint))) == 2, (
        "a fresh purchase loses none of them"
    )


def test_an_export_after_a_merge_has_both_purchases(authors: Authors, tmp_path: Path) -> None:
    ours, theirs = authors.buy(authors.one), authors.buy(authors.two)
    authors.pull(authors.one, authors.two)
    merge(ResultStore(authors.one / ".vidgo"))
    live = authors.live(authors.one)
    live.made("A red bicycle")
    for everything, paid in ((True, 6), (False, 4)):
        report = export_results(live.session, tmp_path / "out", everything=everything)
        pictures = [path.read_bytes() for path in (tmp_path / "out" / "pictures").iterdir()]
        assert {ours.bytes, theirs.bytes} <= set(pictures)
        assert "1 further image was bought again afterwards and not used." in report.methods
        assert f"was {paid} credits" in report.methods


def test_different_requests_and_ratings_merge_by_themselves(authors: Authors) -> None:
    for folder, prompt in ((authors.one, "A red bicycle"), (authors.two, "A blue bicycle")):
        (folder / ".vidgo/ratings").mkdir()
        (folder / ".vidgo/ratings/study.jsonl").write_text(f'{{"rater": "{prompt}"}}\n')
        authors.buy(folder, prompt)
    assert "CONFLICT" not in authors.pull(authors.one, authors.two)
    assert len(ResultStore(authors.one / ".vidgo").contents().current) == 3
    lines = (authors.one / ".vidgo/ratings/study.jsonl").read_text().splitlines()
    assert sorted(lines) == ['{"rater": "A blue bicycle"}', '{"rater": "A red bicycle"}']


def test_a_seed_and_a_mark_that_two_branches_wrote_are_named_with_what_to_do(authors: Authors) -> None:
    for number, folder in enumerate((authors.one, authors.two)):
        authors.buy(folder, f"bicycle {number}")
        live = authors.live(folder)
        live.session.store.seeds.keep("a" * 64, number)
        freeze(live.session)
        commit(folder)
    authors.pull(authors.one, authors.two)
    live = authors.live(authors.one)
    assert live.session.store.seeds.find("a" * 64) == 0
    rows = {row.file: row.cure for row in check_store(live.session)}
    seed = f"seeds/{'a' * 64}.json"
    assert "thaw" in rows["frozen.json"] and "git checkout --ours" in rows[seed]
    command = rows[seed].partition("git checkout --ours -- ")[2].partition(",")[0].strip('"')
    git(authors.one, "checkout", "--theirs", "--", command)
    live.session.store.mark.remove()
    assert ResultStore(authors.one / ".vidgo").seeds.find("a" * 64) == 1, "the command does what it says"


def test_marks_of_a_conflict_that_another_tool_wrote_are_damage_that_names_the_commands(authors: Authors) -> None:
    ours = authors.buy(authors.one)
    authors.buy(authors.two)
    (authors.one / ".vidgo/.gitattributes").write_text("* text\n")
    commit(authors.one)
    authors.pull(authors.one, authors.two)
    store = ResultStore(authors.one / ".vidgo")
    with pytest.raises(StoreError, match="merge conflict") as caught:
        store.find(ours.record.fingerprint)
    command = str(caught.value).partition("git checkout --ours -- ")[2].partition(",")[0].strip('"')
    git(authors.one, "checkout", "--ours", "--", command)
    assert store.find(ours.record.fingerprint) == ours.record


def test_outside_a_repository_and_without_git_there_is_nothing_to_merge(
    open_live: OpenLiveSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_live().made("A cup").store
    assert store and conflicts(store) == []
    monkeypatch.setenv("PATH", "")
    assert conflicts(store) == [] and merge(store) == ([], [])
    assert conflicts(ResultStore("memory://branches")) == []


def test_git_runs_no_program_that_a_repository_names(authors: Authors, folder: Path) -> None:
    git(authors.one, "config", "core.fsmonitor", f"touch {folder / 'was-run'}")
    assert conflicts(ResultStore(authors.one / ".vidgo")) == []
    assert not (folder / "was-run").exists()

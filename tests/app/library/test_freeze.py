"""A frozen store is finished: its notebooks show what it holds, whoever runs them, and nothing is bought into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession, ask, new_request
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.commands.doctor import check_store
from vidgo_notebook.app.library.export import export_results
from vidgo_notebook.app.library.freeze import freeze, thaw
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.purchase.resolve import resolve_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.origins import Outside
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.app.status import standing
from vidgo_notebook.emulator import Fault
from vidgo_notebook.errors import ReplayError, StoreError

MARK = Path(".vidgo/frozen.json")
SEED = "b" * 64


@pytest.fixture
def author(open_session: OpenSession, local_api: LocalApi) -> Session:
    """A session whose store has two pictures, and is frozen."""
    session = open_session()
    ask(session).wait(90)
    ask(session, "A blue bicycle").wait(90)
    freeze(session)
    return session


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, sessions: list[Session]) -> Callable[..., Session]:
    """Opens a session of somebody with a profile and environment of their own."""

    def put(profile: dict[str, Any] | None = None, **environment: str) -> Session:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        given = Outside({**origins.outside.environment, **environment})
        given.read_profile(profile or {})
        monkeypatch.setattr(origins, "outside", given)
        settings = Vidgo(config=Config({"Vidgo": profile or {}}))
        sessions.append(Session(settings, attended=lambda: False, ask=lambda _: False))
        return sessions[-1]

    return put


def test_in_auto_a_frozen_store_is_replayed_although_there_is_a_key(
    author: Session, open_session: OpenSession, local_api: LocalApi
) -> None:
    sent = local_api.submits
    for mode in ("auto", "live"):
        reader = open_session(mode=mode)
        assert ask(reader).result(0).record.prompt == "A red bicycle"
        with pytest.raises(ReplayError, match="store is frozen, and it has no picture for 'A green bicycle'") as caught:
            ask(reader, "A green bicycle")
        assert "vidgo thaw" in str(caught.value)
    assert local_api.submits == sent
    assert "replay (the store is frozen)" in str(standing(reader))


def test_the_seeds_of_random_prompts_are_frozen_too(author: Session, open_session: OpenSession) -> None:
    thaw(author)
    author.store.seeds.keep(SEED, 7)
    freeze(author)
    reader, file = open_session(mode="replay"), Path(f".vidgo/seeds/{SEED}.json")
    assert reader.store.seeds.find(SEED) == 7 and not list(check_store(reader))
    for change, said in ((lambda: file.write_text('{"seed": 8}'), "was edited"), (file.unlink, "is missing")):
        change()
        with pytest.raises(StoreError, match=said):
            reader.store.seeds.find(SEED)
        (row,) = check_store(reader)
        assert (row.file, row.serious) == (f"seeds/{SEED}.json", True) and said in row.problem
    file.write_text('{"seed": 7}')
    added = file.with_name(f"{'c' * 64}.json")
    added.write_text('{"seed": 1}')
    assert reader.store.seeds.find("c" * 64) is None
    (row,) = check_store(reader)
    assert "added after" in row.problem and not row.serious
    file.write_text("damaged")
    thaw(author)
    with pytest.raises(StoreError, match="not whole"):
        freeze(author)


def test_a_mark_from_before_the_seeds_is_read(author: Session, open_session: OpenSession) -> None:
    values = json.loads(MARK.read_bytes())
    del values["seeds"]
    MARK.write_text(json.dumps(values))
    assert ask(open_session(mode="auto")).result(0).record.prompt == "A red bicycle"


def test_whoever_reads_it_sees_the_pictures_whatever_address_is_set(
    author: Session, open_session: OpenSession, local_api: LocalApi
) -> None:
    for mode in ("auto", "emulator", "replay"):
        reader = open_session(mode=mode, base_url="https://api.vidgo.ai")
        assert ask(reader).result(0).record.provider == author.target.provider


def test_in_emulator_mode_what_is_missing_is_a_stand_in_that_changes_nothing(
    author: Session, open_session: OpenSession
) -> None:
    reader = open_session(mode="emulator", base_url="https://api.vidgo.ai")
    assert ask(reader, "A green bicycle").result(90).record.provider == "emulator"
    with pytest.raises(ReplayError):
        ask(open_session(), "A green bicycle")


def test_a_personal_default_of_the_reader_asks_for_nothing_else(
    local_api: LocalApi, outside: Callable[..., Session]
) -> None:
    session = outside({"quality": "medium"})
    assert ask(session, quality=None).result(90).record.fields["quality"] == "medium"
    freeze(session)
    reader = outside({"quality": "high", "size": "16:9"})
    assert ask(reader, quality=None).result(0).record.fields["quality"] == "medium"
    assert (reader.settings.quality, reader.settings.size) == ("medium", None)
    assert reader.settings.origin_of("quality").value == "frozen store"
    configure(reader.settings, quality="low")  # the notebook's own
    assert new_request(reader, "A red bicycle").quality == "low"
    thaw(reader)
    _ = reader.target
    assert (reader.settings.quality, reader.settings.size) == ("low", "16:9")


def test_live_that_is_set_outside_the_notebook_buys_and_thaw_ends_it(
    author: Session, open_session: OpenSession, local_api: LocalApi, outside: Callable[..., Session]
) -> None:
    sent = local_api.submits
    assert ask(outside(VIDGO_MODE="live"), "A green bicycle").result(90)
    assert local_api.submits == sent + 1
    reader = outside(VIDGO_MODE="auto")
    with pytest.raises(ReplayError):  # it came later than the mark
        ask(reader, "A green bicycle")
    assert "thawed" in str(thaw(reader))
    assert ask(reader, "A green bicycle").result(0)
    assert ask(reader, "A grey bicycle").result(90)
    assert "not frozen" in str(thaw(reader))


def test_a_record_that_is_edited_removed_or_added_is_named(
    author: Session, open_session: OpenSession, local_api: LocalApi
) -> None:
    first, second = sorted(Path(".vidgo/results").glob("*.json"))
    edited, removed = json.loads(first.read_text()), json.loads(second.read_text())
    first.write_text(json.dumps({**edited, "charged": "1"}))
    second.unlink()
    added = Path(".vidgo/results", "ab" * 32 + ".json")
    added.write_text("{}")
    reader = open_session()
    quality = edited["fields"]["quality"]
    with pytest.raises(StoreError, match="edited after the store was frozen"):
        ask(reader, edited["prompt"], quality=quality)
    with pytest.raises(ReplayError):
        ask(reader, removed["prompt"], quality=quality)
    found = {fault.file: fault.problem for fault in check_store(reader)}
    assert "edited after" in found[f"results/{first.name}"]
    assert "frozen.json lists it, and it is missing" in found[f"results/{second.name}"]
    assert "added after the store was frozen" in found[f"results/{added.name}"]


def test_a_check_says_that_a_run_would_be_refused_and_names_the_nearest_record(
    author: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [
        new_code_cell(text)
        for text in (
            "%%vidgo a -q high\nA red bicycle",
            "%%vidgo b -q high\nA green bicycle",
            "%%vidgo -q low\nA red bicycle",
            "%%vidgo -q high --fresh\nA red bicycle",
            "%%vidgo --image b\nPut it in rain",
        )
    ]
    nbformat.write(new_notebook(cells=cells), "study.ipynb")
    stored, *missing = check_notebook(Path("study.ipynb")).findings
    assert stored.verdict.value == "in the store"
    assert {each.verdict.value for each in missing} == {"would be refused"}
    assert all(each.detail.startswith("the store is frozen; ") for each in missing)
    green, low, fresh, edit = (each.detail for each in missing)
    assert "the most similar prompt in the store is 'A red bicycle'; thawed and with a key a run would buy it" in green
    assert "the store has it at quality high; " in low
    assert "a fresh picture is asked for" in fresh
    assert "a picture that it is made from is not there either" in edit
    assert main(["check", "study.ipynb"]) == 1
    assert "1 in the store, 0 to buy (0 credits), 4 refused, 0 wrong or damaged" in capsys.readouterr().out


def test_a_check_says_the_same_of_replay_and_that_an_edited_record_is_damage(
    author: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, *_) = sorted(Path(".vidgo/results").glob("*.json"))
    edited = json.loads(first.read_text())
    first.write_text(first.read_text().replace('"charged"', '"charged" '))
    lines = f"%%vidgo -q {edited['fields']['quality']}\n{edited['prompt']}"
    nbformat.write(new_notebook(cells=[new_code_cell(lines)]), "study.ipynb")
    (found,) = check_notebook(Path("study.ipynb")).findings
    assert found.verdict.value == "damaged"
    assert "edited after the store was frozen" in found.detail
    thaw(author)
    monkeypatch.setenv("VIDGO_MODE", "replay")
    nbformat.write(new_notebook(cells=[new_code_cell("%%vidgo\nA green bicycle")]), "study.ipynb")
    (found,) = check_notebook(Path("study.ipynb")).findings
    assert found.verdict.value == "would be refused"
    assert found.detail.startswith("replay mode sends nothing; the most similar prompt in the store is 'A ")


def test_only_a_whole_store_is_frozen(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    with pytest.raises(StoreError, match="no results"):
        freeze(session)
    path = ask(session).result(90).path
    assert path
    path.write_bytes(b"damaged")
    with pytest.raises(StoreError, match="can't be frozen"):
        freeze(session)
    assert not MARK.exists()


def test_what_is_paid_for_and_not_there_yet_comes_first(open_session: OpenSession, local_api: LocalApi) -> None:
    """A picture that arrives in a frozen store would not count."""
    session = open_session()
    ask(session).wait(90)
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    lost = ask(session, "A blue bicycle")
    lost.exception(90)
    with pytest.raises(StoreError, match="1 job of it is under way or uncertain"):
        freeze(session)
    resolve_jobs(session, [lost], "forget", True)
    assert "1 result frozen" in str(freeze(session))


def test_nothing_is_imported_into_it_or_deleted_from_it(author: Session, tmp_path: Path) -> None:
    export_results(author, tmp_path / "crate")
    with pytest.raises(StoreError, match="is frozen"):
        import_results(tmp_path / "crate", author.store)
    with pytest.raises(StoreError, match="is frozen"):
        author.store.remove([])
    with pytest.raises(StoreError, match="frozen already"):
        freeze(author)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": 99}', '{"format": 1, "records": {"x": 5}}', '{"format": 1, "defaults": []}']
)
def test_a_mark_that_can_not_be_read_still_lets_nothing_be_bought(
    text: str, author: Session, open_session: OpenSession, local_api: LocalApi
) -> None:
    sent = local_api.submits
    MARK.write_text(text)
    reader = open_session()
    with pytest.raises(ReplayError, match=r"frozen\.json"):
        ask(reader)
    assert local_api.submits == sent
    assert [fault.file for fault in check_store(reader) if fault.serious][:1] == ["frozen.json"]


def test_the_marks_defaults_are_checked_as_a_strangers(author: Session, open_session: OpenSession) -> None:
    mark = json.loads(MARK.read_text())
    mark["defaults"] = {"model": "evil", "quality": 7, "budget": "100000", "size": "16:9"}
    MARK.write_text(json.dumps(mark))
    reader = open_session()
    _ = reader.target
    assert (reader.settings.model, reader.settings.quality, reader.settings.size) == ("gpt-image-2", None, "16:9")
    assert reader.settings.budget is None

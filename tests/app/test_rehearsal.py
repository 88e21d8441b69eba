"""In a rehearsal nothing can be bought: there is no key, none is taken, and no connection leaves the process."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.orders import new_request
from tests.fixtures.own_models import BANANA, catalogue
from vidgo_notebook.app.connect import connect
from vidgo_notebook.app.library.export import export_results
from vidgo_notebook.app.plan.planning import plan_sweep
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.rehearsal import Kind, Rehearsal
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.origins import REHEARSAL
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.provider import EMULATOR, IN_KERNEL
from vidgo_notebook.errors import AuthenticationError, BudgetError, StoreError, VidgoError
from vidgo_notebook.store.results import cache
from vidgo_notebook.wire.auth import ApiKey

__all__ = ["catalogue"]

SMALL = {"size": "1:1", "resolution": "1K"}


@pytest.fixture
def rehearsal(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    place = tmp_path / "rehearsal"
    place.mkdir()
    found = Rehearsal.begin(place)
    monkeypatch.setenv(REHEARSAL, str(place))
    monkeypatch.setattr(cache, "_used", [])
    return found


def session(**settings: object) -> Session:
    return Session(Vidgo(**settings), attended=lambda: False, ask=lambda _: False)


@pytest.mark.parametrize("mode", ["auto", "live"])
def test_no_mode_and_no_key_makes_a_connection(mode: str, rehearsal: Rehearsal) -> None:
    live = session(mode=mode)
    with pytest.raises(VidgoError, match="nothing is sent"):
        live.account(live.target)
    with pytest.raises(VidgoError, match="nothing is sent"):
        live.balance()
    for api in ("https://api.vidgo.ai", "http://127.0.0.1:1", live.target.api):
        with pytest.raises(VidgoError, match="Nothing is sent"):
            connect(Target("live", api, "vidgo", ("vidgo",)), ApiKey(KEY))
    live.close()


def test_a_model_of_the_users_own_is_written_down_at_its_price(rehearsal: Rehearsal, folder: Path) -> None:
    (folder / "models.toml").write_text(BANANA)
    live = session(mode="live", models_file=str(folder / "models.toml"))
    order_jobs(live, [new_request(live, "A fox", model="nano-banana", extra={"output_format": "png"})])
    [note] = [each for each in rehearsal.notes(0) if each.kind is Kind.BOUGHT]
    assert note.price == 4
    assert "output_format=png" in note.label
    live.close()


def test_a_key_is_neither_found_nor_taken(rehearsal: Rehearsal) -> None:
    keys = session().keys
    assert keys.source == "from VIDGO_API_KEY"  # of the checker, whose store is looked into as with a key
    with pytest.raises(AuthenticationError):
        keys.key()
    with pytest.raises(AuthenticationError):
        keys.type_in(KEY)
    assert KEY not in rehearsal.environment.values()
    assert "VIDGO_API_KEY" not in rehearsal.environment
    assert not any(KEY.encode() in path.read_bytes() for path in rehearsal.folder.rglob("*") if path.is_file())


def test_the_environment_at_the_start_counts_whatever_code_does_to_it_later(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidgo_notebook.app.settings import origins

    monkeypatch.setattr(origins.outside, "at_start", {REHEARSAL: str(rehearsal.folder)})
    monkeypatch.delenv(REHEARSAL)
    with pytest.raises(VidgoError, match="Nothing is sent"):
        connect(Target("live", "https://api.vidgo.ai", "vidgo", ("vidgo",)), ApiKey(KEY))


def test_orders_are_written_down_and_answered_by_stand_ins_that_are_kept_nowhere(
    rehearsal: Rehearsal, folder: Path
) -> None:
    asking = session(budget=30)
    first = order_jobs(asking, [new_request(asking, "A red bicycle", **SMALL)])[0]
    again = order_jobs(asking, [new_request(asking, "A red bicycle", **SMALL)])[0]
    edit = order_jobs(asking, [new_request(asking, "Rain", images=[first], **SMALL)])[0]
    assert (first.status, first.charge, first.provider) == ("finished", 2, "vidgo")
    assert again.charge == 0
    assert edit.result().parents[0].record.fingerprint == first.fingerprint
    assert first.result().image.size == (1024, 1024)
    with pytest.raises(BudgetError):
        order_jobs(asking, [new_request(asking, "Dear", quality="high", size="16:9", resolution="4K")])
    kinds = [(note.kind, note.price) for note in rehearsal.notes(0)]
    assert kinds[:2] == [(Kind.BOUGHT, 2), (Kind.BOUGHT, 2)]
    assert kinds[-1] == (Kind.REFUSED, 48)
    assert {kind for kind, _ in kinds[2:-1]} == {Kind.READ}
    asking.embedded(first.result())
    asking.close()
    assert not any(path.is_file() for path in folder.rglob("*"))
    assert not any(path.is_file() for path in Path.home().rglob("*"))


def test_what_a_stand_in_shows_is_noted_where_the_code_of_the_notebook_looks(rehearsal: Rehearsal) -> None:
    asking = session()
    result = order_jobs(asking, [new_request(asking, "A red bicycle", **SMALL)])[0].result()
    assert [note.kind for note in rehearsal.notes(0)] == [Kind.BOUGHT]
    repr(result)
    asking.embedded(result)
    assert len(rehearsal.notes(0)) == 1
    for look in ("image", "bytes", "path", "digest", "provenance", "record"):
        getattr(result, look)
        assert rehearsal.notes(0)[-1].label == f".{look} of 'A red bicycle'"
    (seen,) = result.lineage
    seen.image  # noqa: B018  looking is what is noted
    assert len(rehearsal.notes(0)) == 8
    order(asking, plan_sweep(asking, None, {"prompt": ["A red bicycle"], **SMALL}, None)).sheet()
    assert rehearsal.notes(0)[-1].label == "a sheet with 'A red bicycle'"
    assert result.save("hero.png") == Path("hero.png")
    assert not Path("hero.png").exists()
    asking.close()


def test_an_export_is_written_to_the_folder_that_is_deleted(rehearsal: Rehearsal) -> None:
    asking = session()
    order_jobs(asking, [new_request(asking, "A red bicycle", **SMALL)])
    export_results(asking, Path("study.zip"), everything=True)
    assert not Path("study.zip").exists()
    asking.close()


def test_a_question_is_answered_yes_and_named(rehearsal: Rehearsal) -> None:
    asking = session(confirm_above=10)
    order_jobs(asking, [new_request(asking, "Dear", quality="high", size="16:9", resolution="4K")])
    (note,) = rehearsal.notes(0)
    assert note.detail.startswith("only if a person answers: This costs 48 credits")
    asking.close()


def test_a_process_that_goes_on_after_the_rehearsal_buys_nothing(rehearsal: Rehearsal) -> None:
    asking = session()
    shutil.rmtree(rehearsal.folder)
    with pytest.raises(StoreError, match="has ended"):
        order_jobs(asking, [new_request(asking, "A red bicycle", **SMALL)])
    with pytest.raises(StoreError, match="has ended"):
        session()
    asking.close()


def test_emulator_mode_is_itself_and_nothing_of_it_is_kept(rehearsal: Rehearsal, folder: Path) -> None:
    asking = session(mode="emulator", base_url="http://127.0.0.1:1")
    assert (asking.target.api, asking.target.provider) == (IN_KERNEL, EMULATOR)
    job = order_jobs(asking, [new_request(asking, "A red bicycle", **SMALL)], PurchaseChoices())[0]
    assert job.result(60).record.provider == EMULATOR
    assert [note.kind for note in rehearsal.notes(0)] == [Kind.EMULATED]
    asking.close()
    assert not (folder / ".vidgo").exists()

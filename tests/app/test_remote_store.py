"""A session whose store lies at a URL: everything a user does with a folder works with it too."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import new_request
from vidgo_notebook.app import status as reports
from vidgo_notebook.app.commands.doctor import check_installation
from vidgo_notebook.app.library.index import LibraryIndex
from vidgo_notebook.app.library.select import Selection
from vidgo_notebook.app.plan.table_plan import plan_map
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.errors import RequestError, StoreError


def pixels(data: bytes) -> bytes:
    """The pixels of a picture, decoded."""
    return Image.open(io.BytesIO(data)).tobytes()


@pytest.fixture(autouse=True)
def url(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    """The store's address, in the environment; fresh for each test."""
    address = f"memory://{folder.parent.name}/pictures"
    monkeypatch.setenv("VIDGO_STORE", address)
    return address


def test_a_picture_goes_there_and_its_path_is_a_file_of_this_machine(
    url: str, local_api: LocalApi, open_session: Callable[..., Session]
) -> None:
    session = open_session()
    result = order_jobs(session, [new_request(session, "A red bicycle")])[0].result(90)
    assert result.path is not None
    assert result.path.is_file()
    assert result.path.read_bytes() == result.bytes
    assert session.store.address == url
    assert [record.prompt for record in session.store.contents().current] == ["A red bicycle"]
    assert not (Path.cwd() / ".vidgo").exists()
    embedded, kept = session.embedded(result), session.kept_preview(result)
    assert kept is not None
    assert pixels(embedded.data) == pixels(kept)  # what is embedded is marked besides


def test_the_second_run_buys_nothing_and_a_folder_elsewhere_is_completed_from_it(
    local_api: LocalApi, open_session: Callable[..., Session], folder: Path
) -> None:
    first = open_session()
    order_jobs(first, [new_request(first, "A red bicycle")])[0].result(90)
    again = order_jobs(first, [new_request(first, "A red bicycle")])[0]
    assert (again.done(), again.charge) == (True, Decimal(0))
    other = open_session(store=str(folder / "other"))
    copied = order_jobs(other, [new_request(other, "A red bicycle")])[0]
    assert copied.charge == 0
    assert copied.result().path == other.store.object_path(copied.result().record)
    assert local_api.submits == 1


def test_an_edit_knows_its_parent_there(local_api: LocalApi, open_session: Callable[..., Session]) -> None:
    session = open_session()
    root = order_jobs(session, [new_request(session, "A red bicycle")])[0].result(90)
    edit = order_jobs(session, [new_request(session, "Make it blue", images=root)])[0].result(90)
    assert [parent.digest for parent in edit.parents] == [root.digest]
    assert len(edit.lineage) == 2


@pytest.mark.parametrize("place", ["far", "near"])
def test_a_long_table_is_priced_with_one_listing_of_the_store(
    place: str, local_api: LocalApi, open_session: Callable[..., Session], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session() if place == "far" else open_session(store=str(folder / "near"))
    stored = [new_request(session, f"A bicycle in street {number}") for number in (7, 9)]
    for job in order_jobs(session, stored):
        job.result(90)
    files, asked = session.store.files, list[str]()
    for question in ("names", "exists", "read"):
        real = getattr(files, question)
        monkeypatch.setattr(
            files, question, lambda *about, real=real, question=question: asked.append(question) or real(*about)
        )
    plan = plan_map(session, [{"prompt": f"A bicycle in street {number}"} for number in range(300)], {}, {})
    assert plan.price.stored == 2
    assert asked == ["names"]


def test_doctor_index_and_prune_work_on_it(url: str, local_api: LocalApi, open_session: Callable[..., Session]) -> None:
    session = open_session()
    first = order_jobs(session, [new_request(session, "A red bicycle")])[0].result(90)
    order_jobs(session, [new_request(session, "A red bicycle")], PurchaseChoices(fresh=True))[0].result(90)
    assert any(f"ok: {url}, 1 picture, " in fact.value for fact in check_installation(session))
    index = LibraryIndex(session)
    index.read()
    assert len(index.records) == 1
    assert index.thumbnail(index.records[0])
    found = Selection().find(session.store.contents(), datetime.now(UTC))
    assert [record.digest for _, record in found] == [first.digest]
    session.store.remove(found)
    assert session.store.contents().superseded == ()


def test_nothing_is_sent_when_the_store_can_not_be_written(
    local_api: LocalApi, open_session: Callable[..., Session]
) -> None:
    session = open_session(store="nosuch://place")
    with pytest.raises(StoreError, match="nosuch://place can't be"):
        order_jobs(session, [new_request(session, "A red bicycle")])
    assert local_api.submits == 0


def test_the_password_of_a_store_shows_in_no_setting_and_no_message(
    local_api: LocalApi, open_session: Callable[..., Session]
) -> None:
    session = open_session(store="sftp://ann:hunter2@127.0.0.1:1/x")
    assert session.settings.store == "sftp://ann@127.0.0.1:1/x"
    with pytest.raises(StoreError) as caught:
        order_jobs(session, [new_request(session, "A red bicycle")])
    shown = [str(caught.value), repr(session.settings.trait_values()), str(reports.standing(session))]
    assert "hunter2" not in " ".join([*shown, str(check_installation(session)), str(reports.settings_table(session))])


@pytest.mark.parametrize("address", ["s3://bucket/x?token=hunter2", "sftp://ann:12/hunter2@host/x"])
def test_an_address_that_can_not_be_a_store_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(RequestError, match="store") as caught:
        configure(Vidgo(), store=address)
    assert "hunter2" not in str(caught.value)

"""Room on the disk: counted by what pictures of that kind took before, asked about, and never short for a cache."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession
from tests.fixtures.sample_pictures import picture
from tests.fixtures.users import User
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.catalogue import MODELS, Choice
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.cache import LimitedFolder, most_of_pictures
from vidgo_notebook.store.results.plain_files import PlainFolder

Usage = namedtuple("Usage", "total used free")
ROWS = [{"prompt": f"Mug {number}", "size": "1:1", "resolution": "1K"} for number in range(45)]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The bytes that every disk has left."""
    left = {"free": 0}
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, left["free"]))
    return left


def test_a_disk_with_too_little_room_is_named_before_anything_is_sent(
    disk: dict[str, int], session: Session, local_api: LocalApi, user: User
) -> None:
    disk["free"] = 60_000_000
    with pytest.raises(StoreError) as refused:
        vidgo.map(ROWS)
    text = str(refused.value)
    assert ".vidgo has 60 MB left, and the pictures may take 90 MB" in text
    assert "at about 2 MB for 1K" in text
    assert "add yes=True" in text
    assert local_api.submits == 0
    assert session.budget(session.target.provider).spent == 0


def test_images_of_ones_own_are_counted_once_if_they_are_kept(
    disk: dict[str, int], session: Session, local_api: LocalApi, folder: Path
) -> None:
    photo = picture("BMP", (2000, 1500))
    (folder / "photo.bmp").write_bytes(photo)
    disk["free"] = 4_000_001
    rows = [{**row, "image": "photo.bmp"} for row in ROWS[:2]]
    with pytest.raises(StoreError, match="the pictures may take 13 MB"):
        vidgo.map(rows)
    session.settings.keep_references = False
    assert vidgo.map(rows).wait(60).costs().finished == 2


def test_the_person_or_yes_goes_on_all_the_same(
    disk: dict[str, int], session: Session, local_api: LocalApi, user: User
) -> None:
    disk["free"] = 3_000_000
    assert vidgo.map(ROWS[:2], yes=True).wait(60).costs().finished == 2
    user.there, user.answer = True, True
    assert vidgo.map(ROWS[2:4]).wait(60).costs().finished == 2
    assert "may take" in user.asked[-1]


def test_it_is_counted_by_the_size_that_such_pictures_had(
    disk: dict[str, int], session: Session, local_api: LocalApi
) -> None:
    """Those of this service have some kilobytes: a hundred of them fit where the estimate would not."""
    disk["free"] = 10**9
    vidgo.map(ROWS[:6]).wait(60)
    disk["free"] = 1_000_000
    assert vidgo.map(ROWS[:20]).wait(60).costs().finished == 20
    disk["free"] = 1
    with pytest.raises(StoreError, match="by the size of such pictures before"):
        vidgo.map(ROWS[:30])


def test_stand_ins_say_nothing_about_the_size_of_pictures_that_are_bought(
    disk: dict[str, int], open_session: OpenSession, local_api: LocalApi
) -> None:
    disk["free"] = 10**9
    provide(lambda: open_session(mode="emulator", base_url="https://api.vidgo.ai"))
    assert vidgo.map(ROWS[:6]).wait(90).costs().finished == 6
    provide(open_session)
    disk["free"] = 1_000_000
    try:
        with pytest.raises(StoreError, match="may take 40 MB, at about 2 MB for 1K"):
            vidgo.map(ROWS[:20])
    finally:
        provide(None)


def test_of_a_resolution_that_an_added_model_brings_the_most_is_expected(
    disk: dict[str, int], session: Session, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MODELS["gpt-image-2"]
    prices = model.prices and model.prices._replace(multiplier={"8K": 1})
    huge = model._replace(resolution=Choice(("8K",), "8K", "its documents"), tiers=None, prices=prices)
    monkeypatch.setitem(MODELS, "gpt-image-2", huge)
    disk["free"] = 30_000_000
    with pytest.raises(StoreError, match="may take 40 MB"):
        vidgo.map([{"prompt": "a"}, {"prompt": "b"}])


def test_a_remote_store_needs_room_only_for_what_is_under_way(
    disk: dict[str, int], open_session: OpenSession, local_api: LocalApi
) -> None:
    disk["free"] = 40_000_000
    session = open_session(store="memory://room", cache_mb=1)
    provide(lambda: session)
    try:
        assert vidgo.map(ROWS).wait(90).costs().finished == 45
        assert most_of_pictures.bytes == 1_000_000
    finally:
        provide(None)


def test_copies_of_a_remote_stores_pictures_are_limited_and_fetched_again(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    session = open_session(store="memory://limited", cache_mb=0)
    provide(lambda: session)
    try:
        first, last = vidgo.map(ROWS[:1]).wait(60)[0].result(), vidgo.map(ROWS[1:2]).wait(60)[0].result()
        assert last.path and last.path.exists()
        assert first.bytes == last.bytes  # both are the picture of the tests' service
    finally:
        provide(None)


def test_a_limited_folder_drops_the_oldest_and_keeps_the_newest(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    kept = LimitedFolder(PlainFolder(folder), lambda: 250)
    for number in range(5):
        (folder / str(number)).write_bytes(b"x" * 100)
        os.utime(folder / str(number), (number, number))
        kept.added(100)
    assert sorted(path.name for path in folder.iterdir()) == ["3", "4"]

"""Whatever becomes of one byte of a store or a crate: the right picture, a named damage, or nothing."""

from __future__ import annotations

import hashlib
import io
import random
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.live_session import LiveSession, OpenLiveSession
from vidgo_notebook.app.library.export import export_results
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.plan.lookup import Lookup
from vidgo_notebook.domain.request import fingerprint
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import ReplayError, StoreError
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.store.results.strays import stray_files

PROMPTS = ("A kettle", "A red bicycle")


@pytest.fixture
def pictures(live: LiveSession) -> dict[str, bytes]:
    """Two pictures, and one that superseded another; by prompt."""
    live.made(PROMPTS[0])
    made = {prompt: live.made(prompt, fresh=prompt == PROMPTS[0]).bytes for prompt in PROMPTS}
    live.made("Paint it", image=live.made(PROMPTS[1]))
    return made


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def mutations(files: dict[Path, bytes], chance: random.Random, count: int) -> Iterator[tuple[Path, bytes]]:
    """Files with one byte changed, one taken out, or one put in."""
    paths = sorted(files)
    for _ in range(count):
        path = chance.choice(paths)
        data = bytearray(files[path])
        place = chance.randrange(len(data))
        match chance.randrange(4):
            case 0 | 1:
                data[place] ^= chance.randrange(1, 256)
            case 2:
                del data[place]
            case _:
                data.insert(place, chance.choice(b'"{}[],:0-9\\\x00\xff'))
        yield path, bytes(data)


def check_mutation(reader: LiveSession, pictures: dict[str, bytes]) -> None:
    """What a reader of the store sees of every prompt, and what the commands for the whole store do."""
    for prompt, data in pictures.items():
        names = [fingerprint(reader.request(prompt), reader.session.target.provider)]
        try:
            found = Lookup(reader.session, names).stored_here(names)
        except StoreError as error:
            assert str(error)
            continue
        if isinstance(found, Result):
            assert (found.record.prompt, found.bytes) == (prompt, data)
    store = reader.session.store
    for record in store.contents().current:
        try:
            path = store.picture(record)
        except StoreError:
            continue
        assert path is None or hashlib.sha256(path.read_bytes()).hexdigest() == record.digest
    stray_files(store.files)


def mutate_store(live: LiveSession, pictures: dict[str, bytes], seed: int, count: int) -> None:
    folder = live.session.store.folder
    files, around = files_of(folder), set(folder.parent.iterdir())
    for path, data in mutations(files, random.Random(seed), count):
        path.write_bytes(data)
        try:
            check_mutation(live, pictures)
        except BaseException as error:
            raise AssertionError(f"{path.name} with {data[:3000]!r}") from error
        assert files_of(folder) == {**files, path: data}
        path.write_bytes(files[path])
    assert set(folder.parent.iterdir()) == around


def test_a_changed_byte_of_a_store_never_shows_another_picture(live: LiveSession, pictures: dict[str, bytes]) -> None:
    mutate_store(live, pictures, seed=1, count=300)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_thousand_changed_bytes_never_show_another_picture(
    seed: int, live: LiveSession, pictures: dict[str, bytes]
) -> None:
    mutate_store(live, pictures, seed, count=1000)


def test_a_changed_byte_buys_nothing(live: LiveSession, open_live: OpenLiveSession, pictures: dict[str, bytes]) -> None:
    """With a key: a picture is fetched again, and a record that can't be used stops the cell."""
    folder, submits = live.session.store.folder, len(live.emulator.tasks)
    kept = {path: data for path, data in files_of(folder).items() if path.suffix in (".json", ".png")}
    for path, data in mutations(kept, random.Random(3), 16):
        path.write_bytes(data)
        session = open_live()
        for prompt, picture in pictures.items():
            try:
                assert session.made(prompt).bytes == picture
            except StoreError as error:
                assert str(error)
        assert len(live.emulator.tasks) == submits
        session.close()
        for each, before in kept.items():
            each.write_bytes(before)


def test_a_file_that_is_missing_buys_nothing_in_replay(
    live: LiveSession, open_live: OpenLiveSession, pictures: dict[str, bytes]
) -> None:
    reader = open_live(mode="replay")
    for path, data in files_of(live.session.store.folder).items():
        path.unlink()
        for prompt, picture in pictures.items():
            try:
                assert reader.made(prompt).bytes == picture
            except (StoreError, ReplayError) as error:
                assert str(error)
        path.write_bytes(data)


# Crates


def mutate_crate(live: LiveSession, seed: int, count: int, *, packed: bool) -> None:
    """Import mutated ZIP files: mutated as a file, and mutated in a file that is packed again."""
    out = Path("out.zip").absolute()
    export_results(live.session, out, everything=True)
    whole, chance = out.read_bytes(), random.Random(seed)
    sound = {record.fingerprint: record for record in live.session.store.contents().current}
    with zipfile.ZipFile(out) as archive:
        inner = {Path(name): archive.read(name) for name in archive.namelist()}
    for number in range(count):
        target = Path(f"reader-{number}").absolute()
        if packed:
            path, data = next(mutations(inner, chance, 1))
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w") as made:
                for name, old in inner.items():
                    made.writestr(name.as_posix(), data if name == path else old)
            Path("changed.zip").write_bytes(file.getvalue())
        else:
            Path("changed.zip").write_bytes(next(mutations({out: whole}, chance, 1))[1])
        before = set(Path().iterdir())
        store = ResultStore(target)
        try:
            import_results(Path("changed.zip").absolute(), store)
        except StoreError as error:
            assert "Nothing was imported" in str(error)
            assert store.contents().current == ()
        for record in store.contents().current:
            assert record == sound[record.fingerprint]
            assert store.picture(record)
        assert set(Path().iterdir()) - before <= {target.relative_to(Path().absolute())}
        shutil.rmtree(target, ignore_errors=True)


@pytest.mark.parametrize("packed", [True, False], ids=["inside", "outside"])
def test_a_changed_crate_is_imported_as_it_was_or_not_at_all(
    packed: bool, live: LiveSession, pictures: dict[str, bytes]
) -> None:
    mutate_crate(live, 5, 60, packed=packed)


@pytest.mark.full
@pytest.mark.parametrize("packed", [True, False], ids=["inside", "outside"])
@pytest.mark.parametrize("seed", range(6, 10))
def test_five_hundred_changed_crates_are_imported_as_they_were_or_not_at_all(
    seed: int, packed: bool, live: LiveSession, pictures: dict[str, bytes]
) -> None:
    mutate_crate(live, seed, 500, packed=packed)

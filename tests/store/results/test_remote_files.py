"""Stores elsewhere: what is special to them. What they share with a folder is in test_result_store.py."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.sample_pictures import PNG, picture
from tests.fixtures.sample_records import DIGEST, PRINT, keep, record
from tests.fixtures.stores import StoreFiles
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import clean
from vidgo_notebook.store.results.remote_files import RemoteFiles
from vidgo_notebook.store.results.result_store import ResultStore

elsewhere = pytest.mark.parametrize("stored", ["memory", "s3"], indirect=True)

WITHOUT_FSSPEC = """
import sys
from pathlib import Path
from tests.fixtures.sample_records import PRINT, keep
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.store.journal.journal import Journal
from vidgo_notebook.store.results.result_store import ResultStore
settings = Vidgo()
store = ResultStore(settings.store)
kept, path = keep(store)
assert store.find(PRINT) == kept and store.picture(kept) == path
Journal(Path(settings.journal)).close()
loaded = {"fsspec", "s3fs", "psycopg", "dask", "distributed"} & set(sys.modules)
print(sorted(loaded))
"""


def test_a_store_in_a_folder_needs_none_of_what_a_cluster_needs(folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_FSSPEC],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert run.stdout == "[]\n"


@elsewhere
def test_a_picture_is_downloaded_once(store: ResultStore, stored: StoreFiles) -> None:
    kept, _ = keep(store)
    there = stored.open()
    path = there.picture(kept)
    stored.remove(f"objects/{DIGEST[:2]}/{DIGEST}.png")
    assert there.picture(kept) == path
    assert path is not None
    assert path.read_bytes() == PNG


@elsewhere
def test_a_picture_of_another_digest_is_not_kept_on_this_machine(
    store: ResultStore, stored: StoreFiles, folder: Path
) -> None:
    kept, _ = keep(store)
    stored.write(f"objects/{DIGEST[:2]}/{DIGEST}.png", picture(shade=9))
    there = stored.open()
    assert there.picture(kept) is None
    assert not there.object_path(kept).exists()
    assert list(there.object_path(kept).parents[2].rglob("tmp/*")) == []


@elsewhere
def test_what_another_machine_wrote_a_moment_ago_is_seen(store: ResultStore, stored: StoreFiles) -> None:
    there = stored.open()
    assert (there.find(PRINT), there.fingerprints(), there.has_record(PRINT)) == (None, [], False)
    kept, _ = keep(store)
    assert (there.find(PRINT), there.fingerprints(), there.has_record(PRINT)) == (kept, [PRINT], True)
    assert there.size() >= len(PNG)


# What can't be reached, or can't be a store


def test_an_unknown_file_system_is_named(folder: Path) -> None:
    with pytest.raises(StoreError, match="nosuch://place can't be written: Protocol not known"):
        ResultStore("nosuch://place").check_writable()


def test_a_file_system_that_can_not_rename_is_refused(folder: Path) -> None:
    """Nothing could appear there whole or not at all."""
    with pytest.raises(StoreError, match="can't rename"):
        ResultStore("http://host.example/results").check_writable()


def test_a_bucket_that_is_not_there_is_said_before_money_is_spent(stored: StoreFiles, folder: Path) -> None:
    if not stored.address.startswith("s3:"):
        pytest.skip("only buckets have to be made beforehand")
    nowhere = ResultStore(RemoteFiles("s3://there-is-no-such-bucket/x", folder / "cache"))
    assert nowhere.find(PRINT) is None
    with pytest.raises(StoreError, match="s3://there-is-no-such-bucket/x can't be written"):
        nowhere.check_writable()


def test_keys_in_the_url_of_a_bucket_are_refused(folder: Path) -> None:
    with pytest.raises(StoreError, match="AWS_SECRET_ACCESS_KEY") as caught:
        ResultStore(clean("s3://AKIA:s3cret@bucket/x")).check_writable()
    assert "s3cret" not in str(caught.value)


def test_without_fsspec_the_message_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(StoreError, match="not installed") as caught:
        ResultStore("s3://bucket/without").check_writable()
    assert "vidgo-notebook[cluster]" in str(caught.value)


# A server that keeps connections open


@pytest.fixture
def sftp(folder: Path) -> Iterator[tuple[str, Any]]:
    """An SFTP server with a user ``ann``; its address, and a way to drop every connection."""
    asyncssh = pytest.importorskip("asyncssh")
    connections: list[Any] = []

    class Server(asyncssh.SSHServer):  # type: ignore[misc, name-defined]
        def connection_made(self, connection: Any) -> None:
            connections.append(connection)

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("ann", "s3cret")

    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    root = folder / "sftp-root"
    (root / "lab").mkdir(parents=True)
    listening = loop.run_until_complete(
        asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root)),
        )
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def drop() -> None:
        for connection in connections:
            loop.call_soon_threadsafe(connection.abort)

    know_host(listening.get_port(), key.export_public_key().decode())
    yield f"sftp://ann:s3cret@127.0.0.1:{listening.get_port()}/lab", drop
    drop()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def know_host(port: int, public_key: str) -> None:
    """Write this as the key of a host on this machine to where ssh keeps the hosts it knows."""
    known = Path.home() / ".ssh" / "known_hosts"
    known.parent.mkdir(exist_ok=True)
    known.write_text(f"[127.0.0.1]:{port} {public_key}")


def test_a_host_that_ssh_does_not_know_gets_neither_password_nor_picture(sftp: tuple[str, Any], folder: Path) -> None:
    address = clean(sftp[0])
    (Path.home() / ".ssh" / "known_hosts").write_text("")
    with pytest.raises(StoreError, match="known_hosts: connect to it once with ssh"):
        keep(ResultStore(RemoteFiles(address, folder / "one")))
    assert list((folder / "sftp-root" / "lab").iterdir()) == []


def test_a_host_whose_key_is_another_than_ssh_knows_is_refused(sftp: tuple[str, Any], folder: Path) -> None:
    import asyncssh

    address = clean(sftp[0])
    know_host(int(address.partition("127.0.0.1:")[2].partition("/")[0]),
              asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode())  # fmt: skip
    with pytest.raises(StoreError, match="does not match"):
        keep(ResultStore(RemoteFiles(address, folder / "one")))
    assert list((folder / "sftp-root" / "lab").iterdir()) == []


def test_a_store_over_sftp_keeps_what_it_is_given(sftp: tuple[str, Any], folder: Path) -> None:
    address = clean(sftp[0])
    store = ResultStore(RemoteFiles(address, folder / "cache"))
    kept, path = keep(store)
    again, _ = keep(store, picture(shade=7), generation=1)
    there = ResultStore(RemoteFiles(address, folder / "other-cache"))
    assert there.find(PRINT) == again
    found = there.picture(kept)
    assert found is not None
    assert found != path
    assert found.read_bytes() == PNG
    assert [old.generation for old in there.superseded(PRINT)] == [0]
    there.check_writable()
    store.remove(store.contents().superseded)
    assert (there.contents().current, there.contents().superseded) == ((again,), ())
    names = {path.name for path in (folder / "sftp-root").rglob("*") if path.is_file()}
    assert names == {f"{PRINT}.json", f"{again.digest}.png"}  # nothing unfinished is left


def test_a_dropped_connection_is_made_again(sftp: tuple[str, Any], folder: Path) -> None:
    address, drop = sftp
    store = ResultStore(RemoteFiles(clean(address), folder / "cache"))
    kept, _ = keep(store)
    drop()
    assert store.find(PRINT) == kept
    drop()
    keep(store, picture(shade=7), generation=1)
    assert store.find(PRINT) == record(picture(shade=7), generation=1)


def test_a_wrong_password_shows_nowhere(sftp: tuple[str, Any], folder: Path) -> None:
    address = clean(sftp[0].replace("s3cret", "hunter22"))
    files = RemoteFiles(address, folder / "cache")
    with pytest.raises(StoreError, match="Authentication failed") as caught:
        ResultStore(files).check_writable()
    assert "hunter22" not in f"{caught.value} {caught.value!r} {files!r} {vars(files)} {address}"

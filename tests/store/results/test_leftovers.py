"""What killed kernels and busy files leave in a store's folder: cleared when it is old, waited for when it is busy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures.sample_pictures import PNG
from tests.fixtures.sample_records import files, keep, record
from vidgo_notebook.store.results.local_files import write_whole
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.store.results.user_files import write_new


def left(folder: Path, name: str, hours: float) -> Path:
    """A file that a download left in a store some hours ago."""
    path = folder / ".vidgo" / "tmp" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half a picture")
    os.utime(path, (time.time() - hours * 3600,) * 2)
    return path


def test_what_downloads_left_more_than_a_day_ago_is_cleared(folder: Path) -> None:
    """The service keeps files for 24 hours: nothing older can be continued."""
    old, recent = [left(folder, f"old-{number}", 25 + number) for number in range(11)], left(folder, "recent", 2)
    keep(ResultStore(folder / ".vidgo"))
    assert [path for path in old if path.exists()] == []
    assert recent.exists()


def test_clearing_follows_no_link(folder: Path) -> None:
    precious = folder / "precious"
    precious.write_text("a file of the user's")
    os.utime(precious, (0, 0))
    (left(folder, "old", 30).with_name("link")).symlink_to(precious)
    (folder / ".vidgo" / "tmp" / "folder").mkdir()
    keep(ResultStore(folder / ".vidgo"))
    assert precious.read_text() == "a file of the user's"


def killed_before_renaming(code: str, folder: Path) -> None:
    """Another process that runs ``code`` and is killed when a file that it wrote is to get its name."""
    before = (
        "import os, pathlib, signal\n"
        "from tests.fixtures.sample_records import PNG, record\n"
        "from vidgo_notebook.store.results.result_store import ResultStore\n"
        "from vidgo_notebook.store.results.user_files import write_new\n"
        "die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", before + code],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.returncode == -signal.SIGKILL


def make_old(folder: Path) -> None:
    """As if a day had passed."""
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 25 * 3600,) * 2)


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_what_a_process_leaves_that_is_killed_while_it_writes_a_record_is_cleared(folder: Path) -> None:
    code = (
        "store = ResultStore(pathlib.Path('.vidgo').resolve())\n"
        "download = store.new_download()\n"
        "download.write_bytes(PNG)\n"
        "rename = pathlib.Path.replace\n"
        "pathlib.Path.replace = lambda own, to: die() if str(to).endswith('.json') else rename(own, to)\n"
        "store.keep(download, record())\n"
    )
    killed_before_renaming(code, folder)
    assert any("tmp/" in name for name in files(folder))
    make_old(folder)
    keep(ResultStore(folder / ".vidgo"))
    assert [name for name in files(folder / ".vidgo") if name.startswith("tmp/") or "/." in name] == []


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_what_a_process_leaves_in_the_users_folder_that_is_killed_while_it_saves_is_cleared(folder: Path) -> None:
    (folder / ".own").write_text("of the user's")
    killed_before_renaming("os.link = die\nwrite_new(pathlib.Path('a.png'), PNG)\n", folder)
    assert len(files(folder)) == 2
    make_old(folder)
    write_new(folder / "b.png", PNG)
    assert files(folder) == {".own", "b.png"}


class Busy:
    """Renames fail as on Windows while another program shows the target: so often, then they work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int, code: int | None = 32) -> None:
        self.left, self._code, self._rename = times, code, Path.replace
        busy = self

        def replace(path: Path, target: Path) -> Path:
            return busy.replace(path, target)

        monkeypatch.setattr(Path, "replace", replace)

    def replace(self, path: Path, target: Path) -> Path:
        if self.left:
            self.left -= 1
            error = PermissionError(13, "it is used by another process")
            if self._code:
                error.winerror = self._code  # type: ignore[attr-defined,unused-ignore]
            raise error
        return self._rename(path, target)


def test_a_file_that_another_program_shows_is_replaced_when_that_lets_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = folder / "a.json"
    write_whole(target, b"one", folder / "unfinished")
    Busy(monkeypatch, times=3)
    write_whole(target, b"two", folder / "unfinished")
    assert target.read_bytes() == b"two"
    Busy(monkeypatch, times=2)
    _, path = keep(ResultStore(folder / ".vidgo"))
    assert path.read_bytes() == PNG


@pytest.mark.parametrize(("times", "code"), [(1, None), (1000, 32)], ids=["a folder without rights", "busy for good"])
def test_a_file_that_can_not_be_replaced_is_an_error_that_leaves_nothing_behind(
    times: int, code: int | None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(folder / "a.json", b"one", folder / "unfinished")
    Busy(monkeypatch, times, code)
    with pytest.raises(PermissionError):
        write_whole(folder / "a.json", b"two", folder / "unfinished")
    assert files(folder) == {"a.json"}
    assert (folder / "a.json").read_bytes() == b"one"


@pytest.mark.skipif(os.name != "posix", reason="the limit is POSIX")
def test_a_disk_that_fills_while_a_record_is_written_leaves_the_earlier_one(folder: Path) -> None:
    kept, _ = keep(ResultStore(folder / ".vidgo"))
    before = files(folder)
    code = (
        "import pathlib, resource, signal\n"
        "from tests.fixtures.sample_records import record, PNG\n"
        "from vidgo_notebook.store.results.result_store import ResultStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "store = ResultStore(pathlib.Path('.vidgo').resolve())\n"
        "download = store.new_download()\n"
        "download.write_bytes(PNG)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(PNG)}, {len(PNG)}))\n"
        "try:\n"
        "    store.keep(download, record(template='x' * 5000, generation=1))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.stdout.startswith("StoreError The store"), done.stderr
    assert "File too large" in done.stdout
    assert files(folder) - before == {f".vidgo/results/{kept.fingerprint}.0.json"}  # the earlier one, kept twice
    assert ResultStore(folder / ".vidgo").find(kept.fingerprint) == record()

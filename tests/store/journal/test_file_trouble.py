"""What is wrong with a journal's file is named: no locks, read-only, not private; and what to do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from tests.fixtures.sample_records import entry
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.journal import Journal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks and file modes of POSIX")

NO_LOCKS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
static int pass(const char *name, int fd, int cmd, void *value) {
    if (cmd == F_SETLK || cmd == F_SETLKW) { errno = ENOLCK; return -1; }
    int (*next)(int, int, void *) = dlsym(RTLD_NEXT, name);
    return next(fd, cmd, value);
}
#define SAME(name) int name(int fd, int cmd, ...) { \\
    va_list rest; va_start(rest, cmd); void *value = va_arg(rest, void *); va_end(rest); \\
    return pass(#name, fd, cmd, value); }
SAME(fcntl)
SAME(fcntl64)
"""
"""Every lock fails as on NFS without a lock service."""


def said(code: str, folder: Path, **environment: str) -> str:
    """What another process prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=60,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def no_locks(tmp_path: Path) -> str:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("a C compiler makes the library under which locks fail")
    source, library = tmp_path / "no_locks.c", tmp_path / "no_locks.so"
    source.write_text(NO_LOCKS)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return str(library)


OPEN = """
    from vidgo_notebook.errors import StoreError
    from vidgo_notebook.store.journal.journal import Journal
    try:
        Journal("state/journal.sqlite3")
    except StoreError as error:
        print(error)
"""


def test_a_file_system_without_locks_is_named_with_the_cure(no_locks: str, folder: Path) -> None:
    text = said(OPEN, folder, LD_PRELOAD=no_locks)
    assert "does not support locks" in text
    assert "nothing is sent" in text
    assert "VIDGO_JOURNAL" in text and "local disk" in text
    assert list((folder / "state").iterdir()) == []  # found before SQLite waits for a lock


READ_ONLY = """
    import os, sys
    from decimal import Decimal
    from pathlib import Path
    from vidgo_notebook.errors import StoreError
    from vidgo_notebook.store.journal.journal import Journal

    journal = Journal("state/journal.sqlite3")
    write = lambda: journal.commit(lambda: journal.remember_balance("vidgo", Decimal(1), 1.0))
    write()
    Path("state").chmod(0o500)
    if os.geteuid() == 0:  # to root nothing is read-only
        for path in (".", "state", "state/journal.sqlite3"):
            os.chown(path, 65534, 65534)
        os.setuid(65534)
    try:
        write()
    except StoreError as error:
        print(error)
    Path("state").chmod(0o700)
    write()
    print(journal.last_balance("vidgo"))
"""


def test_a_journal_whose_folder_becomes_read_only_is_named_as_that() -> None:
    with tempfile.TemporaryDirectory() as place:  # anyone may look into the folders above it
        text = said(READ_ONLY, Path(place))
    assert "its folder is read-only" in text
    assert "Make it writable" in text and "vidgo.configure(journal=" in text
    assert "Decimal('1')" in text  # with its rights back, the journal goes on


LOCK = """
    import os, signal, sqlite3
    connection = sqlite3.connect("journal.sqlite3", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    print("locked", flush=True)
    {then}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system lists the locks of all processes")
@pytest.mark.parametrize("stopped", [True, False])
def test_the_process_that_keeps_the_journal_locked_is_named_with_what_to_do(stopped: bool, folder: Path) -> None:
    """It was suspended in the middle of a commit, for example, which others can't tell from a full disk."""
    journal = Journal(folder / "journal.sqlite3")
    journal._database._connection.execute("PRAGMA busy_timeout = 20")  # type: ignore[attr-defined]
    then = "os.kill(os.getpid(), signal.SIGSTOP)" if stopped else "input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LOCK.format(then=then))],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout and holder.stdout.readline() == b"locked\n"
        if stopped:
            os.waitid(os.P_PID, holder.pid, os.WSTOPPED | os.WNOWAIT)
        with pytest.raises(StoreError) as caught:
            journal.commit(lambda: journal.claim(entry()))
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    text = str(caught.value)
    assert f"process {holder.pid}" in text and "locked" in text
    assert "nothing is sent" in text and "vidgo.resume()" in text
    assert "free space" not in text
    assert (f"kill -CONT {holder.pid}" in text) is stopped
    journal.commit(lambda: journal.claim(entry()))  # as soon as that process has ended
    journal.close()

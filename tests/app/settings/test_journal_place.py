"""Where there is no home to keep a journal in: the emulator and replay work, and live mode says what to set."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import new_request
from tests.fixtures.users import User
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.journal_place import is_temporary
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import StoreError

OpenSession = Callable[..., Session]


@pytest.fixture
def no_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/dev/null")  # as some services have it: nothing can be made in it


def bought(session: Session, prompt: str = "A red bicycle") -> Job:
    return order_jobs(session, [new_request(session, prompt, quality="low", size="1:1", resolution="1K")])[0]


@pytest.mark.usefixtures("no_home")
def test_without_a_home_the_emulator_has_a_private_journal_and_says_so_once(
    open_session: OpenSession, user: User
) -> None:
    session = open_session()
    for prompt in ("A red bicycle", "A blue bicycle"):
        assert bought(session, prompt).result(60).path is not None
    place = Path(session.journal.address).parent
    assert place.stat().st_mode & 0o077 == 0
    assert [text for text in user.notices if "temporary" in text] == user.notices
    assert len(user.notices) == 1 and "VIDGO_JOURNAL" in user.notices[0]


@pytest.mark.usefixtures("no_home")
def test_without_a_home_live_mode_sends_nothing_and_says_what_to_set(
    open_session: OpenSession, local_api: LocalApi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    monkeypatch.setenv("VIDGO_BASE_URL", local_api.url)
    session = open_session(mode="live")
    with pytest.raises(StoreError, match="no folder for the journal") as caught:
        bought(session)
    assert "VIDGO_JOURNAL" in str(caught.value)
    assert local_api.emulator.count() == 0


@pytest.mark.usefixtures("no_home")
def test_live_mode_stops_when_a_journal_that_stays_is_exchanged_for_one_that_does_not(
    open_session: OpenSession, local_api: LocalApi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    monkeypatch.setenv("VIDGO_BASE_URL", local_api.url)
    session = open_session(mode="live")
    temporary, session.settings.journal = session.settings.journal, str(folder / "journal.sqlite3")
    bought(session).result()
    sent = local_api.emulator.count()
    session.settings.journal = temporary
    with pytest.raises(StoreError, match="no folder for the journal"):
        bought(session, "A blue bicycle")
    assert local_api.emulator.count() == sent
    session.settings.journal = str(folder / "journal.sqlite3")
    assert bought(session).result(60).path is not None


@pytest.mark.usefixtures("no_home")
def test_a_journal_that_is_set_needs_no_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_JOURNAL", str(folder / "journal.sqlite3"))
    assert Vidgo().journal == str(folder / "journal.sqlite3")
    assert not is_temporary(Vidgo().journal)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root becomes a user that has no name")
def test_a_user_without_name_and_home_has_a_journal_too(folder: Path) -> None:
    code = (
        "import os, platformdirs, platformdirs.unix, tempfile, random, pwd\n"
        "from vidgo_notebook.app.settings.journal_place import is_temporary, usual_journal\n"
        "from vidgo_notebook.store.journal.journal import Journal\n"
        "import vidgo_notebook.store.journal.sqlite, vidgo_notebook.store.results.local_files\n"
        "os.chdir('/')\n"
        "os.setuid(54321)\n"
        "print(is_temporary(usual_journal()), Journal(usual_journal()).all_under_way(), usual_journal())\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "HOME" and not name.startswith("XDG")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    said, _, place = done.stdout.rstrip().rpartition(" ")
    assert said == "True []", done.stderr
    assert not Path(place).parent.exists()  # it holds emulated jobs only, which end with their process

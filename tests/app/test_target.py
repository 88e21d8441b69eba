"""Where requests go: by the mode, the presence of a key, and who chose the address."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from tests.fixtures.api_key import KEY
from tests.fixtures.counting_emulator import CountingEmulator, served
from tests.fixtures.environments import PROJECT
from tests.fixtures.local_api import LocalApi
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.orders import OpenSession, new_request
from tests.fixtures.raw_server import answers, raw_server
from tests.fixtures.users import User
from vidgo_notebook.app.keys import KeyRing
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.origins import Outside
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.app.target import find_target, mode_reason
from vidgo_notebook.emulator import Emulator, serve
from vidgo_notebook.errors import AuthenticationError, RequestError, TransportError, VidgoError

VIDGO, LOCAL, HOST = "https://api.vidgo.ai", "http://127.0.0.1:8765", "https://api.example"

TABLE = [
    # mode, key, base_url -> mode, api, provider, whose stored pictures answer
    ("auto", False, VIDGO, "emulator", "in-kernel", "emulator", ("vidgo", "emulator")),
    ("auto", True, VIDGO, "live", VIDGO, "vidgo", ("vidgo",)),
    ("auto", False, LOCAL, "emulator", "in-kernel", "emulator", (LOCAL, "emulator")),
    ("auto", True, LOCAL, "live", LOCAL, LOCAL, (LOCAL,)),
    ("auto", True, HOST, "live", HOST, HOST, (HOST,)),
    ("live", False, VIDGO, "live", VIDGO, "vidgo", ("vidgo",)),
    ("live", True, HOST, "live", HOST, HOST, (HOST,)),
    ("emulator", False, VIDGO, "emulator", "in-kernel", "emulator", ("emulator",)),
    ("emulator", True, VIDGO, "emulator", "in-kernel", "emulator", ("emulator",)),
    ("emulator", True, LOCAL, "emulator", LOCAL, "emulator", ("emulator",)),
    ("replay", False, VIDGO, "replay", "", "vidgo", ("vidgo", "emulator")),
    ("replay", True, HOST, "replay", "", HOST, (HOST, "emulator")),
]


@pytest.mark.parametrize(("mode", "key", "url", "meant", "api", "provider", "readable"), TABLE)
def test_mode_key_and_address_decide_where_requests_go(
    mode: str, key: bool, url: str, meant: str, api: str, provider: str, readable: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if key:
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
    target = find_target(Vidgo(mode=mode, base_url=url), KeyRing())
    assert (target.mode, target.api, target.provider, target.readable) == (meant, api, provider, readable)


def test_in_emulator_mode_no_host_but_this_machine_is_an_emulator() -> None:
    with pytest.raises(TransportError, match="not on this machine") as caught:
        find_target(Vidgo(mode="emulator", base_url=HOST), KeyRing())
    assert "VIDGO_MODE=live" in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "profile", "chosen", "reason"),
    [
        ("", {}, None, "there is no key"),
        ("emulator", {}, None, "set by VIDGO_MODE"),
        ("emulator", {}, "replay", "set in this session"),
        ("emulator", {"mode": "replay"}, "replay", "set by c.Vidgo.mode in the IPython profile"),
        ("", {}, "live", "set in this session"),
    ],
)
def test_a_mode_is_shown_with_its_origin(
    variable: str, profile: dict[str, str], chosen: str | None, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDGO_MODE", variable)
    origins.outside.read_profile(profile)
    settings = Vidgo()
    if chosen:
        settings.mode = chosen
    assert mode_reason(settings, KeyRing(), find_target(settings, KeyRing())) == reason


def test_live_mode_without_a_key_says_how_to_set_one_and_sends_nothing(open_session: OpenSession) -> None:
    with raw_server(answers(500)) as server:
        session = open_session(mode="live", base_url=server.url)
        with pytest.raises(AuthenticationError) as caught:
            order_jobs(session, [new_request(session, "A red bicycle")])
        assert server.connections == 0
    assert "VIDGO_API_KEY" in str(caught.value)
    assert "VIDGO_API_KEY" in str(caught.value)
    assert "nothing was spent" in str(caught.value)


# The key


def test_a_key_is_found_where_it_is_and_a_typed_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KeyRing()
    assert keys.source == ""
    monkeypatch.setenv("VIDGO_API_KEY", f" {KEY}\n")
    assert keys.source == "from VIDGO_API_KEY"
    assert keys.key().reveal() == KEY
    assert KEY not in str(vars(keys))
    monkeypatch.setenv("VIDGO_API_KEY", "sk-another")
    assert keys.key().reveal() == "sk-another"
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    assert keys.key() is keys.key()
    first = keys.key()
    keys.type_in(f" {KEY} ")
    assert keys.key() is first  # the same key, so the same connections
    keys.type_in("sk-typed")
    assert keys.source == "typed in"
    assert KEY not in repr(keys)
    assert "sk-typed" not in repr(keys) + str(vars(keys))


@pytest.mark.parametrize("value", ["sk-sécret", "sk secret", "sk-\x01secret"])
def test_a_key_that_can_be_none_is_refused_without_being_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_API_KEY", value)
    with pytest.raises(AuthenticationError) as caught:
        KeyRing().key()
    assert "cret" not in str(caught.value)
    with pytest.raises(AuthenticationError):
        KeyRing().type_in(value)


def test_a_blank_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_API_KEY", "  ")
    assert KeyRing().source == ""
    assert find_target(Vidgo(), KeyRing()).mode == "emulator"


def test_a_key_from_colabs_secrets_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colab's own modules exist in Colab only: these two answer as they do."""
    colab = types.ModuleType("google.colab")
    colab.userdata = SimpleNamespace(get={"VIDGO_API_KEY": KEY}.__getitem__)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    keys = KeyRing()
    assert (keys.source, keys.key().reveal()) == ("from Colab's secrets", KEY)


# Trust


def test_a_key_from_elsewhere_goes_to_an_address_of_the_notebook_only_by_consent(
    open_session: OpenSession, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook from a stranger could collect keys."""
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    with raw_server(answers(401, {"code": 401})) as stranger:
        session = open_session(base_url=stranger.url)
        for there, asked in ((False, 0), (True, 1)):
            user.there = there
            with pytest.raises(AuthenticationError, match="was not sent to") as caught:
                order_jobs(session, [new_request(session, "A red bicycle")])
            assert len(user.asked) == asked
        with pytest.raises(AuthenticationError, match="was not sent to"):
            session.balance()
        assert stranger.connections == 0
    assert stranger.url in user.asked[0]
    assert KEY not in str(caught.value) + str(user.asked)


def test_consent_is_asked_for_once_for_each_address(
    open_session: OpenSession, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    user.there = user.answer = True
    balance = answers(200, {"code": 200, "data": {"credits_amount": "7.5"}})
    with raw_server(balance) as one, raw_server(balance) as two:
        session = open_session(base_url=one.url)
        assert [str(session.balance()) for _ in range(3)] == ["7.5"] * 3
        assert len(user.asked) == 1
        session.settings.base_url = two.url
        session.balance()
        assert len(user.asked) == 2


def test_an_address_that_was_set_from_outside_needs_no_consent(
    open_session: OpenSession, user: User, local_api: LocalApi
) -> None:
    assert open_session().balance() == 10_000
    assert user.asked == []


def test_a_key_that_was_typed_in_goes_to_an_address_of_the_notebook_only_by_consent_too(
    open_session: OpenSession, user: User
) -> None:
    user.there = True
    with raw_server(answers(200, {"code": 200, "data": {"credits_amount": "7.5"}})) as server:
        session = open_session(base_url=server.url)
        session.keys.type_in(KEY)
        with pytest.raises(AuthenticationError, match="was not sent to"):
            session.balance()
        assert server.connections == 0
        user.answer = True
        assert str(session.balance()) == "7.5"
    assert user.asked == [f"This notebook wants to send your key (typed in) to {server.url}. Allow it?"] * 2


CHANGES = {
    "attribute": lambda session, url: setattr(session.settings, "base_url", url),
    "configure": lambda session, url: configure(session.settings, base_url=url),
    "%config": lambda session, url: session.settings.update_config(Config({"Vidgo": {"base_url": url}})),
}


@pytest.mark.parametrize("typed", [False, True], ids=["environment", "typed"])
@pytest.mark.parametrize("change", CHANGES)
def test_by_whichever_way_the_address_is_changed_later_the_key_stays(
    change: str, typed: bool, open_session: OpenSession, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session()
    if typed:
        session.keys.type_in(KEY)
    session.balance()
    with raw_server(answers(200, {"code": 200, "data": {"credits_amount": "7.5"}})) as stranger:
        CHANGES[change](session, stranger.url)
        with pytest.raises(AuthenticationError, match="was not sent to"):
            session.balance()
        assert stranger.connections == 0
        session.settings.base_url = local_api.url
        session.balance()


@pytest.mark.parametrize("typed", [False, True], ids=["environment", "typed"])
@pytest.mark.parametrize("way", ["variable", "configuration"])
def test_an_address_that_a_cell_set_before_the_settings_were_made_is_the_notebooks_too(
    way: str, typed: bool, user: User, sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the extension is loaded again."""
    monkeypatch.setattr(origins, "outside", Outside({}))
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    with raw_server(answers(200, {"code": 200, "data": {"credits_amount": "7.5"}})) as stranger:
        if way == "variable":
            monkeypatch.setenv("VIDGO_BASE_URL", stranger.url)
        config = Config({"Vidgo": {"base_url": stranger.url}} if way == "configuration" else {})
        session = Session(Vidgo(config=config), lambda: False, user.ask)
        sessions.append(session)
        if typed:
            session.keys.type_in(KEY)
        assert session.target.api == stranger.url
        with pytest.raises(AuthenticationError, match="was not sent to"):
            session.balance()
        assert stranger.connections == 0


@pytest.mark.parametrize("value", ['"sk-secret"', "'sk-secret'", '"sk-secret', "“sk-secret”"])
def test_a_key_in_quotation_marks_is_named_before_anything_is_sent(
    value: str, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the Windows command prompt's ``set`` keeps them."""
    monkeypatch.setenv("VIDGO_API_KEY", value)
    with raw_server(answers(401, {"code": 401})) as server:
        monkeypatch.setenv("VIDGO_BASE_URL", server.url)
        session = open_session()
        with pytest.raises(AuthenticationError, match="quotation mark") as caught:
            order_jobs(session, [new_request(session, "A red bicycle")])
        assert server.connections == 0
    assert "secret" not in str(caught.value)


# Under pytest


@contextmanager
def under_pytest() -> Iterator[None]:
    """As in a test of a user's own; pytest itself must find the variable as it was when the test ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_CURRENT_TEST", "tests/test_mine.py::test_it (call)")
        yield


def test_under_pytest_auto_never_means_live(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    assert session.target.mode == "live"
    with under_pytest():
        assert session.target.emulated
        job = order_jobs(session, [new_request(session, "A red bicycle", resolution="1K", size="1:1")])[0]
        job.result(90)
    assert (job.provider, local_api.emulator.count()) == ("emulator", 0)


def test_a_module_that_pytest_imports_pays_no_more_than_a_test(local_api: LocalApi, tmp_path: Path) -> None:
    """Between tests, and before the first, pytest has not put a test's name into the environment."""
    (tmp_path / "test_mine.py").write_text(
        "import vidgo_notebook as vidgo\njob = vidgo.generate('A cat', size='1:1')\n"
        "def test_it():\n    assert job.wait().provider == 'emulator'\n"
    )
    key = {"VIDGO_MODE": "auto", "VIDGO_API_KEY": KEY, "VIDGO_BASE_URL": local_api.url}
    key["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # those that are installed here take seconds to load
    done = NotebookFolder(tmp_path).run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ".", **key)
    assert done.returncode == 0, done.stdout
    assert local_api.submits == 0


@pytest.mark.parametrize("variable", ["PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER"])
def test_a_test_that_pytest_started_elsewhere_is_seen_too(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """nbval's kernels inherit the variables; a cell can delete them."""
    monkeypatch.setattr(origins, "outside", Outside({variable: "set"}))
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    assert find_target(Vidgo(), KeyRing()).mode == "emulator"


def test_under_pytest_only_a_live_mode_from_outside_pays(
    open_session: OpenSession, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = open_session(mode="live")
    with under_pytest(), pytest.raises(VidgoError, match="nothing is bought") as caught:
        order_jobs(inside, [new_request(inside, "A red bicycle")])
    assert "set VIDGO_MODE=live before pytest starts" in str(caught.value)
    assert local_api.emulator.count() == 0
    monkeypatch.setenv("VIDGO_MODE", "live")
    outside = open_session()
    with under_pytest():
        order_jobs(outside, [new_request(outside, "A red bicycle")])[0].result(90)
    assert local_api.submits == 1


def test_a_stranger_that_calls_itself_an_emulator_is_not_given_the_key(
    open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    with raw_server(answers(200, {"code": 200, "data": {"task_id": "t"}})) as server:
        session = open_session(mode="emulator", base_url=server.url)
        (job,) = order_jobs(session, [new_request(session, "A red bicycle")])
        assert "Your key was not sent" in str(job.exception(90))
        assert KEY not in str(server.seen)
        assert [seen.method for seen in server.seen] == ["GET"]
        assert job.status == "refused"


def test_a_live_session_that_meets_an_emulator_stops_and_says_which_mode_to_set(
    open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = Emulator()
    with serve(emulator) as url:
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        monkeypatch.setenv("VIDGO_BASE_URL", url)
        session = open_session()
        (job,) = order_jobs(session, [new_request(session, "A red bicycle")])
        error = job.exception(90)
    assert isinstance(error, VidgoError)
    assert "VIDGO_MODE=emulator" in str(error)
    assert (job.status, session.budget(url).committed) == ("refused", 0)
    assert emulator.count("submit") == 0


def test_a_callback_may_point_at_this_machine_only_where_the_api_is_here_too(open_session: OpenSession) -> None:
    here = "http://127.0.0.1:9/callback"
    assert new_request(open_session(mode="emulator"), "x", callback_url=here).callback_url == here
    with pytest.raises(RequestError, match="callback_url"):
        new_request(open_session(mode="replay"), "x", callback_url=here)


_SCRIPT = """
import os, sys
os.environ |= dict(pair.split("=", 1) for pair in sys.argv[1:])
import vidgo_notebook as vidgo
try:
    print(vidgo.generate("A fox").wait().status)
except vidgo.VidgoError as error:
    print(error)
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux keeps it")
@pytest.mark.parametrize("own_key", [True, False])
def test_a_script_that_reads_its_key_and_its_address_from_a_file_is_not_asked(own_key: bool, tmp_path: Path) -> None:
    """As with an ``.env`` file. A key from outside still goes to no address that the script sets."""
    emulator = CountingEmulator()
    at_start = {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "PYTHONPATH": str(PROJECT)}
    at_start.pop("VIDGO_API_KEY", None)
    with served(emulator) as url:
        set_by_script = [f"VIDGO_BASE_URL={url}"]
        if own_key:
            set_by_script.append(f"VIDGO_API_KEY={KEY}")
        else:
            at_start["VIDGO_API_KEY"] = KEY
        command = [sys.executable, "-c", _SCRIPT, *set_by_script]
        files = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        done = subprocess.run(command, cwd=tmp_path, env=at_start, text=True, timeout=60, check=False, **files)
    if own_key:
        assert done.stdout == "finished\n", done.stderr
    else:
        assert "was not sent to" in done.stdout
    assert emulator.accepted == ({"A fox": 1} if own_key else {})

"""Why the mode is what it is, how a key and ``%vidgo emulator`` change it, and who answers at the address."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi
from tests.fixtures.raw_server import RawServer, answers, deserted_url, raw_server
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.process import provide
from vidgo_notebook.emulator import Emulator, serve

Answers = Callable[[bool], list[str]]


@pytest.fixture
def emulator_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mode, set before the kernel starts."""
    monkeypatch.setenv("VIDGO_MODE", "emulator")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    """A service that takes any key, on this machine, whose address is set before the kernel starts."""
    accepted = {"task_id": "task-1", "status": "finished", "files": [], "credits_amount": 5000}
    with raw_server(answers(200, {"code": 200, "data": accepted})) as server:
        monkeypatch.setenv("VIDGO_BASE_URL", server.url)
        yield server


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator on this machine, whose address is set before the kernel starts."""
    emulator = Emulator(latency=0)
    with serve(emulator) as url:
        monkeypatch.setenv("VIDGO_BASE_URL", url)
        yield emulator
        provide(None)  # closes the session: a server waits for connections that are still open


@pytest.fixture
def person(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """A person who types the key and answers questions; what they were asked."""

    def sits_there(answer: bool) -> list[str]:
        asked: list[str] = []

        def ask(question: str) -> str:
            asked.append(question)
            return "y" if answer else "n"

        monkeypatch.setattr("getpass.getpass", lambda prompt: KEY)
        monkeypatch.setattr("builtins.input", ask)
        terminal.run("%config Vidgo.attended = True")
        return asked

    return sits_there


def posts(server: RawServer) -> int:
    """The requests that may cost something."""
    return sum(seen.method == "POST" for seen in server.seen)


# Why


def test_status_names_the_variable_that_set_the_mode(emulator_mode: None, terminal: Terminal) -> None:
    assert "emulator (set by VIDGO_MODE)" in terminal.run("%vidgo")


def test_status_says_that_the_session_set_the_mode(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("%config Vidgo.mode = 'replay'")
    assert "replay (set in this session)" in terminal.run("%vidgo")
    terminal.run("%config Vidgo.mode = 'auto'")
    assert "live (there is a key)" in terminal.run("%vidgo")


# The first key


def test_a_key_typed_in_under_emulator_mode_from_outside_offers_to_go_live(
    local_api: LocalApi, emulator_mode: None, terminal: Terminal, person: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIDGO_API_KEY")
    asked = person(True)
    text = terminal.run("%vidgo key")
    (question,) = asked
    assert "mode is emulator (set by VIDGO_MODE)" in question
    assert local_api.url in question
    assert "mode is live, for this session" in text
    terminal.run("%%vidgo --wait\nA red bicycle")
    assert local_api.submits == 1
    assert KEY not in text + question


def test_a_key_that_is_there_already_is_kept_by_enter_and_emulator_mode_of_the_notebook_is_left(
    local_api: LocalApi, terminal: Terminal, person: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.run("%config Vidgo.mode = 'emulator'\n%config Vidgo.base_url = 'https://api.vidgo.ai'")
    asked, prompts = person(True), list[str]()
    monkeypatch.setattr("getpass.getpass", lambda prompt: prompts.append(prompt) or "")
    text = terminal.run("%vidgo key")
    assert prompts == ["Vidgo API key (not shown, not saved; Enter keeps the one from VIDGO_API_KEY): "]
    assert "mode is emulator (set in this session)" in asked[0]
    assert "mode is live, for this session" in text
    assert "A cell of this notebook set emulator mode" in text
    assert "present, from VIDGO_API_KEY" in terminal.run("%vidgo")


def test_without_a_key_enter_is_refused(terminal: Terminal, person: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    person(True)
    monkeypatch.setattr("getpass.getpass", lambda _: "")
    assert "AuthenticationError" in terminal.fails("%vidgo key")


def test_declining_keeps_emulator_mode_and_names_the_command_that_goes_live(
    emulator_mode: None, terminal: Terminal, person: Answers
) -> None:
    person(False)
    text = terminal.run("%vidgo key")
    assert "mode is still emulator (set by VIDGO_MODE)" in text
    assert "%config Vidgo.mode = 'live'" in text
    assert "emulator (set by VIDGO_MODE)" in terminal.run("%vidgo")


def test_a_key_typed_in_under_replay_mode_changes_nothing_and_asks_nothing(terminal: Terminal, person: Answers) -> None:
    terminal.run("%config Vidgo.mode = 'replay'")
    asked = person(True)
    assert "mode is still replay (set in this session)" in terminal.run("%vidgo key")
    assert asked == []


# Who answers


def test_the_emulator_command_says_at_once_that_the_address_is_not_an_emulator(
    gateway: RawServer, terminal: Terminal
) -> None:
    text = terminal.fails("%vidgo emulator")
    assert f"{gateway.url} is not an emulator" in text
    assert "nothing was spent" in text
    assert "VIDGO_BASE_URL" in text
    assert "VIDGO_MODE=live" in text
    assert "is not an emulator" in terminal.fails("%%vidgo\nA red bicycle")
    assert posts(gateway) == 0
    assert all("authorization" not in seen.headers for seen in gateway.seen)


@pytest.mark.parametrize("line", ["%config Vidgo.base_url = 'https://api.vidgo.ai'", "%config Vidgo.mode = 'auto'"])
def test_the_built_in_emulator_is_a_line_away(line: str, gateway: RawServer, terminal: Terminal) -> None:
    terminal.fails("%vidgo emulator")
    terminal.run(line)
    terminal.run("%%vidgo\nA red bicycle")
    assert terminal.last.error_in_exec is None
    assert gateway.connections == 1


def test_the_emulator_command_finds_a_served_emulator(served: Emulator, terminal: Terminal) -> None:
    assert "used from now on, at http://127.0.0.1" in terminal.run("%vidgo emulator")
    assert [call.authorization for call in served.log] == [False]


def test_the_emulator_command_says_that_nothing_answers(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    with deserted_url() as url:
        monkeypatch.setenv("VIDGO_BASE_URL", url)
        terminal: Terminal = request.getfixturevalue("terminal")
        assert "cannot be reached" in terminal.fails("%vidgo emulator")


def test_live_mode_at_a_served_emulator_sends_no_post(
    served: Emulator, monkeypatch: pytest.MonkeyPatch, terminal: Terminal
) -> None:
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    text = terminal.fails("%%vidgo\nA red bicycle")
    assert "%config Vidgo.mode = 'emulator'" in text
    assert served.count("submit") == 0

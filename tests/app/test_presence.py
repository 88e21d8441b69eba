"""Who is there: the setting, a host's page, a terminal, nobody; the hosts themselves are in tests/notebooks."""

from __future__ import annotations

import builtins
import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from vidgo_notebook.app.presence import ask, page_host, say, who_is_there


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


LOADED: dict[str, tuple[str, Any]] = {
    "marimo": ("marimo", SimpleNamespace(running_in_notebook=lambda: True)),
    "Streamlit": ("streamlit.runtime", SimpleNamespace(exists=lambda: True)),
    "Panel": ("panel", SimpleNamespace(state=SimpleNamespace(curdoc=object()))),
    "Solara": ("solara.server.kernel_context", SimpleNamespace(has_current_context=lambda: True)),
}


@pytest.mark.parametrize("host", LOADED)
def test_at_a_page_a_person_is_there_and_is_not_asked_at_the_servers_terminal(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, loaded = LOADED[host]
    monkeypatch.setitem(sys.modules, module, loaded)
    monkeypatch.setattr(sys, "stdin", Tty())
    monkeypatch.setattr(builtins, "input", lambda _: pytest.fail("the server's terminal was asked"))
    assert page_host() == host
    assert who_is_there(None) == who_is_there(True) == "at a page"
    assert who_is_there(False) == "no one"
    assert ask("Go on?") is False


@pytest.mark.parametrize("host", LOADED)
def test_a_host_that_is_only_imported_or_of_another_version_is_no_page(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, LOADED[host][0], SimpleNamespace())
    monkeypatch.setattr(sys, "stdin", Tty())
    assert page_host() == ""
    assert who_is_there(None) == "at a terminal"


def test_without_a_terminal_nobody_is_there_unless_the_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert (who_is_there(None), who_is_there(True)) == ("no one", "at a terminal")


def test_what_a_console_cannot_encode_is_printed_as_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", console)
    say("2 credits · 🚲")
    console.flush()
    assert console.buffer.getvalue() == b"2 credits \xb7 \\U0001f6b2\n"  # type: ignore[attr-defined]

"""Cells work in a kernel of any make: what it does not tell is found out before buying, and later cells stay quiet."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.process import current_session

DEAR = "%%vidgo --quality high --size 16:9 --resolution 4K --takes 3\nA dog"  # 144 credits


class Silent:
    """A kernel that says nothing about the request."""


class WithoutChannel:
    """As xeus-python 0.19: no argument is taken, and only the request's header is known."""

    def get_parent(self) -> dict[str, Any]:
        return {"header": {"msg_id": "1", "msg_type": "execute_request"}}


class Broken:
    def get_parent(self, channel: str = "") -> dict[str, Any]:
        raise LookupError(channel)


class Empty:
    def get_parent(self, channel: str = "") -> None:
        return None


class Asked:
    """As ipykernel, for a front end that takes questions or does not."""

    def __init__(self, allow_stdin: bool) -> None:
        self._content = {"allow_stdin": allow_stdin}

    def get_parent(self, channel: str | None = None) -> dict[str, Any]:
        return {"content": self._content}


UNKNOWN = [Silent, WithoutChannel, Broken, Empty]


@pytest.fixture
def host(shell: InteractiveShell, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Iterator[Any]:
    """Opens the shell as the kernel's, live and with the extension loaded; it finds out who is there."""
    opened = Terminal(shell, capsys)

    def open_kernel(kernel: Any) -> Terminal:
        monkeypatch.setattr(shell, "kernel", kernel, raising=False)
        assert opened.run("%load_ext vidgo_notebook") == ""
        return opened

    before = set(shell.user_ns)
    yield open_kernel
    opened.run("%unload_ext vidgo_notebook")
    for name in set(shell.user_ns) - before:
        del shell.user_ns[name]


@pytest.mark.parametrize("kernel", UNKNOWN)
def test_a_cell_shows_its_picture_is_paid_once_and_later_cells_are_quiet(
    kernel: type, host: Any, local_api: LocalApi
) -> None:
    notebook = host(kernel())
    assert "<vidgo picture: gpt-image-2, low, auto, 1K>" in notebook.run("%%vidgo hero\nA cat")
    assert notebook["hero"].done()
    assert notebook.run("x = 1") == ""
    assert notebook.last.success
    assert local_api.submits == 1


@pytest.mark.parametrize("kernel", UNKNOWN)
def test_a_question_that_cannot_be_put_is_a_no_and_nothing_is_sent(
    kernel: type, host: Any, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def cannot(prompt: str) -> str:
        asked.append(prompt)
        raise RuntimeError("This frontend does not support input requests")

    notebook = host(kernel())
    monkeypatch.setattr(builtins, "input", cannot)
    assert "144 credits" in notebook.fails(DEAR)
    assert len(asked) == 1
    assert notebook.run("x = 1") == ""
    assert local_api.submits == 0


@pytest.mark.parametrize("kernel", UNKNOWN)
def test_where_the_kernel_does_not_say_a_person_is_asked_once_before_anything_is_sent(
    kernel: type, host: Any, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_when_asked: list[int] = []
    monkeypatch.setattr(builtins, "input", lambda _: sent_when_asked.append(local_api.submits) or "y")
    notebook = host(kernel())
    notebook.run(DEAR)
    assert notebook.last.success
    assert sent_when_asked == [0]
    assert local_api.submits == 3


@pytest.mark.parametrize("allow_stdin", [True, False])
def test_what_the_kernel_says_decides_whether_a_cell_returns_at_once(allow_stdin: bool, host: Any) -> None:
    host(Asked(allow_stdin))
    shell = current_session()
    assert shell.attended() is allow_stdin


def test_a_fault_of_ours_after_a_cell_is_logged_and_not_printed(
    host: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """IPython prints a traceback for such a callback, in every later cell of the notebook."""
    notebook = host(Silent())
    notebook.run("%%vidgo\nA cat")
    monkeypatch.setattr("vidgo_notebook.ui.cells.wait.existing_session", lambda: 1 / 0)
    with caplog.at_level("INFO", "vidgo_notebook"):
        assert notebook.run("x = 1") == ""
    assert {record.exc_info[0] for record in caplog.records if record.exc_info} == {ZeroDivisionError}


def test_an_interrupt_while_a_cell_waits_at_its_end_is_said_in_a_sentence(
    host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidgo_notebook.engine.handles.job import Job

    def interrupted(_: Job, timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    notebook = host(Asked(False))
    notebook.run("import vidgo_notebook as vidgo")
    monkeypatch.setattr(Job, "wait", interrupted)
    text = notebook.fails("job = vidgo.generate('A cat')")
    assert "InterruptedWaitError: Stopped waiting for j" in text
    assert "%vidgo wait" in text
    assert "Error in callback" not in text

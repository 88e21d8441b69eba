"""``vidgo`` in a bare shell: a process of its own, whatever its input, output and surroundings are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

VIDGO = [sys.executable, "-m", "vidgo_notebook"]


def run(*words: str, **details: object) -> subprocess.CompletedProcess[str]:
    """Run ``vidgo`` with these words."""
    return subprocess.run([*VIDGO, *words], capture_output=True, text=True, timeout=120, check=False, **details)  # type: ignore[call-overload,no-any-return]


def in_shell(line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of sh in which ``$VIDGO`` is the command."""
    surroundings = {**os.environ, "VIDGO": " ".join(VIDGO), **variables}
    return subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, timeout=120, check=False, env=surroundings
    )


def test_alone_it_says_where_things_stand_in_the_words_of_a_shell() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert "emulator (there is no key)" in done.stdout
    assert "%vidgo" not in done.stdout


def test_it_prints_its_version_and_loads_neither_ipython_nor_widgets() -> None:
    code = (
        "import sys\nfrom vidgo_notebook.__main__ import main\n"
        "assert main(['--version']) == main(['models']) == main(['jobs']) == main(['-h']) == main([]) == 0\n"
        "print('loaded:', [name for name in ('IPython', 'ipywidgets', 'ipykernel') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.startswith("vidgo 0."), done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    done = in_shell("$VIDGO models | head -1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Models\n", "")
    done = in_shell("{ $VIDGO models; echo $? >&2; } | true")
    assert done.stderr == "0\n"


def test_closed_streams_are_no_error() -> None:
    for closed in ("<&-", "2>&-", ">/dev/null", "<&- 2>&-"):
        assert in_shell(f"$VIDGO jobs {closed}").returncode == 0, closed
    assert in_shell("$VIDGO prune --model flux-2-pro <&-").returncode == 0


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_picture_is_bought_and_waited_for_whatever_is_closed(closed: str) -> None:
    assert in_shell(f"$VIDGO generate 'A red bicycle' {closed}").returncode == 0
    (job,) = json.loads(run("jobs", "--json").stdout)
    assert job["status"] == "finished"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_an_output_that_is_full_is_said_without_a_traceback() -> None:
    done = in_shell("$VIDGO models >/dev/full")
    assert (done.returncode, done.stderr) == (1, "The output can't be written: No space left on device.\n")


def test_an_error_goes_nowhere_else_when_stderr_is_closed() -> None:
    done = in_shell("$VIDGO show nothing 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("command", ["generate --dry-run", "generate"])
def test_a_prompt_in_any_script_is_taken_in_a_locale_without_utf_8(command: str) -> None:
    done = in_shell(f"$VIDGO {command} 'Ein grünes Fahrrad 自転車' --json", LC_ALL="C", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "Ein gr\\xfcnes Fahrrad \\u81ea\\u8ee2\\u8eca" in done.stdout


@pytest.mark.parametrize("variables", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "LANG": "C"}], ids=str)
def test_what_the_terminal_cannot_encode_is_escaped(variables: dict[str, str]) -> None:
    done = in_shell("$VIDGO models", **variables)
    assert done.returncode == 0, done.stderr
    if "PYTHONIOENCODING" in variables:
        assert "\\u2013" in done.stdout


def test_no_output_has_colours() -> None:
    assert "\x1b" not in in_shell("$VIDGO", NO_COLOR="1").stdout + in_shell("$VIDGO nonsense").stderr


def test_json_is_a_list_of_objects() -> None:
    done = run("models", "--json")
    [first, *_] = json.loads(done.stdout)
    assert first["model"] == "gpt-image-2"
    assert first["prices"]["high"] == {"1K": 12, "2K": 24, "4K": 48}
    assert json.loads(run("jobs", "--json").stdout) == []


def test_the_notebook_of_a_check_that_cannot_be_read_is_named_and_its_outcome_unknown(folder: Path) -> None:
    Path("good.ipynb").write_text('{"cells": []}')
    done = run("check", "none.ipynb", "good.ipynb")
    assert done.returncode == 2
    assert "none.ipynb can't be checked" in done.stderr
    assert "good.ipynb: 0 in the store" in done.stdout


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("jbos", "vidgo jobs"),
        ("wiat", "vidgo wait"),
        ("genrate", "vidgo generate"),
        ("nope", ""),
        ("lst", ""),
    ],
)
def test_a_word_that_is_like_no_command_suggests_none(typed: str, near: str) -> None:
    done = run(typed)
    assert done.returncode == 2
    assert ("Write vidgo" in done.stderr, near in done.stderr) == (bool(near), True)


def test_rating_needs_a_notebook_and_a_shell_says_so() -> None:
    done = run("rate", "grid")
    assert done.returncode == 2
    assert "vidgo rate is not available in a shell." in done.stderr
    assert "in Python: vidgo.rate(batch)" in done.stderr


UNANSWERED = ["jobs", "batches", "costs", "report --all", "balance", "check none.ipynb"]


@pytest.mark.parametrize("words", UNANSWERED)
def test_a_question_that_cannot_be_answered_has_the_status_of_what_cannot_be_known(words: str, folder: Path) -> None:
    """A journal that is a folder, a store that is a file, an API that no one serves."""
    Path("store").touch()
    away = {"VIDGO_JOURNAL": str(folder), "VIDGO_STORE": "store", "VIDGO_BASE_URL": "http://127.0.0.1:9"}
    done = in_shell(f"$VIDGO {words}", **away, VIDGO_API_KEY="sk-a-key-of-tests", VIDGO_MODE="live")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr and done.stderr


def test_where_things_stand_is_json_too() -> None:
    facts = json.loads(run("--json").stdout)
    assert {"name": "under way", "value": "0 jobs"} in facts


@pytest.mark.parametrize("words", ["", "jobs", "generate x", "generate x --dry-run --save y.png", "check x.ipynb"])
def test_a_folder_that_was_removed_is_said_without_a_traceback(words: str, folder: Path) -> None:
    done = in_shell(f"mkdir gone && cd gone && rmdir ../gone && $VIDGO {words}")
    assert done.returncode in (1, 2)
    assert "The working directory is not available" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_process_without_a_home_folder_still_says_where_things_stand(folder: Path) -> None:
    own = {"XDG_STATE_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    done = subprocess.run(VIDGO, capture_output=True, text=True, timeout=120, check=False, env=own)
    assert (done.returncode, done.stderr) == (0, "")

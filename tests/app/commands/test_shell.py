"""The shell's face of the table of commands: every command, and bad input to each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession, ask
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.commands.table import commands_of, every_command
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.session import Session
from vidgo_notebook.emulator import Fault
from vidgo_notebook.render.annotation import without_mark

SHELL = commands_of("shell")


@pytest.mark.parametrize("name", sorted(SHELL))
@pytest.mark.parametrize("words", [["-h"], ["--help"], ["--no-such-option", "-h"], ["x", "-h"]], ids=" ".join)
def test_h_anywhere_prints_help_with_an_example(
    name: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, *words]) == 0
    printed = capsys.readouterr()
    assert f"vidgo {name}" in printed.out
    assert f"Example:\n  vidgo {name}" in printed.out
    assert ("%vidgo" in printed.out, "hero" in printed.out, printed.err) == (False, False, "")  # no cell, no variable


@pytest.mark.parametrize("name", sorted(SHELL))
def test_an_unknown_option_is_wrong_usage(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--no-such-option"]) == 2
    printed = capsys.readouterr()
    assert "is not an option" in printed.err
    assert f"vidgo {name} -h" in printed.err
    assert "%vidgo" not in printed.err


@pytest.mark.parametrize("name", sorted(every_command().keys() - SHELL.keys()))
def test_what_needs_a_notebook_is_refused_in_a_sentence(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    assert f"vidgo {name} is not available in a shell." in capsys.readouterr().err


def test_an_unknown_command_offers_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jbos"]) == 2
    assert "Write vidgo jobs" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["show"], ["show", "nothing"], ["wait", "nothing"], ["resolve", "--forget"],
                                   ["continue"], ["continue", "nothing"], ["export"], ["import", "a", "b"], ["check"],
                                   ["quote", "--model", "nope"], ["quote", "--takes", "0"]], ids=" ".join)  # fmt: skip
def test_bad_input_is_wrong_usage(words: list[str], session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("name", ["jobs", "models", "batches", "costs", "config", "balance", "quote", "doctor"])
def test_tables_are_printed_as_text_and_as_json(
    name: str, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name]) == 0
    assert capsys.readouterr().out
    assert main([name, "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), (list, dict))


WITH_JSON = [
    "resume",
    "resolve",
    "wait",
    "stop",
    "prune --older-than 0 --yes",
    "show JOB",
    "report",
    "show JOB --lineage",
    "generate x --dry-run",
    "quote x",
    "models",
    "jobs",
    "costs",
    "balance",
    "batches",
    "config",
    "doctor",
]


def test_a_sentence_is_one_object_in_the_words_of_a_shell(
    session: Session, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["stop", "--json"]) == 0
    said = "No job of this session is under way; vidgo jobs lists those of other kernels."
    assert json.loads(capsys.readouterr().out) == [{"message": said, "notes": []}]
    assert main(["generate", "A red bicycle"]) == 0
    capsys.readouterr()
    assert main(["export", str(tmp_path / "study.zip"), "--all", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert any("--notebook FILE.ipynb" in note for note in row["notes"])


@pytest.mark.parametrize("words", WITH_JSON)
def test_every_command_prints_one_json_document(
    words: str, session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever it shows: a table, a sentence, several things, or nothing."""
    assert main(["generate", "A red bicycle"]) == 0
    (job,) = session.jobs
    capsys.readouterr()
    assert main([*words.replace("JOB", job).split(), "--json"]) == 0
    printed = capsys.readouterr().out
    json.loads(printed)
    assert " object at 0x" not in printed and '"<' not in printed


def test_doctor_has_a_status_that_says_that_something_is_wrong(
    session: Session, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0
    (folder / "a file").touch()
    session.settings.store = folder / "a file" / "store"
    assert main(["doctor"]) == 1
    assert "WRONG" in capsys.readouterr().out


def test_all_that_is_wrong_with_a_picture_is_in_one_message(
    session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "-q", "ultra", "-s", "7:9", "--takes", "0", "--max-credits", "much", "--fersh"]) == 2
    printed = capsys.readouterr().err
    assert [
        each
        for each in ("takes", "max_credits", "prompt", "quality", "size")
        if not re.search(rf"{each}(?::| is| must) ", printed)
    ] == []
    assert "--fresh" in printed


@pytest.fixture(autouse=True)
def _closed() -> object:
    yield
    provide(None)


def test_generate_waits_prints_the_card_and_the_path_and_saves(
    session: Session, local_api: LocalApi, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "A", "red", "bicycle", "-q", "high", "--save", "bike.png"]) == 0
    printed = capsys.readouterr().out
    assert "12 credits" in printed
    assert "Prompt: A red bicycle" in printed
    assert "Picture: " in printed
    assert without_mark((folder / "bike.png").read_bytes()) == PNG
    assert main(["generate", "A red bicycle", "-q", "high", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["prompt"], row["state"], row["charged"]) == ("A red bicycle", "finished", 0)
    assert local_api.submits == 1


@pytest.mark.parametrize(
    ("words", "prompt"),
    [(["--", "-x", "is", "a name"], "-x is a name"), (["A", "--", "--size"], "A --size"), (["A", "--"], "A")],
)
def test_what_follows_two_dashes_is_the_prompt(
    words: list[str], prompt: str, session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "--dry-run", "--json", *words]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert row["request"]["input"]["prompt"] == prompt
    assert main(["jobs", "--", "x"]) == 2


def test_generate_has_the_status_of_its_job(
    session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    local_api.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    assert main(["generate", "A red bicycle"]) == 1
    assert "Unsafe content" in capsys.readouterr().err
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    assert main(["generate", "A blue bicycle"]) == 2
    assert "vidgo resolve" in capsys.readouterr().err
    assert main(["generate", "A red bicycle", "--max-credits", "1"]) == 1
    assert local_api.submits == 2


@pytest.mark.parametrize("words", ["", "x --size 5:7", "x --takes 3 --save one.png", "x --annotate",
                                   "x --max-credits much", "x --image none.png"])  # fmt: skip
def test_generate_refuses_bad_input_before_it_sends(
    words: str, session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", *words.split()]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert local_api.submits == 0


def test_a_dry_run_shows_the_request_and_its_price(
    session: Session, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "A red bicycle", "-q", "high", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert '"prompt": "A red bicycle"' in printed
    assert "12 credits" in printed
    assert local_api.submits == 0


def test_without_a_key_it_names_the_variable_and_not_a_command_that_a_shell_lacks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert "none; set VIDGO_API_KEY" in printed
    assert "vidgo key" not in printed


# Jobs of other processes


def test_wait_alone_waits_for_what_another_process_has_sent(
    open_session: OpenSession, local_api: LocalApi, capsys: pytest.CaptureFixture[str]
) -> None:
    other, shell = open_session(), open_session()
    provide(lambda: shell)
    local_api.emulator.faults.add(Fault("status", delay=2, times=2))
    jobs = [ask(other, f"Picture {number}") for number in range(2)]
    wait_until(lambda: len([job for job in other.journal.all_under_way() if job.record.task_id]) == 2)
    assert main(["wait"]) == 0
    assert "Waiting for 2 jobs of other sessions: " in capsys.readouterr().out
    assert [job.state.value for job in (other.journal.entry(job.id).record for job in jobs)] == ["finished"] * 2  # type: ignore[union-attr]
    assert local_api.submits == 2
    assert main(["wait"]) == 0


def test_wait_alone_says_what_it_cannot_wait_for(
    open_session: OpenSession,
    local_api: LocalApi,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other, shell = open_session(), open_session(mode="emulator", base_url="https://api.vidgo.ai")
    provide(lambda: shell)
    local_api.emulator.faults.add(Fault("status", delay=3))
    job = ask(other)
    wait_until(lambda: [each for each in other.journal.all_under_way() if each.record.task_id] != [])
    assert main(["wait"]) == 2
    assert "1 job of another kernel (process " in capsys.readouterr().err
    job.result(90)
    assert main(["wait"]) == 0

"""A JOB is the same everywhere: a variable, an id, or its beginning, in commands and in Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.emulator import Fault
from vidgo_notebook.errors import RequestError

COMMANDS = {
    "show": "A red bicycle",
    "wait": "",
    "stop": "had ended before",
    "resolve": "nothing to settle",
    "show --lineage": "A red bicycle",
}
NAMES: dict[str, Callable[[Terminal], str]] = {
    "a variable": lambda _: "hero",
    "an expression": lambda _: "{{ [hero][0] }}",
    "a result": lambda _: "made",
    "a list of jobs": lambda _: "several",
    "a list of ids": lambda _: "ids",
    "a variable with an id": lambda _: "text",
    "an id": lambda terminal: terminal["hero"].id,
    "its beginning": lambda terminal: terminal["hero"].id[:7],
}


@pytest.mark.parametrize("written", NAMES.values(), ids=NAMES)
def test_a_job_may_be_written_in_each_way_in_each_command(
    written: Callable[[Terminal], str], local_api: LocalApi, terminal: Terminal
) -> None:
    terminal.run("%%vidgo hero --wait\nA red bicycle")
    terminal.run("made, several, ids, text = hero.result(), [hero], (hero.id,), hero.id")
    for command, said in COMMANDS.items():
        printed = terminal.run(f"%vidgo {command} {written(terminal)}")
        assert "is not a job" not in printed and said in printed, command


def test_a_job_may_be_given_in_each_way_in_python(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("%%vidgo hero --wait\nA red bicycle")
    hero = terminal["hero"]
    for given in (hero, hero.id, hero.id[:7], hero.result(), [hero], [hero.id], (hero, hero.id), vidgo.Batch([hero])):
        assert [job.id for job in vidgo.wait(given)] == [hero.id]  # type: ignore[arg-type]
        assert vidgo.stop(given).ended == (hero.id,)  # type: ignore[arg-type]
        with pytest.raises(RequestError, match=r"nothing to settle"):
            vidgo.resolve(given, "forget")  # type: ignore[arg-type]


@pytest.mark.parametrize("call", [vidgo.wait, vidgo.stop, lambda job: vidgo.resolve(job, "forget")])
def test_what_is_not_a_job_is_named_in_the_same_words(
    call: Callable[[object], object], local_api: LocalApi, terminal: Terminal
) -> None:
    for given, said in ((5, "5 is not a job"), ("nothing", "'nothing' is not a job"), (None, "None is not a job")):
        with pytest.raises(RequestError) as refused:
            call([given])
        assert said in str(refused.value)


def test_the_beginning_of_several_ids_asks_for_more_of_it(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("%%vidgo hero --wait\nA red bicycle")
    terminal.run("%%vidgo other --wait\nA blue bicycle")
    for command in ("show", "wait", "stop", "resolve"):
        assert "'j' names several jobs" in terminal.fails(f"%vidgo {command} j")


def test_of_several_jobs_those_that_are_uncertain_are_settled(local_api: LocalApi, terminal: Terminal) -> None:
    local_api.emulator.faults.add(Fault("submit", status=500, times=1))
    terminal.fails("%%vidgo lost\nA red bicycle")
    terminal.run("%%vidgo hero --wait\nA blue bicycle")
    terminal.run("%vidgo resolve {{ [lost, hero] }} --forget")
    assert (terminal["lost"].status, terminal["hero"].status) == ("forgotten", "finished")

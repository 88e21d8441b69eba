"""``%vidgo`` and its commands at a terminal."""

from __future__ import annotations

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.commands.table import commands_of
from vidgo_notebook.emulator import Fault

COMMANDS = commands_of("notebook")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_printed_for_cells_and_for_the_line(flag: str, terminal: Terminal) -> None:
    text = terminal.run(f"%%vidgo {flag}\nwhatever")
    for option in ("--model", "--quality", "--size", "--resolution", "--image", "--takes", "--dry-run", "--save"):
        assert option in text
    assert "Traceback" not in text
    assert all(name in terminal.run(f"%vidgo {flag}") for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str, terminal: Terminal) -> None:
    text = terminal.run(f"%vidgo {name} -h")
    assert f"%vidgo {name}" in text
    assert COMMANDS[name].summary.replace("\n", " ")[:30] in " ".join(text.split())
    assert "Traceback" not in text
    assert terminal.last.error_in_exec is None


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"key"}))
def test_every_command_refuses_an_option_that_it_does_not_have(name: str, terminal: Terminal) -> None:
    text = terminal.fails(f"%vidgo {name} --no-such-option")
    assert "is not an option" in text
    assert f"%vidgo {name} -h" in text


def test_an_unknown_command_is_named_with_the_nearest(terminal: Terminal) -> None:
    text = terminal.fails("%vidgo jbos")
    assert "'jbos' is not a command" in text
    assert "%vidgo jobs" in text
    assert "%%vidgo" in text


def test_alone_it_says_where_things_stand(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("%%vidgo -q high\nA red bicycle")
    terminal.run("%config Vidgo.budget = 30")
    text = terminal.run("%vidgo")
    assert "live (there is a key)" in text
    assert "present, from VIDGO_API_KEY" in text
    for amount in ("12 credits in this session", "30 credits for this session, 18 left"):
        assert amount in text
    assert ".vidgo" in text
    assert "journal.sqlite3" in text
    assert KEY not in text


def test_alone_without_a_key_it_says_how_to_get_further(terminal: Terminal) -> None:
    text = terminal.run("%vidgo")
    assert "emulator (there is no key)" in text
    assert "%vidgo key" in text


def test_jobs_are_listed_newest_first(local_api: LocalApi, terminal: Terminal) -> None:
    assert "No jobs yet" in terminal.run("%vidgo jobs")
    terminal.run("%%vidgo one\nFirst")
    terminal.run("%%vidgo two\nSecond")
    text = terminal.run("%vidgo jobs")
    assert text.index(terminal["two"].id) < text.index(terminal["one"].id)
    assert "finished" in text
    assert "Second" in text


def test_jobs_that_have_only_just_begun_are_listed(terminal: Terminal) -> None:
    """In the first milliseconds the journal does not know them yet."""
    text = terminal.run(
        "import vidgo_notebook as vidgo\n"
        "jobs = [vidgo.generate(f'Job number {number}') for number in range(3)]\n%vidgo jobs"
    )
    assert [f"Job number {number}" in text for number in range(3)] == [True] * 3
    terminal.run("%vidgo wait")


def test_a_quote_is_arithmetic_and_sends_nothing(local_api: LocalApi, terminal: Terminal) -> None:
    text = terminal.run("%vidgo quote -q high -s 16:9 -r 4K --takes 2 A red bicycle")
    assert "96 credits" in text
    assert "nothing was sent" in text
    text = terminal.run("%vidgo quote -m flux-2-pro -s 1:1 -r 1K A red bicycle")
    assert "not published" in text
    assert local_api.emulator.count() == 0


def test_a_price_does_not_depend_on_the_prompt(local_api: LocalApi, terminal: Terminal) -> None:
    assert "48 credits" in terminal.run("%vidgo quote -q high -s 16:9 -r 4K")
    assert local_api.emulator.count() == 0


def test_models_are_listed_with_what_they_take_and_cost(terminal: Terminal) -> None:
    text = terminal.run("%vidgo models")
    for name in ("gpt-image-2", "gpt-image-2-edit", "flux-2-pro", "flux-2-flex", "flux-2-pro-edit", "flux-2-flex-edit"):
        assert name in text
    assert "2 to 48" in text
    assert "not published" in text


def test_the_balance_is_asked_for_once(local_api: LocalApi, terminal: Terminal) -> None:
    assert "10,000 credits" in terminal.run("%vidgo balance")
    assert local_api.emulator.count() == 1
    local_api.emulator.faults.add(Fault("balance", status=401))
    assert "%vidgo key" in terminal.fails("%vidgo balance")


def test_a_job_is_shown_again_by_the_beginning_of_its_name(local_api: LocalApi, terminal: Terminal) -> None:
    first = terminal.run("%%vidgo hero\nA red bicycle")
    assert terminal.run(f"%vidgo show {terminal['hero'].id[:6]}") == first
    assert "is not a job" in terminal.fails("%vidgo show nothing")
    assert "is missing" in terminal.fails("%vidgo show")


def test_waiting_for_nothing_is_no_mistake(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("%vidgo wait")
    assert terminal.last.error_in_exec is None
    assert "is not a job" in terminal.fails("%vidgo wait nothing")


def test_waiting_reports_a_failure(local_api: LocalApi, terminal: Terminal) -> None:
    local_api.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    terminal.run("%%vidgo hero --no-wait\nx")
    assert "Unsafe content" in terminal.fails(f"%vidgo wait {terminal['hero'].id}")


@pytest.mark.parametrize("argument", [KEY, f"--key {KEY}", f"-k={KEY}", f"'{KEY}'"])
def test_a_key_is_never_taken_from_a_line_that_stays_in_the_notebook(argument: str, terminal: Terminal) -> None:
    text = terminal.fails(f"%vidgo key {argument}")
    assert KEY not in text
    assert terminal.run("%vidgo").count("none; set VIDGO_API_KEY (or %vidgo key)") == 1


def test_a_key_that_is_typed_in_is_used_and_not_shown(
    terminal: Terminal, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIDGO_API_KEY")
    monkeypatch.setattr("getpass.getpass", lambda prompt: KEY)
    assert "A key can only be typed by a person" in terminal.fails("%vidgo key")
    terminal.run("%config Vidgo.attended = True")
    text = terminal.run("%vidgo key")
    assert "mode is live" in text
    assert KEY not in text
    assert "typed in" in terminal.run("%vidgo")


def test_the_doctor_finds_nothing_wrong_or_says_what(terminal: Terminal) -> None:
    text = terminal.run("%vidgo doctor")
    assert "WRONG" not in text
    assert text.count("ok: ") == 2
    terminal.run("open('blocked', 'w').close()")
    terminal.run("%config Vidgo.store = 'blocked/store'")
    assert "WRONG: The store" in terminal.run("%vidgo doctor")


def test_the_doctor_reports_a_malformed_key_without_showing_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDGO_API_KEY", "sk-se cret")
    text = terminal.run("%vidgo doctor")
    assert "WRONG: The API key" in text
    assert "cret" not in text


def test_settings_are_listed_and_set_by_config(terminal: Terminal) -> None:
    terminal.run("%config Vidgo.quality = 'high'")
    terminal.run("%config Vidgo.budget = 200")
    text = terminal.run("%vidgo config")
    assert "quality" in text
    assert "high" in text
    assert "200" in text
    assert "24 credits" in terminal.run("%vidgo quote -s 1:1 -r 2K x")
    terminal.run("%config Vidgo.budget = 'much'")
    assert "200" in terminal.run("%vidgo config")


def test_costs_tell_real_credits_apart_from_saved_ones(local_api: LocalApi, terminal: Terminal) -> None:
    for _ in range(3):
        terminal.run("%%vidgo -q high\nA red bicycle")
    text = terminal.run("%vidgo costs")
    assert "12 credits charged (as quoted), 24 credits saved by the store" in text


def test_what_waits_for_a_person_is_shown_and_settled(local_api: LocalApi, terminal: Terminal) -> None:
    local_api.emulator.faults.add(Fault("submit", status=500))
    terminal.fails("%%vidgo hero -q high\nx")
    job = terminal["hero"].id
    text = terminal.run(f"%vidgo resolve {job}")
    assert "12 credits" in text
    assert "--resubmit" in text
    assert local_api.submits == 1
    terminal.run("%vidgo resolve hero --forget")
    terminal.run("%%vidgo hero -q high\nx")
    assert local_api.submits == 2


@pytest.mark.parametrize("age", ["nan", "-5", "much", "1e12"])
def test_an_age_that_is_none_prunes_nothing_and_says_what_to_write(age: str, terminal: Terminal) -> None:
    assert "such as 30" in terminal.fails(f"%vidgo prune --yes --older-than={age}")


def test_a_model_that_is_none_prunes_nothing_and_is_named(terminal: Terminal) -> None:
    assert "gpt-image-2" in terminal.fails("%vidgo prune --yes --model gpt-image")


def test_the_emulator_draws_from_now_on_whatever_the_mode_was(terminal: Terminal) -> None:
    terminal.run("%config Vidgo.mode = 'replay'")
    text = terminal.run("%vidgo emulator")
    assert "in this kernel" in text
    assert "%config Vidgo.mode = 'auto'" in text
    assert "Emulated" in terminal.run("%%vidgo fox\nA fox")
    assert terminal["fox"].result(90).record.provider == "emulator"


def test_resolve_alone_lists_what_is_uncertain_with_what_is_at_stake_and_what_to_type(
    local_api: LocalApi, terminal: Terminal
) -> None:
    assert "No job is uncertain." in terminal.run("%vidgo resolve")
    local_api.emulator.faults.add(Fault("submit", status=500, times=2))
    terminal.fails("%%vidgo hero -q high\nA red bicycle")
    terminal.fails("%%vidgo other -q low\nA blue bicycle")
    text = terminal.run("%vidgo resolve")
    assert "2 jobs are uncertain: up to 14 credits at stake" in text
    for name in ("hero", "other"):
        assert f"%vidgo resolve {terminal[name].id} --resubmit" in text
    assert "up to 12 credits" in terminal.run("%vidgo jobs")
    assert "2 jobs are uncertain: up to 14 credits at stake; %vidgo resolve" in terminal.run("%vidgo")


def test_resolve_takes_a_variable_several_and_all(local_api: LocalApi, terminal: Terminal) -> None:
    local_api.emulator.faults.add(Fault("submit", status=500, times=4))
    for number in range(4):
        terminal.fails(f"%%vidgo v{number}\nPicture {number}")
    assert "1 job forgotten" in terminal.run("%vidgo resolve v0 --forget")
    assert "2 jobs forgotten" in terminal.run(f"%vidgo resolve v1 {terminal['v2'].id[:6]} --forget")
    assert "forgotten" in terminal.run("%vidgo jobs")
    assert "takes jobs or --all" in terminal.fails("%vidgo resolve v3 --all --forget")
    assert "one of the options" in terminal.fails("%vidgo resolve v3 --resubmit --forget")
    assert "is missing" in terminal.fails("%vidgo resolve --forget")
    assert "nothing to settle" in terminal.fails("%vidgo resolve v0 --forget")
    terminal.run("%vidgo resolve --all --resubmit")
    assert terminal["v3"].result(90)
    assert [terminal[f"v{number}"].status for number in range(4)] == ["forgotten"] * 3 + ["finished"]
    assert local_api.submits == 5


def test_a_variable_that_holds_no_job_is_named_and_a_near_one_is_offered(
    local_api: LocalApi, terminal: Terminal
) -> None:
    terminal.run("%%vidgo hero\nA red bicycle")
    terminal.run("count = 5")
    assert "'count' is not a job: the variable of that name is of type int" in terminal.fails("%vidgo show count")
    assert "Write hero" in terminal.fails("%vidgo show heros")

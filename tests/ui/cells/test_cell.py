"""``%%vidgo`` in a real IPython shell: its text becomes a request, its mistakes clear sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi
from tests.fixtures.raw_server import answers, raw_server
from tests.fixtures.sample_pictures import PNG
from tests.fixtures.terminal import Terminal
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import JobFailedError
from vidgo_notebook.render.annotation import without_mark


def prompts(local_api: LocalApi) -> list[str]:
    return [call.body["input"]["prompt"] for call in local_api.emulator.log if call.kind == "submit"]


def test_a_cell_buys_its_picture_and_names_its_job(local_api: LocalApi, terminal: Terminal) -> None:
    text = terminal.run("%%vidgo hero --quality high --size 16:9 --resolution 4K\nA premium product photo\n")
    assert "48 credits" in text
    assert "Prompt: A premium product photo" in text
    assert "12 credits (quality high) × 4 (resolution 4K, 16:9 exists in true 4K) = 48 credits" in text
    assert f"Picture: {terminal['hero'].result().path}" in text
    assert (terminal["hero"].result().bytes, terminal["hero"].charge) == (PNG, 48)
    (call,) = [call for call in local_api.emulator.log if call.kind == "submit"]
    assert call.body == {
        "model": "gpt-image-2",
        "input": {"prompt": "A premium product photo", "quality": "high", "size": "16:9", "resolution": "4K"},
    }


def test_takes_are_several_jobs_under_one_name(local_api: LocalApi, terminal: Terminal) -> None:
    text = terminal.run("%%vidgo tries --takes 3\nA red bicycle")
    assert isinstance(terminal["tries"], Batch)
    assert [job.request.take for job in terminal["tries"]] == [1, 2, 3]
    assert text.startswith("6 credits · 3 pictures · takes of GPT Image 2")
    assert [f"take {number}: /" in text for number in (1, 2, 3)] == [True] * 3
    assert (local_api.submits, local_api.emulator.charged) == (3, 6)


def test_running_a_cell_again_sends_nothing_and_prints_the_same(local_api: LocalApi, terminal: Terminal) -> None:
    cell = "%%vidgo hero\nA red bicycle"
    first = terminal.run(cell)
    calls = local_api.emulator.count()
    assert terminal.run(cell) == first
    assert local_api.emulator.count() == calls
    assert terminal["hero"].charge == 0


def test_expressions_are_filled_in_once_and_nothing_else_is(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.shell.user_ns.update(product="mug {{ x }}", price=5)
    cell = '%%vidgo\nA {{ product }} for ${{ price }}, $5, {price}, {"json": {"a": 1}}, {% if %}, %s, \\n'
    terminal.run(cell)
    assert prompts(local_api) == ['A mug {{ x }} for $5, $5, {price}, {"json": {"a": 1}}, {% if %}, %s, \\n']


def test_expressions_in_options_are_filled_in_too(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.shell.user_ns.update(q="high", n=2)
    terminal.run('%%vidgo a --quality {{ q }} --size "{{ 8 * n }}:9" --resolution {{ n }}K\nA red bicycle')
    assert terminal["a"].quote.total == 24


MISTAKES = {
    "a name that Python keeps": ("%%vidgo class\nx", ["NAME", "'class'", "Write class_"]),
    "a count that is none": ("%%vidgo --takes 0\nx", ["takes: '0' must be a whole number, 1 or more."]),
    "a wrong way to show": ("%%vidgo --show big\nx", ["show: 'big' is not one of preview, full, none."]),
    "a value too many": ("%%vidgo --dry-run=no\nx", ["dry_run takes no value. Write --dry-run, or leave it out"]),
    "the beginning of an option": ("%%vidgo --q high\nx", ["'--q' is not an option. Write -q or --quality"]),
    "an option like no other": ("%%vidgo --colour red\nx", ["'--colour' is not an option.\n"]),
    "an undefined name": ("%%vidgo\n{{ produkt }}", ["produkt", "not defined", "{{ product }}"]),
    "a failing expression": (
        "%%vidgo\n{{ 1 / 0 }}",
        ["prompt: {{ 1 / 0 }} failed: ZeroDivisionError: division by zero."],
    ),
    "an open expression": ("%%vidgo\n{{ product", ["prompt: {{ product is not closed. Write }}"]),
    "an unknown option": ("%%vidgo --qualty high\nx", ["--qualty", "--quality", "%%vidgo -h"]),
    "an unknown model": ("%%vidgo --model gpt-image-3\nx", ["gpt-image-3", "gpt-image-2"]),
    "a wrong quality": ("%%vidgo --quality best\nx", ["quality", "low, medium, high"]),
    "a wrong ratio": ("%%vidgo --size 16:10\nx", ["size", "16:9"]),
    "1000x1000": ("%%vidgo --size 1000x1000 -r 2K\nx", ["size", "1008x1008"]),
    "3840x3840": ("%%vidgo --size 3840x3840 -r 4K\nx", ["size", "3840x3840"]),
    "0x0": ("%%vidgo --size 0x0\nx", ["size"]),
    "no prompt": ("%%vidgo\n   \n", ["prompt", "empty"]),
    "4,001 characters": ("%%vidgo\n" + "x" * 4001, ["prompt", "4,001", "4,000"]),
    "images where none go": ("%%vidgo -m gpt-image-2 --image https://e.com/a.png\nx", ["image", "gpt-image-2-edit"]),
    "no image to edit": ("%%vidgo -m gpt-image-2-edit\nx", ["image", "at least one"]),
    "nine references": (
        "%%vidgo -m flux-2-pro-edit -s 1:1 -r 1K" + " --image https://e.com/a.png" * 9 + "\nx",
        ["image", "9", "8"],
    ),
    "two names": ("%%vidgo one two\nx", ["NAME", "one two"]),
    "no name for a variable": ("%%vidgo my-hero\nx", ["NAME", "my-hero"]),
    "an open quotation": ('%%vidgo --size "16:9\nx', ["quotation"]),
    "no number of takes": ("%%vidgo --takes none\nx", ["takes", "whole number"]),
    "takes and take": ("%%vidgo --takes 2 --take 1\nx", ["take"]),
    "an option without its value": ("%%vidgo --size\nx", ["size", "needs a value: --size SIZE"]),
    "no amount of credits": ("%%vidgo --max-credits much\nx", ["max_credits", "such as 24"]),
    "a callback in the clear": ("%%vidgo --callback-url http://e.com/x\nx", ["callback_url", "https"]),
    "several pictures in one file": ("%%vidgo --takes 2 --save a.png\nx", ["save", "{n}"]),
    "a price above the limit": ("%%vidgo -q high --max-credits 11\nx", ["12 credits", "11 credits"]),
}


@pytest.mark.parametrize(("cell", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_clear_message_and_nothing_is_sent(
    cell: str, expected: list[str], local_api: LocalApi, terminal: Terminal
) -> None:
    terminal.shell.user_ns["product"] = "mug"
    text = terminal.fails(cell)
    for word in expected:
        assert word in text
    assert "Nothing was sent and nothing was spent." in text
    assert local_api.emulator.count() == 0


def test_all_mistakes_are_reported_at_once(local_api: LocalApi, terminal: Terminal) -> None:
    text = terminal.fails("%%vidgo --quality best --size 16:10 --resolution 8K\n" + "x" * 4001)
    assert [field for field in ("quality:", "size:", "resolution:", "prompt has") if field in text] == [
        *("quality:", "size:", "resolution:", "prompt has")
    ]


def test_a_dry_run_shows_the_exact_request_and_its_price_and_sends_nothing(
    local_api: LocalApi, terminal: Terminal
) -> None:
    text = terminal.run("%%vidgo hero --dry-run -q high -s 1:1 -r 4K\nA red bicycle")
    assert '"prompt": "A red bicycle"' in text
    assert '"resolution": "4K"' in text
    assert "24 credits" in text
    assert "billed and made as 2K" in text
    assert "hero" not in terminal.shell.user_ns
    assert local_api.emulator.count() == 0


def test_a_dry_run_of_takes_shows_their_one_request_once_and_the_price_of_all(
    local_api: LocalApi, terminal: Terminal
) -> None:
    text = terminal.run("%%vidgo --dry-run --takes 3 -q high\nA red bicycle")
    assert text.count('"prompt"') == 1
    assert "this would be sent 3 times" in text
    assert "36 credits" in text
    assert local_api.emulator.count() == 0


def test_a_result_in_a_terminal_says_where_its_file_is(terminal: Terminal) -> None:
    terminal.run("%%vidgo hero\nA red bicycle")
    assert str(terminal["hero"].result().path) in terminal.run("hero.result()")


def test_the_card_of_a_picture_that_failed_does_not_say_that_it_was_made(
    local_api: LocalApi, terminal: Terminal
) -> None:
    local_api.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    terminal.fails("%%vidgo hero\nx")
    card = terminal.run("hero")
    assert "Model gpt-image-2, http" in card
    assert "ade with" not in card


def test_a_failed_job_fails_the_cell_in_the_services_own_words(local_api: LocalApi, terminal: Terminal) -> None:
    local_api.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    text = terminal.fails("%%vidgo hero\nx")
    assert isinstance(terminal.last.error_in_exec, JobFailedError)
    assert "Unsafe content" in text
    assert "It cost nothing" in text
    assert terminal["hero"].status == "failed"


def test_a_lost_answer_says_what_is_at_stake_and_how_to_settle_it(local_api: LocalApi, terminal: Terminal) -> None:
    local_api.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    text = terminal.fails("%%vidgo -q high\nx")
    assert "may or may not have been accepted" in text
    assert "12 credits" in text
    assert "%vidgo resolve" in text
    terminal.fails("%%vidgo -q high\nx")
    assert local_api.submits == 1


SERVICE_SAYS = [
    (Fault("submit", status=401), ["401", "%vidgo key", "nothing was spent"]),
    (Fault("submit", status=402), ["402", "%vidgo balance", "nothing was spent"]),
    (Fault("submit", status=400), ["400", "nothing was spent"]),
    (Fault("submit", status=200, body="<html>"), ["Unexpected API response", "web page"]),
]


@pytest.mark.parametrize(("fault", "expected"), SERVICE_SAYS)
def test_a_refusal_of_the_service_is_reported_with_its_cost(
    fault: Fault, expected: list[str], local_api: LocalApi, terminal: Terminal
) -> None:
    local_api.emulator.faults.add(fault)
    text = terminal.fails("%%vidgo\nx")
    for word in expected:
        assert word in text
    assert local_api.submits == 1
    assert KEY not in text


def test_saving_writes_the_picture_and_on_request_the_bytes_as_served(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("%%vidgo --save out/hero.png --as-served\nA red bicycle")
    assert Path("out/hero.png").read_bytes() == PNG
    terminal.run("%%vidgo --takes 2 --save out/take-{n}.png\nA red bicycle")
    assert [without_mark(Path(f"out/take-{n}.png").read_bytes()) for n in (1, 2)] == [PNG, PNG]
    Path("mine.png").write_text("mine")
    assert "left unchanged" in terminal.run("%%vidgo x --save mine.png\nA red bicycle")
    assert Path("mine.png").read_text() == "mine"


def test_not_waiting_gives_the_prompt_back_at_once(local_api: LocalApi, terminal: Terminal) -> None:
    local_api.emulator.faults.add(Fault("submit", delay=0.5))
    text = terminal.run("%%vidgo hero --no-wait\nA red bicycle")
    assert f"%vidgo wait {terminal['hero'].id}" in text
    assert not terminal["hero"].done()
    terminal.run(f"%vidgo wait {terminal['hero'].id}")
    assert terminal["hero"].result(0).bytes == PNG


def test_the_key_is_in_no_output_whatever_goes_wrong(local_api: LocalApi, terminal: Terminal) -> None:
    local_api.emulator.faults.add(Fault("submit", status=400, body={"code": 400, "error": {"message": f"bad {KEY}"}}))
    texts = [terminal.run(cell) for cell in ("%%vidgo\nx", "%vidgo", "%vidgo config", "%vidgo doctor", "%config Vidgo")]
    assert KEY not in "".join(texts)
    assert "•••" in texts[0]


@pytest.mark.parametrize(
    "then", ["", "%reload_ext vidgo_notebook", "%unload_ext vidgo_notebook\n%load_ext vidgo_notebook"]
)
@pytest.mark.parametrize("outside", ["", "https://api.example"])
def test_an_address_set_in_the_notebook_is_not_given_the_key_unasked(
    then: str, outside: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is set before anything else was done: a stranger's first cell could collect the key."""
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    monkeypatch.setenv("VIDGO_BASE_URL", outside)
    with raw_server(answers(401, {"code": 401})) as stranger:
        terminal.run(f"%config Vidgo.base_url = '{stranger.url}'")
        terminal.run(then)
        assert "was not sent to" in terminal.fails("%%vidgo\nx")
        assert "was not sent to" in terminal.fails("%vidgo balance")
        assert stranger.connections == 0


def test_without_a_key_live_mode_says_how_to_set_one(terminal: Terminal) -> None:
    terminal.run("%config Vidgo.mode = 'live'")
    text = terminal.fails("%%vidgo\nx")
    assert "%vidgo key" in text
    assert "VIDGO_API_KEY" in text


def test_replay_shows_what_is_stored_and_names_what_is_not(local_api: LocalApi, terminal: Terminal) -> None:
    first = terminal.run("%%vidgo\nA red bicycle")
    calls = local_api.emulator.count()
    terminal.run("%config Vidgo.mode = 'replay'")
    assert terminal.run("%%vidgo\nA red bicycle") == first
    text = terminal.fails("%%vidgo\nA blue bicycle")
    assert "'A blue bicycle'" in text
    assert "fingerprint" in text
    assert local_api.emulator.count() == calls

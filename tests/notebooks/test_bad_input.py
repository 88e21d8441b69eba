"""What is wrong is said in one clear message, in the cell, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.local_api import serve_unsigned
from tests.fixtures.minimal_frontend import Page, open_page
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Emulator, Fault, serve

NOTHING = "Nothing was sent and nothing was spent."
NINE = " ".join(f"--image https://example.com/{number}.png" for number in range(9))
WRONG = {
    "quality": ("%%vidgo --quality best\nA fox", "quality", "Write low, medium or high"),
    "size": ("%%vidgo --size 1000x1000 --resolution 2K\nA fox", "size", "1008x1008"),
    "too many pixels": ("%%vidgo --size 3840x3840 --resolution 4K\nA fox", "size", "8,294,400"),
    "ratio": ("%%vidgo --size 16:10\nA fox", "size", "Write 3:2"),
    "no size": ("%%vidgo --size 0x0 --resolution 2K\nA fox", "size", "Write "),
    "long prompt": ("%%vidgo\n" + "x" * 4001, "prompt", "4,000"),
    "blank prompt": ("%%vidgo\n  \n\t ", "prompt", "say what the picture should show"),
    "image not allowed": ("%%vidgo -m gpt-image-2 -i https://example.com/a.png\nA fox", "image", "gpt-image-2-edit"),
    "image missing": ("%%vidgo --model gpt-image-2-edit\nA fox", "image", "at least one image"),
    "nine images": (f"%%vidgo --model flux-2-pro-edit -s 1:1 -r 1K {NINE}\nA fox", "image", "8"),
    "option": ("%%vidgo --qualty high\nA fox", "--qualty", "Write --quality"),
    "model": ("%%vidgo --model gpt-image-3\nA fox", "model", "Write gpt-image-2"),
    "name": ("%%vidgo\nA {{ foxs }}", "foxs", "Write {{ fox }}"),
    "template": ("%%vidgo\nA {{ fox", "prompt", "{{"),
    "command": ("%vidgo jbos", "jbos", "Write %vidgo jobs"),
    "python": ("vidgo.generate('', quality='best', size='16:10')", "quality", "Write 3:2"),
}


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator(latency=0)


@pytest.fixture(scope="module")
def page(shared_folder: NotebookFolder, emulator: Emulator) -> Iterator[Page]:
    with serve(emulator) as url, open_page(shared_folder, attended=False, VIDGO_BASE_URL=url) as opened:
        opened.run("import vidgo_notebook as vidgo\nfox = 'a fox'")
        yield opened


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_one_clear_message_and_nothing_is_sent(name: str, page: Page, emulator: Emulator) -> None:
    code, field, remedy = WRONG[name]
    message = page.run(code).error
    assert field in message
    assert remedy in message
    assert NOTHING in message
    assert_no_traceback(message)
    assert emulator.count() == 0
    assert "0 emulated credits" in page.run("%vidgo").text


def test_all_problems_are_reported_at_once(page: Page) -> None:
    message = page.run("%%vidgo --quality best --size 16:10 --resolution 8K\n ").error
    assert all(f"{field}: " in message for field in ("quality", "size", "resolution"))
    assert "prompt is empty" in message


def test_without_a_key_live_mode_says_how_to_get_one(page: Page) -> None:
    page.run("%config Vidgo.mode = 'live'")
    message = page.run("%%vidgo\nA fox").error
    page.run("%config Vidgo.mode = 'emulator'")
    assert "VIDGO_API_KEY" in message
    assert "%vidgo key" in message
    assert NOTHING in message
    assert_no_traceback(message)


@pytest.mark.parametrize(
    ("status", "name", "remedy"),
    [(401, "AuthenticationError", "VIDGO_API_KEY"), (402, "InsufficientCreditsError", "%vidgo balance")],
)
def test_a_refusal_of_the_service_is_reported_with_its_cost(
    status: int, name: str, remedy: str, page: Page, emulator: Emulator
) -> None:
    emulator.faults.add(Fault("submit", status=status))
    message = page.run(f"%%vidgo\nRefused with {status}").error
    assert name in message
    assert remedy in message
    assert "nothing" in message
    assert_no_traceback(message)


def test_an_answer_that_is_not_understood_leaves_the_job_uncertain(page: Page, emulator: Emulator) -> None:
    emulator.faults.add(Fault("submit", status=200, body="<html>hello</html>"))
    message = page.run("%%vidgo\nNonsense").error
    assert "JobUncertainError" in message
    assert "may or may not have been accepted" in message
    assert_no_traceback(message)


def test_a_live_client_that_meets_an_emulator_stops_and_names_the_mode(notebook_folder: NotebookFolder) -> None:
    emulator = Emulator(latency=0)
    with (
        serve(emulator) as url,
        open_page(notebook_folder, attended=False, VIDGO_MODE="live", VIDGO_API_KEY="k-1", VIDGO_BASE_URL=url) as page,
    ):
        message = page.run("%%vidgo\nA fox").error
    assert "VIDGO_MODE=emulator" in message
    assert_no_traceback(message)


def test_no_network_is_said_with_what_it_cost(notebook_folder: NotebookFolder) -> None:
    with serve_unsigned(Emulator()) as url:
        pass  # the port is no longer listened on
    with open_page(notebook_folder, attended=False, VIDGO_MODE="live", VIDGO_API_KEY="k-1", VIDGO_BASE_URL=url) as page:
        message = page.run("%%vidgo\nA fox").error
    assert "TransportError" in message
    assert "othing was" in message
    assert_no_traceback(message)


def assert_no_traceback(message: str) -> None:
    assert message
    assert "Traceback" not in message
    assert "File " not in message
    assert "vidgo_notebook/" not in message

"""Messages are written once, in a notebook's words, and read in those of the place where they are shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.terminal import Terminal
from vidgo_notebook.door import Door, here, in_a_form, in_words_of
from vidgo_notebook.errors import BudgetError, VidgoError

JOB = "jabcdefghk"
SAID = {
    "it is made as 2K: write -r 2K, or 16:9 for 4K": (
        "it is made as 2K: write resolution='2K', or 16:9 for 4K",
        "it is made as 2K: write resolution='2K', or 16:9 for 4K",
        "it is made as 2K: write -r 2K, or 16:9 for 4K",
    ),
    "add one with --image, or write --model gpt-image-2 to start": (
        "add one with image=, or write model='gpt-image-2' to start",
        "add one with image=, or write model='gpt-image-2' to start",
        "add one with --image, or write --model gpt-image-2 to start",
    ),
    "Write --set output_format=png": (
        "Write extra={'output_format': 'png'}",
        "Write extra={'output_format': 'png'}",
        "Write --set output_format=png",
    ),
    "give the seed: --seed N.": ("give the seed: seed=N.", "give the seed: seed=N.", "give the seed: --seed N."),
    "--yes": ("yes=True", "yes=True", "--yes"),
    "Write --size 16:9": ("Write size='16:9'", "Write size='16:9'", "Write --size 16:9"),
    "Write --takes 3": ("Write takes=3", "Write takes=3", "Write --takes 3"),
    "Write color = … in a cell that runs first": (
        "Write color=… as a keyword",
        "Write color=… as a keyword",
        "Write --sweep color=A,B",
    ),
    "the prompt is the text below the first line": (
        "the prompt is the text below the first line",
        "the prompt is the text below the first line",
        "the prompt is an argument without an option, in quotes",
    ),
    "more than --max-credits allows": (
        "more than max_credits allows",
        "more than max_credits allows",
        "more than --max-credits allows",
    ),
    "%config Vidgo.mode = 'live'": (
        "vidgo.configure(mode='live')",
        "vidgo.configure(mode='live')",
        "VIDGO_MODE=live",
    ),
    "with %config Vidgo.name = value.": (
        "with vidgo.configure(name=value).",
        "with vidgo.configure(name=value).",
        "with VIDGO_NAME=value.",
    ),
    "%config Vidgo.prices = {'flux-2-pro': '6'}": (
        "vidgo.configure(prices={'flux-2-pro': '6'})",
        "vidgo.configure(prices={'flux-2-pro': '6'})",
        "c.Vidgo.prices = {'flux-2-pro': '6'} in an IPython profile",
    ),
    "Set VIDGO_JOURNAL to a file, before Jupyter starts, or here: %config Vidgo.journal = '/j.sqlite3'": (
        "Set VIDGO_JOURNAL to a file, before Jupyter starts, or here: vidgo.configure(journal='/j.sqlite3')",
        "Set VIDGO_JOURNAL to a file, before Python starts, or here: vidgo.configure(journal='/j.sqlite3')",
        "Set VIDGO_JOURNAL to a file: VIDGO_JOURNAL=/j.sqlite3",
    ),
    "To use it set VIDGO_MODE=emulator, or here: %config Vidgo.mode = 'emulator'": (
        "To use it set VIDGO_MODE=emulator, or here: vidgo.configure(mode='emulator')",
        "To use it set VIDGO_MODE=emulator, or here: vidgo.configure(mode='emulator')",
        "To use it set VIDGO_MODE=emulator",
    ),
    "%vidgo resume continues it.": (
        "%vidgo resume continues it.",
        "vidgo.resume() continues it.",
        "vidgo resume continues it.",
    ),
    f"%vidgo wait {JOB} waits for it.": (
        f"%vidgo wait {JOB} waits for it.",
        f"vidgo.wait('{JOB}') waits for it.",
        f"vidgo wait {JOB} waits for it.",
    ),
    f"%vidgo resolve {JOB} --resubmit buys it": (
        f"%vidgo resolve {JOB} --resubmit buys it",
        f"vidgo.resolve('{JOB}', 'resubmit') buys it",
        f"vidgo resolve {JOB} --resubmit buys it",
    ),
    f"%vidgo resolve {JOB} shows it": (
        f"%vidgo resolve {JOB} shows it",
        "vidgo.resolve() shows it",
        f"vidgo resolve {JOB} shows it",
    ),
    "%vidgo continue NAME buys": ("%vidgo continue NAME buys", "vidgo.batch(NAME) buys", "vidgo continue NAME buys"),
    "%vidgo prune --unreadable": (
        "%vidgo prune --unreadable",
        "vidgo prune --unreadable (in a shell)",
        "vidgo prune --unreadable",
    ),
    "Set VIDGO_API_KEY before Jupyter starts (or %vidgo key).": (
        "Set VIDGO_API_KEY before Jupyter starts (or %vidgo key).",
        "Set VIDGO_API_KEY before Python starts.",
        "Set VIDGO_API_KEY.",
    ),
    "Run its cell again.": ("Run its cell again.", "Run it again.", "Run it again."),
    "it was set outside the notebook": (
        "it was set outside the notebook",
        "it was set outside the program",
        "it was set outside the program",
    ),
}


@pytest.mark.parametrize("text", SAID)
def test_a_message_has_the_words_of_the_place_where_it_is_read(text: str) -> None:
    assert in_words_of(Door.CELL, text) == text
    assert tuple(in_words_of(door, text) for door in (Door.CODE, Door.SCRIPT, Door.SHELL)) == SAID[text]


@pytest.mark.parametrize(
    ("text", "in_the_form"),
    [
        (
            "resolution=4K with size=1:1 is billed as 2K: write -r 2K, or 16:9 or 9:16 for 4K.",
            "Resolution 4K with Size 1:1 is billed as 2K: set Resolution to 2K, or Size to 16:9 or 9:16 for 4K.",
        ),
        (
            "Add a size such as 16:9 for 2K.",
            "Choose a Size such as 16:9 for 2K.",
        ),
        (
            "needs an image: add one with --image, or write --model gpt-image-2 to start from the prompt alone.",
            "needs an image: add one at Image, or choose the Model gpt-image-2 to start from the prompt alone.",
        ),
        ("takes no images. Write no image", "takes no images. Remove the images"),
        ("Run its cell again: nothing was bought.", "Press Generate again: nothing was bought."),
    ],
)
def test_in_the_form_a_message_names_its_fields(text: str, in_the_form: str) -> None:
    assert in_a_form(text) == in_the_form


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("text", ["'%vidgo resume --yes'", '"--yes"', "jupyter nbconvert --clear-output"])
def test_what_is_quoted_may_be_the_readers_text_and_stays(text: str, door: Door) -> None:
    assert in_words_of(door, f"It can't be: {text} is not known.") == f"It can't be: {text} is not known."


def test_the_same_refusal_names_the_option_in_a_cell_and_the_keyword_in_python(terminal: Terminal) -> None:
    limit = terminal.fails("%%vidgo -q high --max-credits 1\nA dog")
    assert "Raise --max-credits" in limit
    text = terminal.fails("import vidgo_notebook as vidgo\nvidgo.generate('A dog', quality='high', max_credits=1)")
    assert "Raise max_credits" in text
    assert "--" not in text
    assert "%vidgo jobs" in terminal.fails("vidgo.wait('gone')")  # magics are there


def test_a_script_reads_of_no_magic_and_of_no_cell() -> None:
    with pytest.raises(BudgetError) as refused:
        vidgo.generate("A dog", quality="high", max_credits=1)
    assert "Raise max_credits" in str(refused.value)
    with pytest.raises(VidgoError) as unknown:
        vidgo.wait("gone")
    assert "vidgo.jobs() lists them" in str(unknown.value)
    job = vidgo.generate("A red bicycle").wait()
    html = job._repr_html_()
    assert "vidgo.generate(" in html
    assert not re.search(r"%+vidgo|%config|the cell", html)


def test_no_message_names_a_magic_that_another_place_could_not_read() -> None:
    """Every magic that the source names is one that is put into the words of a script and of a shell."""
    package = Path(vidgo.__file__).parent
    rooms = ("app", "domain", "engine", "render", "store", "wire")
    files = [package / "errors.py", *(path for room in rooms for path in (package / room).rglob("*.py"))]
    literals = [
        found[0]
        for path in files
        for line in path.read_text().splitlines()
        if not line.lstrip().startswith(("#", '"""')) and "``" not in line
        for found in re.finditer(r"%(?:vidgo|config Vidgo)\b[^\"`]*", line)
    ]
    assert len(literals) > 30
    for text in literals:
        said = in_words_of(Door.SCRIPT, text)
        assert "%config" not in said, text
        assert not re.search(r"(?<!%)%vidgo [a-z]", said), text


def test_a_shell_closes_its_door_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    from vidgo_notebook.__main__ import main

    assert main(["wait", "gone"]) == 2
    assert "vidgo jobs lists them" in capsys.readouterr().err
    assert here("%vidgo jobs") == "vidgo.jobs()"


def test_a_shell_prints_prompts_as_they_were_written(capsys: pytest.CaptureFixture[str]) -> None:
    from vidgo_notebook.__main__ import main

    prompt = "A cat outside the notebook, %vidgo resume --yes"
    for more in ([], ["--json"]):
        assert main(["quote", prompt, *more]) == 0
    vidgo.generate(prompt).wait()
    assert main(["jobs"]) == 0
    assert main(["jobs", "--json"]) == 0
    assert capsys.readouterr().out.count(prompt) == 2

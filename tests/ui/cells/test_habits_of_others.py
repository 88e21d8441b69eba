"""Cells, commands and calls with the habits of other programs: A1111, ComfyUI, Midjourney, diffusers, OpenAI, git.

Each table runs in one shell: an answer says in a sentence what to write instead, and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal

TAKEN: Sequence[tuple[str, Mapping[str, str]]] = [
    ("--quality = low --size= 16:9", {"quality": "low", "size": "16:9"}),
    ("--quality: low --size:16:9", {"quality": "low", "size": "16:9"}),
    ("--size=2048 x 1152 -r 2 K", {"size": "2048x1152", "resolution": "2K"}),
    ("--size ２０４８ｘ１１５２ -r ２Ｋ", {"size": "2048x1152", "resolution": "2K"}),
    ("--size 2048x1152px --resolution 2k", {"size": "2048x1152"}),
    ("--size 2,048x1,152 -r 2K", {"size": "2048x1152"}),
    ("--quality low, --size 16:9, -r 2K.", {"quality": "low", "size": "16:9", "resolution": "2K"}),
    ("--model openai/gpt-image-2", {"model": "gpt-image-2"}),
]
CELLS = [
    ("%%vidgo --yes=no\nx", "yes takes no value. Write --yes, or leave it out\n"),
    ("%%vidgo --fresh false\nx", "fresh takes no value. Write --fresh, or leave it out\n"),
    ("%%vidgo --ar 16:9\nx", "'--ar' is not an option. Write --size 16:9\n"),
    ("%%vidgo --v 6\nx", "'--v' is not an option. Write --model\n"),
    ("%%vidgo --no blur\nx", "'--no' is not an option: the API has no negative prompt"),
    ("%%vidgo --sise 16:9\nx", "'--sise' is not an option. Write --size 16:9\n"),
    ("%%vidgo --count 3\nx", "'--count' is not an option. Write --takes 3\n"),
    ("%%vidgo --output 'my cat.png'\nx", "is not an option. Write --save 'my cat.png'\n"),
    ("%%vidgo --background transparent\nx", "is not an option: the API has no transparency"),
    ("%%vidgo --user me\nx", "'--user' is not an option: the API has no such field"),
    ("%%vidgo --lora x\nx", "'--lora' is not an option: the API has no such field"),
    ("%%vidgo --prompt 'A fox'\nx", "the prompt is the text below the first line"),
    ("%%vidgo --api-key abc\nx", "a key does not belong here: use %vidgo key"),
    ("%%vidgo --timeout 60\nx", "%config Vidgo.timeout = 1800 sets how long"),
    ("%%vidgo --quiet\nx", "'--quiet' is not an option: nothing is shown but a picture"),
    ("%%vidgo --no-save\nx", "'--no-save' is not an option: leave --save out."),
    ("%%vidgo -H 512\nx", "'-H' is not an option. Write --size WIDTHxHEIGHT\n"),
    ("%%vidgo -n 1000000\nx", "takes: 1,000,000 are too many; at most 100,000 are planned."),
    ("%%vidgo -s 4K\nx", "for gpt-image-2. Write --resolution 4K\n"),
    ("%%vidgo -r 16:9\nx", "for gpt-image-2. Write --size 16:9\n"),
    ("%%vidgo -r 2048\nx", "for gpt-image-2. Write 2K\n"),
    ("%%vidgo -r 1080p\nx", "for gpt-image-2. Write 1K\n"),
    ("%%vidgo -m flux.1-dev\nx", "Write flux-2-pro or flux-2-flex\n"),
    ("%%vidgo quality=high\nx", "'quality=high' is not a NAME. Write --quality high\n"),
    ("%%vidgo quality: high\nx", "'quality:high' is not a NAME. Write --quality high\n"),
    ("%%vidgo my-hero\nx", "'my-hero' is not a valid variable name. Write my_hero\n"),
    ("%%vidgo class\nx", "'class' is not a valid variable name. Write class_\n"),
    ("%%vidgo 🦊\nx", "is not a valid variable name. Write a name such as hero\n"),
    ("%%vidgo 'A cat on a mat'\nx", "The prompt goes below the first line"),
    ("%%vidgo quote\nx", "'quote' is not a NAME. Write --dry-run\n"),
    ("%%vidgo jobs", "'jobs' is a command. Write %vidgo jobs\n"),
    ("%%vidgo -i a.png,b.png\nx", "Write --image a.png --image b.png\n"),
    ("%%vidgo\n{{ xyz }}", "{{ xyz }} is not defined. Write xyz = … in a cell that runs first\n"),
    ("%%vidgo\n{{ len(product) }}", "len is not available in a prompt. Write the result into a"),
    ("%%vidgo\n--quality high\nA fox", "begins with the option --quality. Write it in the first line"),
    ("%vidgo config budget=5", "Write %config Vidgo.budget = 5\n"),
    ("%vidgo models flux", "'flux' is not expected here."),
    ("%vidgo run", "prune, config, key, emulator, doctor.\n"),
    ("%vidgo ls", "Write %vidgo jobs\n"),
    ("%vidgo images", "Write %vidgo gallery\n"),
    ("%vidgo --version", "Write %vidgo doctor\n"),
    ("%vidgo credits", "Write %vidgo balance\n"),
    ("%vidgo login", "Write %vidgo key\n"),
    ("%vidgo jobs; %vidgo costs", "Write %vidgo jobs\n"),
    ("%%vidgo --save s3://b/a.png\nx", "writes to this machine, not to a URL. Write a path such as"),
    ("%%vidgo --save {quality}.png\nx", "only {n} is filled in, not {quality}. Write {n}.png\n"),
    ("%%vidgo --save a.png --format jpg\nx", "a.png does not end in .jpg, and the format is jpg. Write --save a.jpg\n"),
    ("%%vidgo --save my pics/a.png\nx", "Write --save 'my pics/a.png'\n"),
]
CALLS = [
    ("generate(None)", "prompt must be text, not None. Write vidgo.generate('A red bicycle')"),
    ("generate(5)", "prompt must be text, not int. Write '5'"),
    ("generate(__import__('pathlib').Path('a.txt'))", "must be text, not PosixPath. Write path.read_text()"),
    ("generate(b'a')", "must be text, not bytes. Write prompt.decode()"),
    ("generate(__import__('pandas').DataFrame({'a': [1]}))", "not DataFrame. Write vidgo.plan(table)"),
    ("generate(__import__('pandas').Series(['a']))", "not Series. Write vidgo.sweep(prompt=list(…))"),
    ("generate(__import__('numpy').zeros((4, 4, 3)))", "not ndarray. Write image=… for an image to edit"),
    ("generate('x', takes='3')", "takes: '3' must be a whole number, 1 or more. Write takes=3"),
    ("generate('x', take=2, takes=3)", "take=K is one of the takes; takes=N is all of them: use one"),
    ("generate('x', size=1024)", "size must be text, not int. Write 1:1"),
    ("generate('x', resolution=2)", "resolution must be text, not int. Write 2K"),
    ("generate('x', quality=1)", "quality must be text, not int. Write low, medium or high"),
    ("generate('x', quality=['low', 'high'])", "not list. Write vidgo.sweep(quality=['low', 'high'])"),
    ("generate('x', model=['flux-2-pro'])", "Write vidgo.sweep(model=['flux-2-pro'])"),
    ("generate('x', size='2K')", "for gpt-image-2. Write resolution='2K'"),
    ("generate('x', resolution='16:9')", "for gpt-image-2. Write size='16:9'"),
    ("generate('x', user='me')", "user is not an option: the API has no such field"),
    ("generate('x', timeout=5)", "vidgo.configure(timeout=1800) sets how long"),
    ("generate(text='x')", "callback_url, extra, fresh, yes, max_credits. Write prompt="),
    ("sweep(prompt=['a'], steps=[1, 2])", "has no {{ steps }}: the API has no steps and no samplers."),
    (
        "sweep(prompt='x')",
        "nothing varies. Write several values, such as vidgo.sweep(quality=['low', 'high'])",
    ),
    ("sweep(prompt=[])", "has no value to sweep over. Write vidgo.sweep(prompt=['A', 'B']), one value"),
    ("jobs(limit=5)", "limit is not an option: the function takes none."),
    ("costs(everything=True)", "everything is not an option: the function takes none."),
    ("report(every=True)", "every is not an option; there are everything. Write everything="),
    ("configure(api_key='sk')", "api_key is not a setting: use %vidgo key"),
]


def test_what_is_written_as_elsewhere_and_has_one_plain_meaning_is_taken(terminal: Terminal) -> None:
    for line, fields in TAKEN:
        terminal.run(f"%%vidgo hero {line}\nA fox")
        request = terminal["hero"].request
        assert {name: getattr(request, name) for name in fields} == fields, line


def test_an_option_a_value_or_a_command_of_elsewhere_is_answered_with_ours(
    local_api: LocalApi, terminal: Terminal
) -> None:
    terminal.shell.user_ns["product"] = "mug"
    answers = {cell: terminal.fails(cell) for cell, _ in CELLS}
    assert [(cell, answers[cell]) for cell, said in CELLS if said not in answers[cell]] == []
    assert local_api.emulator.count() == 0


def test_a_key_in_a_line_is_not_repeated_in_the_answer(terminal: Terminal) -> None:
    for line in (
        "--api-key=sk-secret",
        "--api-key sk-secret",
        "--token=sk-secret",
        "--key: sk-secret",
        "--key:sk-secret",
    ):
        assert "sk-secret" not in terminal.fails(f"%%vidgo {line}\nA fox"), line


def test_a_call_with_the_habits_of_elsewhere_is_answered_with_ours(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("import vidgo_notebook as vidgo")
    answers = {call: terminal.fails(f"vidgo.{call}") for call, _ in CALLS}
    assert [(call, answers[call]) for call, said in CALLS if said not in answers[call]] == []
    assert local_api.emulator.count() == 0


@pytest.mark.parametrize(
    ("read", "instead"),
    [
        ("job.image", "job.result().image"),
        ("job.save('a.png')", "job.result().save"),
        ("grid.path", "grid[0].result().path"),
        ("grid.status", "grid[0].status"),
    ],
)
def test_what_a_picture_has_and_not_its_job_is_said_to_be_there(read: str, instead: str, terminal: Terminal) -> None:
    terminal.run("%%vidgo job\nA fox")
    terminal.run("%%vidgo grid -n 2\nA fox")
    terminal.run(read)
    assert isinstance(terminal.error, AttributeError)
    name = instead.removeprefix("job").removeprefix("grid")
    assert f"has no attribute {name.rpartition('.')[2]!r}: " in str(terminal.error)
    assert str(terminal.error).endswith(name)
    assert not hasattr(terminal["job"], "colour")

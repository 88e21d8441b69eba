"""Cells as people write them: what has one plain meaning is taken, what has none is named with what to write."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.errors import RequestError

TAKEN: dict[str, tuple[str, dict[str, str]]] = {
    "capitals": ("--quality HIGH --model GPT-IMAGE-2", {"model": "gpt-image-2", "quality": "high"}),
    "a title": ("--model 'GPT Image 2' --quality High", {"model": "gpt-image-2", "quality": "high"}),
    "4k and 16/9": ("--resolution 4k --size 16/9", {"resolution": "4K", "size": "16:9"}),
    "16x9 as a ratio": ("--size 16x9", {"size": "16:9"}),
    "a multiplication sign": ("--size '2048 × 1152' -r 2k", {"size": "2048x1152", "resolution": "2K"}),
    "dashes of a text program": ("—size 16:9 –q low —takes=2", {"size": "16:9", "quality": "low"}),
    "one dash": ("-size 16:9 -quality low", {"size": "16:9", "quality": "low"}),
    "underscores": ("--max_credits 50 -s 1:1", {"size": "1:1"}),
    "a no-break space": ("--quality\xa0low --size\u202f1:1", {"quality": "low", "size": "1:1"}),
    "a comment": ("--quality low  # it's the first try", {"quality": "low"}),
    "a second line": ("--quality low \\\n  --size 16:9", {"quality": "low", "size": "16:9"}),
    "a tabulator": ("\t--size 1:1", {"size": "1:1"}),
    "a model in one word": ("--model GPTImage2", {"model": "gpt-image-2"}),
    "the same twice": ("-q low --quality low", {"quality": "low"}),
}


@pytest.mark.parametrize(("line", "fields"), TAKEN.values(), ids=TAKEN)
def test_what_has_one_plain_meaning_is_taken(line: str, fields: dict[str, Any], terminal: Terminal) -> None:
    terminal.shell.user_ns.pop("hero", None)
    terminal.run(f"%%vidgo hero {line}\nA fox")
    assert terminal.last.error_in_exec is None
    hero = terminal["hero"]
    request = hero[0].request if "takes" in line else hero.request
    assert {name: getattr(request, name) for name in fields} == fields
    assert request.prompt == "A fox"


def test_another_blank_after_the_magic_is_a_blank(terminal: Terminal) -> None:
    terminal.run("%%vidgo\xa0hero -s 1:1\nA fox")
    assert terminal["hero"].request.size == "1:1"


NAMED = {
    "--n": ("%%vidgo --n 4\nx", "'--n' is not an option. Write -n or --takes\n"),
    "a seed without draws": ("%%vidgo --seed 42\nx", "seed: the API has no seeds. Here one decides what {{ choice("),
    "a model in the place of the name": ("%%vidgo flux-2-pro\nx", "is not a NAME. Write --model flux-2-pro\n"),
    "a size there": ("%%vidgo hero 16/9\nx", "'16/9' is not a NAME. Write --size 16/9\n"),
    "an image there": ("%%vidgo hero shelf.jpg\nx", "'shelf.jpg' is not a NAME. Write --image shelf.jpg\n"),
    "a quality of others": ("%%vidgo -q auto\nx", "for gpt-image-2. Write low, medium or high\n"),
    "another one": ("%%vidgo -q standard\nx", "for gpt-image-2. Write low, medium or high\n"),
    "both ways to wait": ("%%vidgo --wait --no-wait\nx", "wait: --wait and --no-wait contradict each other."),
    "two sizes": ("%%vidgo -s 1:1 --size 16:9\nx", "size is given more than once: '1:1' and '16:9'."),
    "an option of A1111": ("%%vidgo --steps 30\nx", "'--steps' is not an option: the API has no steps"),
    "the height of others": ("%%vidgo --height 512\nx", "'--height' is not an option. Write --size WIDTHxHEIGHT\n"),
    "a comment above": ("# my hero\n%%vidgo hero\nA fox", "a cell magic stands in the first line of its cell"),
    "code above": ("a = 1\n%matplotlib\n%%vidgo\nA fox", "move the code above it into another cell"),
    "the beginning of a builtin": ("%%vidgo -i opn\nx", "not a URL, variable or existing file: give a URL"),
    "an undefined name like one of IPython's": ("%%vidgo\n{{ exi }}", "{{ exi }} is not defined. Write exi = …"),
    "a misspelt name of the user's": ("%%vidgo\n{{ prodct }}", "not defined. Write {{ product }}\n"),
    "no such attribute": ("%%vidgo\n{{ product.nme }}", "{{ product.nme }} has no value: a value of type str has no"),
    "an empty expression": ("%%vidgo\nA {{ }}", "{{ }} is not an expression: something is missing."),
    "two names": ("%%vidgo\nA {{ product mug }}", "{{ product mug }} is not an expression: mug is not expected there."),
    "a size in words": ("%%vidgo -s landscape\nx", "for gpt-image-2. Write 3:2\n"),
    "a ratio as a number": ("%%vidgo -s 1.78\nx", "for gpt-image-2. Write 16:9\n"),
    "a nickname": ("%%vidgo -m flux\nx", "Write flux-2-pro or flux-2-flex\n"),
    "another nickname": ("%%vidgo -m gpt\nx", "Write gpt-image-2\n"),
    "two qualities": ("%%vidgo -q low,high\nx", "for gpt-image-2. Write --sweep quality=low,high\n"),
    "two qualities, dearer": ("%%vidgo -q low|high\nx", "for gpt-image-2. Write --sweep quality=low,high\n"),
    "text in the place of an image": ("%%vidgo -i product\nx", "(product): its text 'mug' is not a URL or a file"),
    "a value for a switch": ("%%vidgo --wait=yes\nx", "wait takes no value. Write --wait or --no-wait\n"),
    "a command of others": ("%vidgo cancel", "Write %vidgo stop\n"),
    "no such filter": ("%%vidgo\n{{ product | uper }}", "is not an expression: there is no filter uper, but upper."),
}


@pytest.mark.parametrize(("cell", "message"), NAMED.values(), ids=NAMED)
def test_what_has_no_plain_meaning_is_named_with_what_to_write(
    cell: str, message: str, local_api: LocalApi, terminal: Terminal
) -> None:
    terminal.shell.user_ns["product"] = "mug"
    assert message in terminal.fails(cell)
    assert isinstance(terminal.error, RequestError)
    assert local_api.emulator.count() == 0


def test_every_expression_that_fails_is_named_and_evaluated_once(terminal: Terminal) -> None:
    calls: list[str] = []

    def look(at: str) -> str:
        calls.append(at)
        if at == "b":
            raise ValueError("no such place")
        return at

    terminal.shell.user_ns["look"] = look
    text = terminal.fails('%%vidgo\n{{ look("a") }} {{ look("b") }} {{ look("c") }} {{ 1/0 }}')
    assert '{{ look("b") }} failed: ValueError: no such place.' in text
    assert "{{ 1/0 }} failed: ZeroDivisionError: division by zero." in text
    assert calls == ["a", "b", "c"]
    text = terminal.fails('%%vidgo\n{{ nowhere }} {{ look("b") }}')
    assert "{{ nowhere }} is not defined." in text
    assert '{{ look("b") }} failed' in text


def test_a_prompt_that_ends_with_a_question_mark_is_priced(terminal: Terminal) -> None:
    assert "12 credits for gpt-image-2" in terminal.run("%vidgo quote -q high Who's there?")
    assert "Make pictures with the Vidgo API" in terminal.run("%vidgo?")


def test_a_cell_inside_a_string_is_text(terminal: Terminal) -> None:
    terminal.run('cell = """\n%%vidgo hero\nWho is there?\n"""')
    assert terminal["cell"] == "\n%%vidgo hero\nWho is there?\n"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("generate('x', qualty='high')", "there are quality, model, size, resolution, image, take, "),
        ("generate('x', qualty='high')", "fresh, max_credits, yes. Write quality="),
        ("generate('x', n=4)", "Write takes="),
        ("generate('x', seed=4)", "seed is not an option: the API has no seeds"),
        ("generate({'scene': 'a'})", "must be text, not dict. Write json.dumps(…)"),
        ("generate(['a', 'b'])", "must be text, not list. Write vidgo.sweep(prompt=[…])"),
        ("sweep(prompt='x', qualty=['low', 'high'])", "Write quality"),
        ("sweep('x {{ n }}', n=[1, 2])", "sweep: too many positional arguments. Write vidgo.sweep(prompt=…)"),
        ("generate('x', quality='low,high')", "Write vidgo.sweep(quality=['low', 'high'])"),
        ("generate('x', size=(1024, 1536))", "size must be text, not tuple. Write '1024x1536'"),
        ("generate('x', dry_run=True)", "vidgo.quote(…) shows the price and sends nothing"),
        ("generate('x', wait=True)", "job.wait() waits for its picture"),
        ("generate('x', save='a.png')", "job.result().save(path) writes the file"),
    ],
)
def test_python_names_what_to_write_too(call: str, message: str, terminal: Terminal) -> None:
    assert message in terminal.fails(f"import vidgo_notebook as vidgo\nvidgo.{call}")

"""A cell, the form, Python, a table of one row and the shell are doors to one pipeline: the same request is the
same picture at the same price, and the same mistake has the same words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.form import LiveQuote, live_quote
from vidgo_notebook.app.plan.planning import plan_form
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.domain.request import fingerprint
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import Problem, RequestError

Fields = Mapping[str, str]

REQUESTS: dict[str, Fields] = {
    "the defaults": {},
    "every choice": {"quality": "high", "size": "16:9", "resolution": "4K"},
    "a custom size": {"quality": "low", "size": "2304x1536", "resolution": "2K"},
    "another model": {"model": "flux-2-pro", "size": "3:2", "resolution": "2K"},
    "an edit": {"image": "https://pics.example/a.png"},
    "a callback": {"callback_url": "https://pics.example/hook"},
}


def options(fields: Fields) -> list[str]:
    return [word for name, value in fields.items() for word in (f"--{name.replace('_', '-')}", value)]


def by_cell(terminal: Terminal, fields: Fields, prompt: str = "A red bicycle") -> str:
    return terminal.run(f"%%vidgo hero --yes {' '.join(options(fields))}\n{prompt}")


def by_table(fields: Fields, prompt: str = "A red bicycle") -> Job:
    columns = {name: name for name in fields if name != "image"}
    images = {name: value for name, value in fields.items() if name == "image"}
    return vidgo.map([{"prompt": prompt, **fields}], **columns, **images, yes=True)[0]  # type: ignore[arg-type]


def table_of(row: Fields) -> list[str]:
    """The words for a table of one row; a column of callbacks must be named, since the service calls them."""
    Path("rows.json").write_text(json.dumps([row]))
    return ["--table", "rows.json", *(["--callback-url", "callback_url"] if "callback_url" in row else [])]


def by_form(fields: Fields, prompt: str = "A red bicycle") -> LiveQuote:
    said: dict[str, Any] = {name: value for name, value in fields.items() if name != "image"}
    images = references_of(fields["image"]) if "image" in fields else ()
    session = current_session()
    return live_quote(session, plan_form(session, prompt, {**said, "image": images}, {}))


@pytest.mark.parametrize("fields", REQUESTS.values(), ids=REQUESTS)
def test_the_same_request_is_one_picture_at_one_price_through_each_door(
    fields: Fields, local_api: LocalApi, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    by_cell(terminal, fields)
    assert terminal.last.error_in_exec is None
    jobs = [terminal["hero"], vidgo.generate("A red bicycle", yes=True, **fields), by_table(fields)]  # type: ignore[call-overload]
    form = by_form(fields)
    requests = [*(job.request for job in jobs), *form.requests]
    assert len(set(requests)) == 1
    assert len({fingerprint(request, jobs[0].provider) for request in requests}) == 1
    assert [job.wait(60).status for job in jobs] == ["finished"] * 3
    assert local_api.submits == 1
    assert form.full_quote is not None
    assert {job.quote.total for job in jobs} == {form.full_quote.total, vidgo.quote("A red bicycle", **fields).total}  # type: ignore[arg-type]
    capsys.readouterr()
    assert main(["quote", *options(fields), "A red bicycle"]) == 0
    assert str(jobs[0].quote) in capsys.readouterr().out
    for words in (["A red bicycle", *options(fields)], table_of({"prompt": "A red bicycle", **fields})):
        assert main(["generate", *words, "--yes", "--json"]) == 0
        [row] = json.loads(capsys.readouterr().out)
        assert (row["digest"], row["charged"]) == (jobs[0].result().digest, 0)
    assert local_api.submits == 1
    (sent,) = [call.body for call in local_api.emulator.log if call.kind == "submit"]
    dry = terminal.run(f"%%vidgo --dry-run {' '.join(options(fields))}\nA red bicycle")
    assert main(["generate", "A red bicycle", *options(fields), "--dry-run"]) == 0
    for shown in (dry, capsys.readouterr().out):
        assert json.loads(shown[shown.index("{") : shown.rindex("}") + 1]) == sent


MISTAKES: dict[str, tuple[Fields, str]] = {
    "a wrong quality": ({"quality": "best"}, "A red bicycle"),
    "a wrong size": ({"size": "16:10"}, "A red bicycle"),
    "a wrong resolution and no prompt": ({"resolution": "8K"}, ""),
    "an unknown model": ({"model": "gpt-image-3"}, "A red bicycle"),
    "a field of another model": ({"model": "flux-2-pro", "quality": "high"}, "A red bicycle"),
    "no image to edit": ({"model": "gpt-image-2-edit"}, "A red bicycle"),
    "a missing image and a wrong size": ({"image": "gone.png", "size": "16:10"}, "A red bicycle"),
    "an open callback": ({"callback_url": "http://pics.example/hook"}, "A red bicycle"),
    "a long prompt": ({}, "x" * 4001),
}


def problems_of(call: Callable[[], object]) -> set[Problem]:
    with pytest.raises(RequestError) as refused:
        call()
    return set(refused.value.problems)


@pytest.mark.parametrize(("fields", "prompt"), MISTAKES.values(), ids=MISTAKES)
def test_the_same_mistake_has_the_same_words_through_each_door(
    fields: Fields, prompt: str, local_api: LocalApi, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = problems_of(lambda: vidgo.generate(prompt, **fields))  # type: ignore[call-overload]
    assert problems_of(lambda: vidgo.quote(prompt, **fields)) == expected  # type: ignore[arg-type]
    assert problems_of(lambda: by_table(fields, prompt)) == expected
    by_cell(terminal, fields, prompt)
    error = terminal.last.error_in_exec
    assert isinstance(error, RequestError)
    assert set(error.problems) == expected
    if "image" not in fields:  # a form refuses an image before it is part of the request
        assert set(by_form(fields, prompt).problems) == expected
    for words in (
        ["generate", *options(fields), prompt],
        ["generate", *table_of({"prompt": prompt, **fields})],
        *([["quote", *options(fields), prompt]] if prompt else []),  # a price does not depend on it
    ):
        capsys.readouterr()
        assert main(words) == 2
        printed = capsys.readouterr().err
        assert [problem for problem in expected if str(problem) not in printed] == []
    assert local_api.submits == 0


GRIDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a field": ("--sweep quality=low,medium", "A mug", {"prompt": "A mug", "quality": ["low", "medium"]}),
    "a variable and a field": (
        "--sweep color=red,blue --sweep size=1:1,16:9",
        "A {{ color }} mug",
        {"prompt": "A {{ color }} mug", "color": ["red", "blue"], "size": ["1:1", "16:9"]},
    ),
    "takes of each": (
        "--sweep quality=low,medium --takes 2",
        "A mug",
        {"prompt": "A mug", "quality": ["low", "medium"], "takes": 2},
    ),
    "takes that are named": ("--sweep take=2,4", "A mug", {"prompt": "A mug", "take": [2, 4]}),
    "prompts": ("--sweep prompt=Mug,Cup", "", {"prompt": ["Mug", "Cup"]}),
    "what is drawn": (
        "--sweep quality=low,medium --seed 3",
        "A {{ choice(['red', 'blue', 'green']) }} mug",
        {"prompt": "A {{ choice(['red', 'blue', 'green']) }} mug", "quality": ["low", "medium"], "seed": 3},
    ),
    "without what is not possible": (
        "--sweep model=gpt-image-2,flux-2-pro --sweep quality=low,medium --skip-invalid",
        "A mug",
        {"prompt": "A mug", "model": ["gpt-image-2", "flux-2-pro"], "quality": ["low", "medium"], "skip_invalid": True},
    ),
}
"""The line of a cell, which a shell has too, its prompt, and the same in Python."""


@pytest.mark.parametrize(("line", "prompt", "asked"), GRIDS.values(), ids=GRIDS)
def test_the_same_sweep_is_the_same_pictures_at_one_price_in_a_cell_in_python_and_in_a_shell(
    line: str,
    prompt: str,
    asked: dict[str, Any],
    local_api: LocalApi,
    terminal: Terminal,
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal.run(f"%%vidgo grid {line} --yes --wait\n{prompt}")
    assert terminal.last.error_in_exec is None
    cell, python = terminal["grid"], vidgo.sweep(**asked, yes=True).wait(60)
    assert [job.fingerprint for job in python] == [job.fingerprint for job in cell]
    bought = local_api.submits
    assert bought == len(cell)
    capsys.readouterr()
    words = ["generate", *line.split(), "--yes", *([prompt] if prompt else [])]
    assert main([*words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    of_python = json.loads(json.dumps(python.to_rows()))
    same = ("prompt", "model", "quality", "size", "resolution", "take", "seed", "quoted", "digest")
    assert [[row.get(name) for name in same] for row in rows] == [[row.get(name) for name in same] for row in of_python]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert str(python.costs().quoted) in printed and all(python.where(job) in printed for job in python)
    assert local_api.submits == bought


MISTAKES_OF_GRIDS: dict[str, tuple[str, str]] = {
    "an axis without values": ("--sweep quality=", "A mug"),
    "an axis without a name": ("--sweep low,high", "A mug"),
    "an axis twice": ("--sweep quality=low --sweep quality=high", "A mug"),
    "no field": ("--sweep qualty=low,high", "A mug"),
    "a value of another field": ("--sweep quality=low,4K", "A mug"),
    "a batch without a sweep": ("--batch mugs", "A mug"),
    "nothing is drawn": ("--seed 3", "A mug"),
    "a prompt beside prompts": ("--sweep prompt=a,b", "A mug"),
    "all at once": ("--sweep quality=low,4K -s 7:9 --max-credits much --takes 0 --seed x", ""),
}


@pytest.mark.parametrize(("line", "prompt"), MISTAKES_OF_GRIDS.values(), ids=MISTAKES_OF_GRIDS)
def test_the_same_mistake_of_a_sweep_has_the_same_words_in_a_cell_and_in_a_shell(
    line: str, prompt: str, local_api: LocalApi, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.fails(f"%%vidgo {line}\n{prompt}")
    error = terminal.last.error_in_exec
    assert isinstance(error, RequestError)
    assert main(["generate", *line.split(), *([prompt] if prompt else [])]) == 2
    printed = capsys.readouterr().err
    assert [problem for problem in error.problems if str(problem) not in printed] == []
    assert local_api.submits == 0

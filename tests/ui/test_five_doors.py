"""A cell, the form, Python, a table of one row and the shell are doors to one pipeline: the same request is the
same picture at the same price, and the same mistake has the same words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.form import LiveQuote, live_quote
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


def by_form(fields: Fields, prompt: str = "A red bicycle") -> LiveQuote:
    said: dict[str, Any] = {name: value for name, value in fields.items() if name != "image"}
    images = references_of(fields["image"]) if "image" in fields else ()
    return live_quote(current_session(), prompt, images=images, **said)


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
    (sent,) = [call.body for call in local_api.emulator.log if call.kind == "submit"]
    dry = terminal.run(f"%%vidgo --dry-run {' '.join(options(fields))}\nA red bicycle")
    assert json.loads(dry[dry.index("{") : dry.rindex("}") + 1]) == sent


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
    if prompt:  # a price does not depend on it
        capsys.readouterr()
        assert main(["quote", *options(fields), prompt]) == 2
        printed = capsys.readouterr().err
        assert all(str(problem) in printed for problem in expected)
    assert local_api.submits == 0

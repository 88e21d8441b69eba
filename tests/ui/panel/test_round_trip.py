"""What the panel copies out asks, when it is run, for the very same pictures."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from tests.contract.requests import MODEL_NAMES, RATIOS
from tests.fixtures.chance import examples
from tests.fixtures.panel_driver import PanelDriver
from vidgo_notebook.app.form import form_state_of
from vidgo_notebook.app.request.build import build_request
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.domain.celltext import ImageSource, Takes, cell_text, python_text
from vidgo_notebook.domain.request import GenerationRequest, Reference, fingerprint
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.domain.template import render

AWKWARD = [
    "{",
    "{{",
    "\x85>>> ",
    "\u2028... ",
    "}}",
    "{{ x }}",
    "{%",
    "{#",
    "\ue000{%",
    "'",
    '"',
    "\\",
    "\n",
    ">>> ",
    "... ",
    "In [1]: ",
    "\n>>> a",
    "   ...: b",
    "<b>",
    "#",
    "%%vidgo",
    "é",
    "🦊",
    "\x0c",
    "\u2028",
    "\t",
    "!ls",
    "a?",
]
URLS = ["https://example.com/{{a}}.png", "https://example.com/it's.png?a=1&b=2#c", "http://example.com/ü.png"]
VARIABLES = {"hero": "https://example.com/hero.png", "shots": ["https://example.com/s.png"]}
SOURCES = {"hero": VARIABLES["hero"], "shots[0]": VARIABLES["shots"][0]}

awkward_text = st.lists(st.one_of(st.sampled_from(AWKWARD), st.text(max_size=8)), max_size=8).map("".join)


@st.composite
def requests(draw: st.DrawFn) -> tuple[GenerationRequest, list[ImageSource], Takes]:
    """A valid request, and how each of its images is written."""
    model = draw(st.sampled_from(MODEL_NAMES))
    sources = [ImageSource(url) for url in draw(st.lists(st.sampled_from(URLS), max_size=3))]
    sources += [ImageSource(name, True) for name in draw(st.lists(st.sampled_from(list(SOURCES)), max_size=2))]
    urls = [str(SOURCES.get(source.text, source.text)) for source in sources]
    takes = Takes(draw(st.integers(1, 12)), only=draw(st.booleans()))
    request = GenerationRequest(
        draw(awkward_text),
        model,
        draw(st.sampled_from([None, "low", "medium", "high"])) if model.startswith("gpt") else None,
        draw(st.one_of(st.none(), st.sampled_from([*RATIOS, "auto", "2304x1536", "3840x2160"]), awkward_text)),
        draw(st.sampled_from([None, "1K", "2K", "4K"])),
        tuple(Reference("url", url) for url in urls),
        take=takes.numbers[0],
        callback_url=draw(st.sampled_from([None, "https://example.com/hook?a='b'&c={{d}}"])),
    )
    assume(not problems(request))
    return request, sources, takes


def _as_ipython_runs_it(text: str) -> tuple[str, str]:
    """Line and body as they arrive at the magic."""
    call: Any = ast.parse(TransformerManager().transform_cell(text)).body[0]
    name, line, body = (argument.value for argument in call.value.args)
    assert name == "vidgo"
    return line, body


def _run(text: str, settings: Vidgo) -> list[GenerationRequest]:
    line, body = _as_ipython_runs_it(text)
    options = read_cell_line(line, VARIABLES)
    images = [VARIABLES.get(image, image) for image in options.images]
    prompt = render(body, VARIABLES)
    return [build_request(settings, prompt, images=images, **options.request, take=take) for take in options.takes]


def _prints(request: GenerationRequest, takes: Takes) -> list[str]:
    from dataclasses import replace

    return [fingerprint(replace(request, take=take), "vidgo") for take in takes.numbers]


@pytest.fixture(scope="module")
def otherwise() -> Vidgo:
    """Settings that would change whatever a text leaves to them."""
    return Vidgo(model="flux-2-pro", quality="medium", size="21:9", resolution="2K")


@given(requests())
@example((GenerationRequest(">>> a\n... b {{ c }} {{{ }}}", size="auto"), [], Takes()))
@example((GenerationRequest("{\ue000{%", size="auto"), [], Takes()))
@example((GenerationRequest("a", "flux-2-pro", size="-m\n'\"{{}}"), [], Takes(3, only=True)))
@examples(200)
def test_a_copied_cell_has_the_fingerprint_of_the_form(
    otherwise: Vidgo, drawn: tuple[GenerationRequest, list[ImageSource], Takes]
) -> None:
    request, sources, takes = drawn
    ran = _run(cell_text(request, sources, takes), otherwise)
    assert [fingerprint(each, "vidgo") for each in ran] == _prints(request, takes)
    assert {each.callback_url for each in ran} == {request.callback_url}


@given(requests())
@examples(100)
def test_copied_python_has_the_fingerprint_of_the_form(
    otherwise: Vidgo, drawn: tuple[GenerationRequest, list[ImageSource], Takes]
) -> None:
    request, sources, takes = drawn
    ran: list[GenerationRequest] = []

    class Front:
        @staticmethod
        def generate(prompt: str, *, image: Any = (), takes: int = 0, take: int = 1, **said: Any) -> None:
            numbers = range(1, takes + 1) if takes else [take]
            ran.extend(build_request(otherwise, prompt, images=image, **said, take=number) for number in numbers)

    call = python_text(request, sources, takes).removeprefix("import vidgo_notebook as vidgo\n")
    exec(call, {**VARIABLES, "vidgo": Front})
    assert [fingerprint(each, "vidgo") for each in ran] == _prints(request, takes)


@given(requests())
@example((GenerationRequest("a", "flux-2-pro", size="-m\n'\"{{}}"), [], Takes(3, only=True)))
@example((GenerationRequest("a", size="2304x1536", resolution="2K"), [], Takes(2)))
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_form_copies_out_has_the_fingerprint_of_what_opened_it(
    driver: PanelDriver, otherwise: Vidgo, drawn: tuple[GenerationRequest, list[ImageSource], Takes]
) -> None:
    """Through the widgets: opened with a cell's text, and with a request as jobs and results bring it."""
    request, sources, takes = drawn
    driver.variables.update(VARIABLES)
    driver.open(cell_text(request, sources, takes))
    assert [fingerprint(each, "vidgo") for each in _run(driver.copy(), otherwise)] == _prints(request, takes)
    driver.panel.fill(form_state_of(request, driver.session, driver.variables))
    assert [fingerprint(each, "vidgo") for each in _run(driver.copy(), otherwise)] == [fingerprint(request, "vidgo")]


def test_a_plain_request_reads_as_a_person_would_write_it() -> None:
    request = GenerationRequest("A red bicycle", quality="high", size="16:9", resolution="4K")
    assert cell_text(request) == (
        "%%vidgo --model gpt-image-2 --quality high --size 16:9 --resolution 4K\nA red bicycle"
    )
    assert python_text(request, takes=Takes(2)) == (
        "import vidgo_notebook as vidgo\n\n"
        "jobs = vidgo.generate(\n"
        "    'A red bicycle',\n    model='gpt-image-2',\n    quality='high',\n"
        "    size='16:9',\n    resolution='4K',\n    takes=2,\n)"
    )

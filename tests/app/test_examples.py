"""The examples in the docstrings of the public names run as they are written, in an empty folder at the emulator."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import vidgo_notebook as vidgo
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.session import Session
from vidgo_notebook.emulator import Emulator

WITHOUT = {"GenerationRequest", "VidgoError", "errors", "load_ipython_extension", "unload_ipython_extension"}
"""Names that users read and do not call."""


def documented() -> Iterator[tuple[str, Any]]:
    """Every public name that is called, and the public members of the classes."""
    for name in vidgo.__all__:
        if name not in WITHOUT:
            value = getattr(vidgo, name)
            yield name, value
            if inspect.isclass(value):
                yield from ((f"{name}.{key}", each) for key, each in vars(value).items() if not key.startswith("_"))


DOCUMENTED = {**dict(documented()), "Emulator": Emulator}


@pytest.fixture(autouse=True)
def emulated(open_session: Callable[..., Session]) -> Iterator[None]:
    """The process's session answers from the emulator."""
    provide(lambda: open_session(mode="emulator"))
    yield
    provide(None)


@pytest.mark.parametrize("name", [name for name, value in DOCUMENTED.items() if ">>>" in (inspect.getdoc(value) or "")])
def test_its_example_runs_as_it_is_written(name: str) -> None:
    text = inspect.getdoc(DOCUMENTED[name]) or ""
    example = doctest.DocTestParser().get_doctest(text, {"vidgo": vidgo}, name, None, None)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=report.append)
    assert not report, "".join(report)


@pytest.mark.parametrize("name", [name for name in vidgo.__all__ if name not in WITHOUT])
def test_each_public_name_has_an_example(name: str) -> None:
    assert ">>> " in (inspect.getdoc(DOCUMENTED[name]) or "")


@pytest.mark.parametrize("name", [name for name in vidgo.__all__ if inspect.isfunction(getattr(vidgo, name))])
def test_each_function_says_in_numpydoc_what_it_takes_and_gives(name: str) -> None:
    function, text = getattr(vidgo, name), inspect.getdoc(getattr(vidgo, name)) or ""
    if name in WITHOUT:
        return
    signature = inspect.signature(function)
    if signature.parameters:
        assert "Parameters\n----------\n" in text
        described = text.partition("Parameters\n")[2].partition("Returns\n")[0]
        kinds = signature.parameters.values()
        assert [each.name for each in kinds if each.name not in described and "**" not in described] == []
    if signature.return_annotation not in ("None", None):
        assert "Returns\n-------\n" in text

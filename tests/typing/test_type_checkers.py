"""What type checkers say of calls as users write them: nothing of good ones, and something of each bad one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from vidgo_notebook.app.options import RequestOptions, Settings
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain import catalogue
from vidgo_notebook.domain.catalogue import MODELS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = (HERE / "good.py", HERE / "bad.py")
Refused = dict[Path, set[int]]
"""The lines of each file that a type checker refuses."""
PATIENCE = 600  # seconds; mypy reads the whole package when its cache is cold


def marked(path: Path) -> set[int]:
    """The lines that a type checker must refuse."""
    return {number for number, line in enumerate(path.read_text().splitlines(), 1) if line.endswith("# bad")}


@cache
def by_mypy() -> Refused:
    """What mypy refuses; with the options of ``mypy`` alone, whose cache it then shares."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *map(str, FILES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert not done.stderr, done.stderr
    return {path: {int(line) for line in re.findall(rf"{path.name}:(\d+): error: ", done.stdout)} for path in FILES}


@cache
def by_pyright() -> Refused:
    """What pyright refuses."""
    if not find_spec("basedpyright"):
        pytest.skip("basedpyright is not installed: pip install basedpyright")
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--level", "error", *map(str, FILES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    found = [each for each in json.loads(done.stdout)["generalDiagnostics"] if each["severity"] == "error"]
    refused: Refused = {path: set() for path in FILES}
    for each in found:
        refused[Path(each["file"])].add(each["range"]["start"]["line"] + 1)
    return refused


CHECKERS = pytest.mark.parametrize("refused_by", [by_mypy, by_pyright])


@CHECKERS
def test_calls_as_users_write_them_pass(refused_by) -> None:  # type: ignore[no-untyped-def]
    assert refused_by()[HERE / "good.py"] == set()


@CHECKERS
def test_each_misspelt_call_is_refused_and_nothing_else(refused_by) -> None:  # type: ignore[no-untyped-def]
    path = HERE / "bad.py"
    assert refused_by()[path] == marked(path)


def values(name: str) -> set[str]:
    return set(getattr(catalogue, name).__args__)


def test_the_types_have_the_values_of_the_catalogue() -> None:
    assert values("ModelName") == set(MODELS)
    for kind, field in (("Quality", "quality"), ("Ratio", "size"), ("Resolution", "resolution")):
        choices = [choice for model in MODELS.values() if (choice := model.choice(field))]
        assert values(kind) == {value for choice in choices for value in choice.values}, field


def test_configure_is_typed_for_every_setting() -> None:
    assert set(Settings.__annotations__) == set(Vidgo.class_traits(config=True)) - {"config", "log", "parent"}


def test_a_misspelt_field_is_refused_with_the_name_that_was_meant() -> None:
    from vidgo_notebook import errors, generate, quote, sweep

    for call, meant in (
        (lambda: generate("x", qualty="high"), "quality="),  # type: ignore[call-overload]
        (lambda: quote("x", resolutoin="4K"), "resolution="),  # type: ignore[call-arg]
        (lambda: sweep(promt=["a", "b"], quality="low"), "prompt"),
        (lambda: sweep(prompt=["a", "b"], tkaes=2), "takes"),
    ):
        with pytest.raises(errors.RequestError) as caught:
            call()
        assert meant in {problem.suggestion for problem in caught.value.problems}


def test_shift_tab_shows_each_keyword_and_its_values() -> None:
    import inspect

    from vidgo_notebook import generate, quote

    for function in (generate, quote):
        named = inspect.signature(function).parameters
        assert {*RequestOptions.__annotations__} <= {*named}
        assert "'low' | 'medium' | 'high'" in str(named["quality"].annotation)


def public_types() -> dict[str, str]:
    """What the public functions return, and what public attributes are, as it is annotated."""
    import inspect

    import vidgo_notebook as vidgo
    from vidgo_notebook.app.costs import CostRow, CostTable
    from vidgo_notebook.app.library.report import Report
    from vidgo_notebook.app.purchase.callbacks import CallbackReceiver
    from vidgo_notebook.engine.handles.batch import BatchCosts, LeftOut
    from vidgo_notebook.engine.handles.result import Lineage

    found: dict[str, str] = {}
    public = [getattr(vidgo, name) for name in vidgo.__all__ if name != "errors"]
    errors = [each for each in vars(vidgo.errors).values() if inspect.isclass(each)]
    for value in [*public, CostRow, CostTable, Report, CallbackReceiver, BatchCosts, LeftOut, Lineage, *errors]:
        if not inspect.isclass(value):
            found[value.__name__] = str(inspect.signature(value).return_annotation)
            continue
        found |= {
            f"{value.__name__}.{name}": str(kind) for name, kind in vars(value).get("__annotations__", {}).items()
        }
        for name, each in vars(value).items():
            function = each.fget if isinstance(each, property) else each
            if inspect.isfunction(function) and not name.startswith("_"):
                found[f"{value.__name__}.{name}"] = str(inspect.signature(function).return_annotation)
    return found


def test_nothing_public_is_of_any_type() -> None:
    types = public_types()
    assert len(types) > 100
    assert {name: kind for name, kind in types.items() if re.search(r"\bAny\b", kind)} == {}

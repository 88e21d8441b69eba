"""Every public name says what it is for, in which units its amounts are, and what it raises."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import vidgo_notebook as vidgo
from vidgo_notebook.domain.catalogue import MODELS

UNITS = {"timeout": "second", "max_credits": "credits", "width": "pixel", "height": "pixel"}
ASKS = ("generate", "quote", "sweep", "map", "configure", "costs", "receiver", "report", "export", "read", "panel")
"""Functions that can refuse."""


def public() -> Iterator[tuple[str, Any]]:
    """Every name of the front door, and every public member of its classes that is written here."""
    for name in vidgo.__all__:
        value = getattr(vidgo, name)
        yield name, value
        if inspect.isclass(value):
            yield from ((f"{name}.{key}", each) for key, each in vars(value).items() if _is_documentable(key, each))


def _is_documentable(name: str, value: Any) -> bool:
    return not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))


PUBLIC = dict(public())


@pytest.mark.parametrize("name", PUBLIC)
def test_it_is_documented(name: str) -> None:
    assert len((inspect.getdoc(PUBLIC[name]) or "").split()) >= 3
    assert not (inspect.getdoc(PUBLIC[name]) or "").startswith("Alias for")


@pytest.mark.parametrize("name", [name for name, value in PUBLIC.items() if inspect.isfunction(value)])
def test_its_amounts_have_units_and_its_annotations_are_whole(name: str) -> None:
    function: Callable[..., Any] = PUBLIC[name]
    signature, text = inspect.signature(function), inspect.getdoc(function) or ""
    for parameter in signature.parameters.values():
        assert parameter.name == "self" or parameter.annotation is not inspect.Parameter.empty
        if unit := UNITS.get(parameter.name):
            assert unit in text, f"{name}: {parameter.name} in what?"


@pytest.mark.parametrize("name", [name for name in ASKS if name in vidgo.__all__])
def test_what_it_raises_is_said(name: str) -> None:
    text = inspect.getdoc(getattr(vidgo, name)) or ""
    assert "Raises" in text
    errors = [word for word in vars(vidgo.errors) if word.endswith("Error") and word in text]
    assert errors, f"{name} names none of our errors"


def test_every_error_is_documented_and_is_in_the_drawn_tree() -> None:
    tree = vidgo.errors.__doc__ or ""
    errors = [each for each in vars(vidgo.errors).values() if isinstance(each, type) and each.__module__ == tree_home()]
    assert [each.__name__ for each in errors if not each.__doc__] == []
    assert [each.__name__ for each in errors if each.__name__ not in tree] == []


def tree_home() -> str:
    return vidgo.errors.__name__


def test_every_rule_and_price_of_the_catalogue_names_its_source() -> None:
    for model in MODELS.values():
        parts = [model, model.size, model.resolution, model.references]
        parts += [part for part in (model.quality, model.custom_sizes, model.tiers, model.prices) if part]
        assert all(part.source for part in parts), model.name


def test_the_names_at_the_front_door_are_the_ones_that_are_there() -> None:
    assert [name for name in vidgo.__all__ if not hasattr(vidgo, name)] == []
    assert set(vidgo.__all__) == set(dir(vidgo))

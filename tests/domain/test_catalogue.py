"""The models as data: complete, sourced, and paired."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, DEFAULT_MODEL, FLUX_DOC, GPT_DOC, MODELS, SISTER, Model

EVERY_MODEL = pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)


def test_there_are_the_six_documented_models() -> None:
    assert set(MODELS) == {
        "gpt-image-2",
        "gpt-image-2-edit",
        "flux-2-pro",
        "flux-2-pro-edit",
        "flux-2-flex",
        "flux-2-flex-edit",
    }


def test_who_names_no_model_gets_gpt_image_2() -> None:
    assert DEFAULT_MODEL == "gpt-image-2"


@EVERY_MODEL
def test_a_model_is_found_under_its_own_name(model: Model) -> None:
    assert MODELS[model.name] is model


@EVERY_MODEL
def test_siblings_point_at_each_other_and_one_of_them_edits(model: Model) -> None:
    sibling = MODELS[model.sibling]
    assert sibling.sibling == model.name
    assert {model.edits, sibling.edits} == {True, False}
    assert model.edits == model.name.endswith("-edit")


@EVERY_MODEL
def test_every_rule_says_who_states_it(model: Model) -> None:
    rules = [
        model.references,
        model.size,
        model.resolution,
        model.quality,
        model.custom_sizes,
        model.tiers,
        model.prices,
    ]
    sources = [rule.source for rule in rules if rule is not None]
    assert {*sources, model.source} <= {GPT_DOC, FLUX_DOC, SISTER}


@EVERY_MODEL
def test_what_only_a_sister_service_documents_never_rejects(model: Model) -> None:
    choices = [choice for name in CHOICE_FIELDS if (choice := model.choice(name))]
    assert not [choice for choice in choices if choice.source == SISTER and choice.binding]
    assert not (model.references.source == SISTER and model.references.count_binding)


@EVERY_MODEL
def test_every_default_is_one_of_the_listed_values(model: Model) -> None:
    choices = [choice for name in CHOICE_FIELDS if (choice := model.choice(name))]
    assert [choice for choice in choices if choice.default not in choice.values] == []


@EVERY_MODEL
def test_a_published_price_covers_every_quality_and_every_resolution(model: Model) -> None:
    if model.prices is None:
        assert model.name.startswith("flux-2-")
        return
    assert model.quality is not None
    assert set(model.prices.base) == set(model.quality.values)
    assert set(model.prices.multiplier) == set(model.resolution.values)
    assert all(isinstance(price, Decimal) for price in model.prices.base.values())


def test_flux_takes_at_most_eight_references_and_gpt_has_no_documented_limit() -> None:
    assert MODELS["flux-2-pro-edit"].references.maximum == 8
    assert MODELS["flux-2-flex-edit"].references.maximum == 8
    assert MODELS["gpt-image-2-edit"].references.maximum is None


def test_flux_has_no_quality_to_choose() -> None:
    assert MODELS["flux-2-pro"].choice("quality") is None
    assert MODELS["gpt-image-2"].choice("quality") is not None


def test_the_catalogue_cannot_be_changed_by_accident() -> None:
    with pytest.raises(AttributeError):
        MODELS["gpt-image-2"].prompt_limit = 1  # type: ignore[misc]

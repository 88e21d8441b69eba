"""Requests from what a user wrote: completed by the settings, checked by the rules, as JSON in the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.request.images import read_images
from vidgo_notebook.app.settings.origins import Origin
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS, Model, know
from vidgo_notebook.domain.extra_fields import pairs_of, problems_of
from vidgo_notebook.domain.own_models import model_of
from vidgo_notebook.domain.plain_values import plain_choice, plain_model
from vidgo_notebook.domain.public_call import not_an_option
from vidgo_notebook.domain.request import GenerationRequest, Reference
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.errors import Problem, Problems

if TYPE_CHECKING:
    pass

_KEPT_OF_REFERENCES = ("kind", "value", "name", "parent")
_FIELDS = ("model", *CHOICE_FIELDS, "take", "callback_url")
_OF_A_TEMPLATE = {"template": "", "values": (), "seed": None, "draws": ()}
_DEFINITION = "own_model"
_OPTIONS = ("model", *CHOICE_FIELDS, "image", "take", "takes", "callback_url", "extra")


def understood(
    settings: Vidgo, prompt: Any, images: Any, fields: Mapping[str, Any], found: Problems
) -> GenerationRequest:
    """A request with the settings' defaults for what is not given; not yet checked by the rules.

    With images and no model it is the edit sibling of the default model. ``found`` receives a problem for each
    value that is not an image, and for each unknown field.
    """
    said = {name: value for name, value in fields.items() if name in _FIELDS}
    if (extra := fields.get("extra")) is not None:
        said["extra"] = pairs_of(extra) or ()
        found += problems_of(extra) if pairs_of(extra) is None else ()
    for name in [name for name in fields if name not in (*_FIELDS, "extra")]:
        found.append(no_option_of_a_picture(name, _OPTIONS))
    references = () if isinstance(images, tuple) and not images else read_images(images, found)
    model = said.pop("model", None)
    if isinstance(model, Model):
        model = model.name
    elif isinstance(model, str):
        model = plain_model(model)
    if model is None:
        model = settings.model
        if references and not MODELS[model].edits:
            model = MODELS[model].sibling or model
    known = MODELS.get(model) if isinstance(model, str) else None
    for name in CHOICE_FIELDS:
        if said.get(name) is None and known and known.choice(name):
            said[name] = getattr(settings, name)
        if known and isinstance(given := said.get(name), str):
            said[name] = plain_choice(name, given, known)
    return GenerationRequest(prompt, model, references=references, **said)


_IN_PYTHON = {
    "dry_run": "vidgo.quote(…) shows the price and sends nothing",
    "wait": "the job is there at once, and job.wait() waits for its picture",
    "save": "job.result().save(path) writes the file",
}
"""Options of a cell that Python has otherwise."""


def no_option_of_a_picture(name: str, options: Sequence[str]) -> Problem:
    """A keyword that a function for pictures does not take, and how Python has it, or which it takes."""
    return not_an_option(name, options, _IN_PYTHON.get(name, ""))


def build_request(settings: Vidgo, prompt: Any, *, images: Any = (), **fields: Any) -> GenerationRequest:
    """A request, not yet checked by the rules. Raises RequestError for unknown fields, and for what is not an image."""
    found = Problems()
    request = understood(settings, prompt, images, fields, found)
    found.check()
    return request


def faults(settings: Vidgo, request: GenerationRequest, fields: Mapping[str, Any], *, local_api: bool) -> list[Problem]:
    """What the rules say against a request that was made of ``fields``; of a value that no field gave, which setting
    gave it, and where that was set."""
    return [
        replace(each, message=f"{each.message} It is the setting Vidgo.{each.field}, from the {origin.value}.")
        if (origin := _origin(settings, each.field, fields))
        else each
        for each in problems(request, local_api=local_api)
    ]


def _origin(settings: Vidgo, name: str, fields: Mapping[str, Any]) -> Origin | None:
    if name not in CHOICE_FIELDS or fields.get(name) is not None or getattr(settings, name) is None:
        return None
    return settings.origin_of(name)


def to_json(request: GenerationRequest) -> str:
    """A request as the journal keeps it: without the images themselves."""
    data = {each.name: getattr(request, each.name) for each in fields(request)}
    for name in ("seed", "draws", "extra"):  # what identifies a batch of 0.1 has none
        if data[name] in (None, ()):
            del data[name]
    data["references"] = [{name: getattr(ref, name) for name in _KEPT_OF_REFERENCES} for ref in request.references]
    return json.dumps(data, ensure_ascii=False)


def kept_json(request: GenerationRequest) -> str:
    """The same for a process that may not know the user's own models: with the definition of its model, and without
    its price, which a person has to confirm anew."""
    model = MODELS.get(request.model)
    if model is None or not model.own:
        return to_json(request)
    definition = {key: value for key, value in json.loads(model.own).items() if key != "prices"}
    return json.dumps({**json.loads(to_json(request)), _DEFINITION: json.dumps(definition)}, ensure_ascii=False)


def without_template(request: GenerationRequest) -> GenerationRequest:
    """The same request as if its prompt had been written out."""
    return replace(request, **_OF_A_TEMPLATE)  # type: ignore[arg-type]  # each of its own type


def from_json(text: str) -> GenerationRequest:
    """A request from the journal. A model of the user's own is known from then on."""
    data = json.loads(text)
    definition = data.pop(_DEFINITION, "")
    if data["model"] not in MODELS and definition and (model := model_of(data["model"], definition)):
        know([model])
    data["references"] = tuple(Reference(**reference) for reference in data["references"])
    for name in ("values", "draws", "extra"):
        data[name] = tuple((source, value) for source, value in data.get(name, ()))
    return GenerationRequest(**data)

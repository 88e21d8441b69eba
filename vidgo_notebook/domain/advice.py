"""Advice on a valid request: fields that the service ignores, bills otherwise, or may refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vidgo_notebook.domain.catalogue import MODELS, SISTER, Model
from vidgo_notebook.domain.request import GenerationRequest, effective_tier
from vidgo_notebook.domain.sizes import parse_custom

_OPTION = re.compile(r"(?<!\S)--[a-z][\w-]*(?:[ =](?!-)\S{1,20})?(?=\s|$)")
_BRACED = re.compile(r"(?<!\{)\$?\{([A-Za-z_]\w*)\}(?!\})")


@dataclass(frozen=True, slots=True)
class Advice:
    """A field of a valid request that the service ignores, bills otherwise, or may refuse."""

    field: str
    message: str

    def __str__(self) -> str:
        return self.message


def advice(request: GenerationRequest) -> tuple[Advice, ...]:
    """Fields that are ignored or billed otherwise, or that the service may refuse."""
    model = MODELS[request.model]
    images = (
        Advice("image", f"image {number} ({reference.name}): {note}.")
        for number, reference in enumerate(request.references, 1)
        for note in reference.notes
    )
    return (*_prompt_advice(request.prompt), *_tier_advice(request, model), *_sister_advice(request, model), *images)


def _prompt_advice(prompt: str) -> Iterator[Advice]:
    """What reads like an option or a value in a prompt, and is sent as the text that it is."""
    if "--" in prompt and (option := _OPTION.search(prompt)):
        what = f"{option[0].strip()} in the prompt is sent as text: options go into the first line."
        yield Advice("prompt", what)
    if "{" in prompt and (braced := _BRACED.search(prompt)):
        name = braced[1]
        what = f"{braced[0]} in the prompt is sent as text: {{{{ {name} }}}} in a cell inserts the value of {name}."
        yield Advice("prompt", what)


def _tier_advice(request: GenerationRequest, model: Model) -> Iterator[Advice]:
    tier, asked = effective_tier(request), request.resolution
    if asked is None or asked == tier.resolution or model.tiers is None:
        return
    if request.size in (None, "auto"):
        how = "without a size" if request.size is None else "with size=auto"
        yield Advice(
            "resolution",
            f"resolution={asked} is ignored {how}: made and billed as 1K. Add a size such as 16:9 for {asked}.",
        )
    else:
        fits_4k = " or ".join(model.tiers.true_4k_sizes[:2])
        if parse_custom(request.size or ""):
            fits_4k = f"a size with a {model.tiers.true_4k_edge}-pixel edge"
        yield Advice(
            "resolution",
            f"resolution={asked} with size={request.size} is billed and made as {tier.resolution}: "
            f"write -r {tier.resolution}, or {fits_4k} for {asked}.",
        )


def _sister_advice(request: GenerationRequest, model: Model) -> Iterator[Advice]:
    """Rules that only a sister service documents: worth a note, not a reason to refuse."""
    size, limits = request.size, model.references
    if size and not model.size.binding and size not in model.size.values:
        yield Advice(
            "size",
            f"size={size} may be refused: {_who(model.size.source, model)} lists {', '.join(model.size.values)}.",
        )
    if not limits.count_binding and limits.maximum == 0 and request.references:
        yield Advice(
            "image",
            f"{model.name} may refuse images ({_who(limits.source, model)} does){_sibling(model, 'edits them')}.",
        )
    if not limits.count_binding and len(request.references) < limits.minimum:
        yield Advice(
            "image",
            f"{model.name} may ask for an image ({_who(limits.source, model)} does){_sibling(model, 'needs none')}.",
        )


def _who(source: str, model: Model) -> str:
    """Who says so: a count of images that is not binding is a sister service's, but for the user's own models."""
    return source if model.own else SISTER


def _sibling(model: Model, does: str) -> str:
    return f": {model.sibling} {does}" if model.sibling else ""

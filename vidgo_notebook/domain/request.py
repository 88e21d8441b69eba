"""A request for one picture, what it amounts to, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS, Model
from vidgo_notebook.domain.sizes import parse_custom

CANONICAL_FORM = 1
"""Version of the canonical form; it changes only when equal fingerprints would stop meaning equal pictures."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference image by what identifies it: a URL's text, or the SHA-256 of bytes or of pixels.

    ``job`` stands for a picture that is still being made; its bytes identify it once they are there.
    ``name`` is how the user called it, ``parent`` the fingerprint of the earlier result that it is,
    ``notes`` what is lost on its way, and ``payload`` what to upload, which is nothing to the domain.
    """

    kind: Literal["url", "bytes", "pixels", "job"]
    value: str
    name: str = field(default="", compare=False)
    parent: str = field(default="", compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    payload: object = field(default=None, compare=False, repr=False)

    @property
    def identity(self) -> str:
        """What stands for this image in a fingerprint."""
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What the user asked for, as said: None where nothing was said. Check it with ``rules.problems``.

    ``take`` numbers independent pictures of one request, from 1. ``prompt`` is kept with line ends
    normalised and surrounding white space stripped, and is sent like that. Where it came from a
    template, ``template`` is that text and ``values`` pairs each expression with what took its place.
    """

    prompt: str
    model: str = "gpt-image-2"
    quality: str | None = None
    size: str | None = None
    resolution: str | None = None
    references: tuple[Reference, ...] = ()
    take: int = 1
    callback_url: str | None = None
    template: str = field(default="", compare=False)
    values: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def waits(self) -> bool:
        """Whether it needs pictures that are still being made, so that it has no fingerprint yet."""
        return any(reference.kind == "job" for reference in self.references)

    def __post_init__(self) -> None:
        if isinstance(self.prompt, str):
            object.__setattr__(self, "prompt", normalise_prompt(self.prompt))


def normalise_prompt(prompt: str) -> str:
    """The prompt with ``\\n`` line ends and no white space around it."""
    return prompt.replace("\r\n", "\n").replace("\r", "\n").strip()


class Tier(NamedTuple):
    """The resolution that is made and billed, and why it is that one."""

    resolution: str
    reason: str


def effective_tier(request: GenerationRequest) -> Tier:
    """The resolution that the service will make and bill for a valid request.

    The rules are the model's ``Tiers``: without a size everything is 1K, and 4K is real only for
    three ratios and for custom sizes with a 3840-pixel edge. Source: GPT Image 2 documentation.
    """
    model = MODELS[request.model]
    asked = request.resolution or model.resolution.default
    if model.tiers is None:
        return Tier(asked, "as asked" if request.resolution else "the default")
    if request.size in (None, "auto"):
        return Tier(model.tiers.auto, "no fixed size, so 1K" if request.size is None else "size auto, so 1K")
    assert request.size is not None
    if asked != "4K":
        return Tier(asked, "as asked" if request.resolution else "no resolution given")
    if request.size in model.tiers.true_4k_sizes:
        return Tier("4K", f"{request.size} exists in true 4K")
    if max(parse_custom(request.size) or (0, 0)) == model.tiers.true_4k_edge:
        return Tier("4K", f"it has a {model.tiers.true_4k_edge}-pixel edge")
    return Tier("2K", f"4K does not exist at {request.size}, so 2K")


def fields_to_send(request: GenerationRequest) -> dict[str, str]:
    """The fields of ``input`` beside the prompt and the images: what was said, and defaults made explicit.

    A default is spelled out where leaving it to the service would leave the price to it too.
    """
    model = MODELS[request.model]
    fields = {name: getattr(request, name) for name in CHOICE_FIELDS if getattr(request, name) is not None}
    for name in CHOICE_FIELDS:
        choice = model.choice(name)
        if choice and choice.always_sent:
            fields.setdefault(name, choice.default)
    if _has_fixed_size(request, model):
        fields.setdefault("resolution", model.resolution.default)
    return fields


def effective_fields(request: GenerationRequest) -> dict[str, str]:
    """What decides the picture beside prompt, images and take: defaults filled in, dead fields dropped."""
    model = MODELS[request.model]
    fields = {
        "size": model.size.default if request.size is None else request.size,
        "resolution": effective_tier(request).resolution,
    }
    if model.quality:
        fields["quality"] = request.quality or model.quality.default
    return fields


def _has_fixed_size(request: GenerationRequest, model: Model) -> bool:
    return (request.size or model.size.default) != "auto"


def canonical(request: GenerationRequest, provider: str) -> dict[str, object]:
    """The canonical form of a valid request: everything that decides the picture, and nothing else.

    ``provider`` is ``vidgo``, ``emulator``, or the origin of another API. A callback URL, file
    names and the way a field was spelled are not part of it.
    """
    return {
        "version": CANONICAL_FORM,
        "provider": provider,
        "model": request.model,
        "prompt": request.prompt,
        "fields": effective_fields(request),
        "references": [reference.identity for reference in request.references],
        "take": request.take,
    }


def fingerprint(request: GenerationRequest, provider: str) -> str:
    """SHA-256, in hex, of the canonical form of a valid request."""
    text = json.dumps(canonical(request, provider), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

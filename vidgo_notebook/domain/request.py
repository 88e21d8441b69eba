"""A request for one picture, the fields it results in, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.extra_fields import Pairs
from vidgo_notebook.domain.readable_signature import readable_class
from vidgo_notebook.domain.sizes import parse_custom

CANONICAL_FORM = 2
"""Version of the canonical form. Form 1 has the whole text of a URL, of which a record holds no more than a part if it
is signed; form 2 has its digest. A request without such a URL keeps form 1, and so its fingerprint."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference image and its identity: the text of a URL, or the SHA-256 of bytes or of pixels.

    Kind ``job`` is a picture that is still being made; once it is there, its bytes identify it.
    ``name`` is the user's name for it, ``parent`` the fingerprint if it is an earlier result,
    ``notes`` what the upload will lose, and ``payload`` the data to upload, which the domain does not use.
    ``text_digest`` is the SHA-256 of a URL's whole text where ``value`` is only the part that a record holds.
    """

    kind: Literal["url", "bytes", "pixels", "job"]
    value: str
    name: str = field(default="", compare=False)
    parent: str = field(default="", compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    payload: object = field(default=None, compare=False, repr=False)
    text_digest: str = ""

    @property
    def identity(self) -> str:
        """The text that represents this image in a fingerprint."""
        return f"{self.kind}:{self.value}"


def shareable_identity(reference: Reference) -> str:
    """The identity without what may be secret in a URL: its query (a signature) and user information (a password)."""
    if reference.kind != "url":
        return reference.identity
    parts = urlsplit(reference.value)
    host = parts.netloc.rpartition("@")[2]
    return f"url:{parts._replace(netloc=host, query='', fragment='').geturl()}"


def url_digest(reference: Reference) -> str:
    """SHA-256, in hex, of the whole text of a URL; '' for other references."""
    if reference.kind != "url":
        return ""
    return reference.text_digest or hashlib.sha256(reference.value.encode()).hexdigest()


@readable_class
@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A request as the user wrote it: None where nothing was given. Check it with ``rules.problems``.

    ``take`` numbers independent pictures of one request, from 1. ``prompt`` is stored and sent with
    normalised line ends and without surrounding white space. If it came from a template, ``template``
    is that text and ``values`` pairs each expression with its value; ``draws`` pairs it with what it drew by ``seed``.
    ``extra`` pairs the input fields that the catalogue does not know with their values, sorted by name.
    """

    prompt: str
    model: str = "gpt-image-2"
    quality: str | None = None
    size: str | None = None
    resolution: str | None = None
    references: tuple[Reference, ...] = ()
    take: int = 1
    callback_url: str | None = None
    extra: Pairs = ()
    template: str = field(default="", compare=False)
    values: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    seed: int | None = field(default=None, compare=False)
    draws: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def waits(self) -> bool:
        """Whether it needs pictures that are still being made, so that it does not have a fingerprint yet."""
        return any(reference.kind == "job" for reference in self.references)

    def __post_init__(self) -> None:
        if isinstance(self.prompt, str):
            object.__setattr__(self, "prompt", normalise_prompt(self.prompt))


def normalise_prompt(prompt: str) -> str:
    """The prompt with ``\\n`` line ends and no white space around it."""
    return prompt.replace("\r\n", "\n").replace("\r", "\n").strip()


class Tier(NamedTuple):
    """The resolution that is made and billed, and the reason."""

    resolution: str
    reason: str


def effective_tier(request: GenerationRequest) -> Tier:
    """The resolution that the service will make and bill for a valid request.

    The rules are the model's ``Tiers``: without a size everything is 1K, and 4K is real only for
    three ratios and for custom sizes with a 3840-pixel edge. Source: GPT Image 2 documentation.
    """
    model = MODELS[request.model]
    if model.resolution is None:
        return Tier("", f"{model.name} takes no resolution")
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
    """The fields of ``input`` except prompt, images and extra ones: those given, and defaults made explicit.

    A default is sent where the service's own choice could change the price.
    """
    model = MODELS[request.model]
    fields = {name: getattr(request, name) for name in CHOICE_FIELDS if getattr(request, name) is not None}
    for name in CHOICE_FIELDS:
        choice = model.choice(name)
        if choice and choice.always_sent:
            fields.setdefault(name, choice.default)
    if model.resolution and (request.size or model.size.default) != "auto":
        fields.setdefault("resolution", model.resolution.default)
    return fields


def effective_fields(request: GenerationRequest) -> dict[str, str]:
    """The fields that decide the picture besides prompt, images and take: with defaults, without ignored fields."""
    model = MODELS[request.model]
    fields = {"size": model.size.default if request.size is None else request.size}
    if model.resolution:
        fields["resolution"] = effective_tier(request).resolution
    if model.quality:
        fields["quality"] = request.quality or model.quality.default
    return fields


def canonical(
    request: GenerationRequest, provider: str, form: int | None = None, fields: Mapping[str, str] | None = None
) -> dict[str, object]:
    """The canonical form of a valid request: everything that decides the picture, and nothing else.

    ``provider`` is ``vidgo``, ``emulator``, or the origin of another API. The callback URL, file
    names and the spelling of a field are not part of it. ``form`` is the one of the request by default, ``fields``
    are its effective fields as they were recorded, for a model that the catalogue may not know any more.
    """
    form = form or _form_of(request)
    extra: dict[str, object] = {"extra": dict(request.extra)} if request.extra else {}
    return {
        **extra,
        "version": form,
        "provider": provider,
        "model": request.model,
        "prompt": request.prompt,
        "fields": effective_fields(request) if fields is None else dict(fields),
        "references": [_identity(reference, form) for reference in request.references],
        "take": request.take,
    }


def fingerprint(
    request: GenerationRequest, provider: str, form: int | None = None, fields: Mapping[str, str] | None = None
) -> str:
    """SHA-256, in hex, of the canonical form of a valid request."""
    made = canonical(request, provider, form, fields)
    text = json.dumps(made, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprints(request: GenerationRequest, provider: str) -> tuple[str, ...]:
    """The fingerprint, and those under which earlier versions of this package stored the same picture."""
    return tuple(fingerprint(request, provider, form) for form in range(_form_of(request), 0, -1))


def _form_of(request: GenerationRequest) -> int:
    return 1 if all(map(_recorded_whole, request.references)) else CANONICAL_FORM


def _recorded_whole(reference: Reference) -> bool:
    """Whether a record holds the whole identity of a reference."""
    return shareable_identity(reference) == reference.identity and not reference.text_digest


def _identity(reference: Reference, form: int) -> str:
    return reference.identity if form == 1 or reference.kind != "url" else f"url-sha256:{url_digest(reference)}"

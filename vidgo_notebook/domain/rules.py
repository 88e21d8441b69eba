"""The rules of the service's documents, and the problems of a request that breaks them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from vidgo_notebook.domain.arguments import MOST_PLACES, NOT_A_COUNT, TOO_MANY_TAKES, plain_scalar
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS, Model
from vidgo_notebook.domain.extra_fields import problems_of
from vidgo_notebook.domain.plain_values import near_models, option_of, plain_choice
from vidgo_notebook.domain.provider import is_loopback, is_public, is_web_url
from vidgo_notebook.domain.request import GenerationRequest, Reference
from vidgo_notebook.domain.sizes import custom_faults, loose_pair, nearest_custom, nearest_ratio, parse_custom
from vidgo_notebook.domain.wording import described, nearest, shown
from vidgo_notebook.errors import Problem, RequestError

MAX_CALLBACK_URL = 2048  # characters; source: Vidgo API documentation, webhooks
_LONGEST_PROMPT = 200_000
"""Characters, and those of a template: more than any model reads, and a record of the store has room for both."""
_SMALLEST_EDGE_MEANT = 100  # smaller numbers in an invalid size are read as a ratio, not as pixels
_DECIMAL = re.compile(r"\s*(?:[1-9]\.\d{1,4}|0?\.[1-9]\d{0,3})\s*")
_HALF_SURROGATE = re.compile("[\ud800-\udfff]")
_THOUSANDS = re.compile(r"\s*(\d{1,9}(?:\.\d+)?)\s*[kK]\s*")
_PIXELS = re.compile(r"\s*(\d{3,5})\s*(p|px)?\s*", re.IGNORECASE)
_EDGES = {"1K": 1024, "2K": 2048, "4K": 3840}
_BETWEEN = re.compile(r"\s*[,;|/\s]\s*")
_WORDS_FOR_SIZES = {
    **dict.fromkeys(("square", "squared", "quadratic"), "1:1"),
    **dict.fromkeys(("landscape", "horizontal"), "3:2"),
    **dict.fromkeys(("wide", "widescreen", "hd", "full hd", "desktop", "banner"), "16:9"),
    **dict.fromkeys(("portrait", "upright"), "2:3"),
    **dict.fromkeys(("tall", "vertical", "story", "phone", "mobile"), "9:16"),
    **dict.fromkeys(("ultrawide", "cinema", "cinematic", "panorama"), "21:9"),
}
_NOT_TEXT = "contains half of a surrogate pair, which is not a valid character: remove it."


def problems(request: GenerationRequest, *, local_api: bool = False) -> tuple[Problem, ...]:
    """All rules that the request breaks, in the order of its fields; empty if it may be sent.

    ``local_api``: the API itself is on this machine, so the callback URL may be too.
    """
    found: list[Problem] = []
    given = str(request.model)
    model = MODELS.get(given) if isinstance(request.model, str) else None
    if model is None:
        what = shown(given) if isinstance(request.model, str) else described(request.model)
        message = f"{what} is not a model; there are {', '.join(MODELS)}."
        found.append(Problem("model", message, _swept("model", request.model) or near_models(given)))
    found += _prompt_problems(request, model)
    if model:
        found += _choice_problems(request, model)
        found += _custom_resolution_problems(request, model)
        found += _reference_problems(request, model)
    found += () if isinstance(request.extra, tuple) and not request.extra else problems_of(request.extra)
    found += _count_problems("take", request.take)
    found += _callback_problems(request, local_api)
    return tuple(found)


def _prompt_problems(request: GenerationRequest, model: Model | None) -> Iterator[Problem]:
    if not isinstance(request.prompt, str):
        kind = "None" if request.prompt is None else type(request.prompt).__name__
        yield Problem("prompt", f"must be text, not {kind}.", _as_text(request.prompt))
    elif not request.prompt:
        yield Problem("prompt", "is empty: say what the picture should show.")
    elif _HALF_SURROGATE.search(request.prompt):
        yield Problem("prompt", _NOT_TEXT)
    elif model and model.prompt_limit and len(request.prompt) > model.prompt_limit:
        over = len(request.prompt) - model.prompt_limit
        yield Problem(
            "prompt",
            f"has {len(request.prompt):,} characters; {model.name} takes at most {model.prompt_limit:,}: "
            f"shorten it by {over:,}.",
        )
    elif len(longer := max(request.prompt, request.template, key=len)) > _LONGEST_PROMPT:
        whose = "" if longer == request.prompt else "comes from a template that "
        yield Problem("prompt", f"{whose}has {len(longer):,} characters; a record has room for {_LONGEST_PROMPT:,}.")


def _as_text(prompt: object) -> str:
    """How a prompt that is not text is written as one; types of other libraries are recognised by duck typing."""
    if isinstance(prompt, Mapping):
        return "json.dumps(…) of it: a prompt may be JSON"
    if isinstance(prompt, (list, tuple, set)):
        return "vidgo.sweep(prompt=[…]) for one picture of each"
    if isinstance(prompt, (int, float)):
        return repr(str(prompt))
    if isinstance(prompt, bytes):
        return "prompt.decode()"
    ways = {
        "read_text": "path.read_text()",
        "columns": "vidgo.plan(table) for one picture of each row",
        "to_list": "vidgo.sweep(prompt=list(…)) for one picture of each",
        "__array_interface__": "image=… for an image to edit",
    }
    kind = type(prompt)
    return next((way for name, way in ways.items() if hasattr(kind, name)), "vidgo.generate('A red bicycle')")


def _choice_problems(request: GenerationRequest, model: Model) -> Iterator[Problem]:
    for name in CHOICE_FIELDS:
        given = getattr(request, name)
        choice = model.choice(name)
        if given is None:
            continue
        if choice is None:
            takers = ", ".join(other.name for other in MODELS.values() if other.choice(name))
            yield Problem(name, f"{model.name} takes no {name}: leave it out (it belongs to {takers}).")
        elif not isinstance(given, str):
            example = _fitting(name, _as_text_of(name, given, choice.values, model), request, model)
            yield Problem(name, f"must be text, not {type(given).__name__}.", example)
        elif name == "size":
            yield from _size_problems(given, model)
        elif choice.binding and given not in choice.values:
            yield Problem(
                name,
                f"{shown(given)} is not one of {', '.join(choice.values)} for {model.name}.",
                _fitting(name, _choice_suggestion(name, given, choice.values), request, model),
            )


def _as_text_of(name: str, given: object, values: tuple[str, ...], model: Model) -> str:
    """A field's value that is not text as one that is allowed."""
    if swept := _swept(name, given):
        return swept
    if name == "size" and (size := _as_size(given)):
        return size
    if isinstance(given, (int, float)) and abs(given) < MOST_PLACES:
        text = f"{given:g}"
        return _size_suggestion(text, model) if name == "size" else _choice_suggestion(name, text, values)
    return _any_of(values)


def _swept(name: str, given: object) -> str:
    """Several values of a field as ``vidgo.sweep`` takes them; '' for one."""
    if not isinstance(given, (list, set, frozenset)) or not all(isinstance(each, str) for each in given):
        return ""
    return f"vidgo.sweep({name}={list(given)})"


def _any_of(values: Sequence[str]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}"


def _of_another_field(name: str, given: str) -> str:
    """A size or a resolution in the place of another field, with its option; '' for anything else."""
    field = option_of(given)
    if field not in ("size", "resolution") or field == name or given == "auto":
        return ""
    model = next(each for each in MODELS.values() if each.choice(field))
    return f"--{field} {plain_choice(field, given, model)}"


def _as_size(given: object) -> str:
    """A pair of numbers as a size is written; '' for anything else.

    >>> _as_size((1024, 1536)), _as_size([16, 9])
    ("'1024x1536'", "'16:9'")
    """
    if not isinstance(given, (tuple, list)) or len(given) != 2 or not all(type(each) is int for each in given):
        return ""
    return repr(f"{given[0]}{':' if max(given) < _SMALLEST_EDGE_MEANT else 'x'}{given[1]}")


def _choice_suggestion(name: str, given: str, values: tuple[str, ...]) -> str:
    """The nearest value, and never a dearer one than was meant: of resolutions the next lower one, and all values
    where none is near. Several values are those of a sweep."""
    several = _BETWEEN.split(given.strip().strip("[]()"))
    if len(several) > 1 and all(each in values for each in several):
        return f"--sweep {name}={','.join(several)}"
    if other := _of_another_field(name, given):
        return other
    if name == "resolution" and (pixels := _PIXELS.fullmatch(given)):
        wide = int(pixels[1]) * (16 / 9 if (pixels[2] or "").lower() == "p" else 1)
        return max((each for each in values if _EDGES.get(each, 0) <= wide), default=values[0])
    edge = _THOUSANDS.fullmatch(given)
    if edge and _THOUSANDS.fullmatch(values[0]):
        return max((each for each in values if float(each[:-1]) <= float(edge[1])), default=values[0])
    return nearest(given, values) or _any_of(values)


def _fitting(name: str, suggestion: str, request: GenerationRequest, model: Model) -> str:
    """``suggestion``, unless it is a resolution that the request's custom size rules out."""
    needed = _custom_resolution(request, model) if name == "resolution" else ""
    return needed if needed and suggestion != "4K" else suggestion


def _size_problems(given: str, model: Model) -> Iterator[Problem]:
    edges = parse_custom(given)
    if _HALF_SURROGATE.search(given):
        yield Problem("size", _NOT_TEXT, model.size.default)
        return
    if not model.size.binding or given in model.size.values:
        return
    if edges and model.custom_sizes:
        if faults := list(custom_faults(edges, model.custom_sizes)):
            yield Problem("size", f"{given} is not possible: {'; '.join(faults)}.", _size_suggestion(given, model))
        return
    custom = " or WIDTHxHEIGHT such as 2304x1536" if model.custom_sizes else ""
    yield Problem(
        "size",
        f"{shown(given)} is not one of {', '.join(model.size.values)}{custom} for {model.name}.",
        _size_suggestion(given, model),
    )


def _size_suggestion(given: str, model: Model) -> str:
    if (meant := _WORDS_FOR_SIZES.get(given.strip().casefold())) and meant in model.size.values:
        return meant
    if other := _of_another_field("size", given):
        return other
    if _DECIMAL.fullmatch(given):
        return nearest_ratio(float(given), model.size.values)
    pair = loose_pair(given)
    if pair is None and parse_custom(given) is None:
        return nearest(given, model.size.values) or "1:1"
    if pair is None or model.custom_sizes is None:
        return "1024x1024" if model.custom_sizes else "1:1"
    width, height = pair
    if max(width, height) < _SMALLEST_EDGE_MEANT:
        return nearest_ratio(width / height, model.size.values)
    return "{}x{}".format(*nearest_custom(width, height, model.custom_sizes))


def _custom_resolution_problems(request: GenerationRequest, model: Model) -> Iterator[Problem]:
    """A custom size needs 2K or 4K, and with a 3840-pixel edge 4K (source: GPT Image 2 documentation)."""
    limits, needed = model.custom_sizes, _custom_resolution(request, model)
    known = model.resolution.values if model.resolution else ()
    if not (limits and needed) or request.resolution not in (None, *known):
        return
    if request.resolution not in limits.resolutions:
        yield Problem("resolution", f"a custom size needs one of {', '.join(limits.resolutions)}.", needed)
    elif needed == "4K" and request.resolution != "4K":
        yield Problem("resolution", f"a size with a {limits.max_edge}-pixel edge must say 4K.", needed)


def _custom_resolution(request: GenerationRequest, model: Model) -> str:
    """The resolution that the request's custom size, or the nearest valid one, needs; '' for other sizes."""
    limits = model.custom_sizes
    edges = parse_custom(request.size) if isinstance(request.size, str) else None
    if not (limits and edges):
        return ""
    possible = nearest_custom(*edges, limits) if list(custom_faults(edges, limits)) else edges
    return "4K" if max(possible) == limits.max_edge else "2K"


def _reference_problems(request: GenerationRequest, model: Model) -> Iterator[Problem]:
    given = request.references
    if not isinstance(given, (tuple, list)) or not all(isinstance(each, Reference) for each in given):
        yield Problem("image", "must be a tuple of Reference, one for each image.")
        return
    count, limits = len(request.references), model.references
    if limits.count_binding and count and limits.maximum == 0:
        edits = "; its sibling edits them" if model.sibling else ""
        instead = f"--model {model.sibling}" if model.sibling else "no image"
        yield Problem("image", f"{model.name} takes no images{edits}.", instead)
    if limits.count_binding and count < limits.minimum:
        other = f", or write --model {model.sibling} to start from the prompt alone" if model.sibling else ""
        yield Problem("image", f"{model.name} needs at least one image to edit: add one with --image{other}.")
    if limits.maximum and count > limits.maximum:
        yield Problem("image", f"{count} images are too many: {model.name} takes at most {limits.maximum}.")
    for number, reference in enumerate(request.references, 1):
        if reference.kind == "url" and not is_web_url(reference.value):
            yield Problem("image", f"image {number} is {shown(str(reference.value))}: not a URL (https://…).")


def takes_of(given: object) -> int:
    """A number of takes. RequestError for anything else."""
    takes = plain_scalar(given)
    if found := list(_count_problems("takes", takes)):
        raise RequestError(found)
    assert isinstance(takes, int)
    if takes > MOST_PLACES:
        raise RequestError([Problem("takes", f"{takes:,} {TOO_MANY_TAKES}.")])
    return takes


def _count_problems(field: str, given: object) -> Iterator[Problem]:
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        yield Problem(field, f"{described(given)} {NOT_A_COUNT}.", f"{field}={_count_in(given)}")


def _count_in(given: object) -> int:
    """The count that a text or a fraction is nearest to, and 1 for anything else."""
    if isinstance(given, str) and given.strip().isdecimal():
        return max(int(given[:9]), 1)
    return max(int(given), 1) if isinstance(given, float) and abs(given) < MOST_PLACES else 1


def _callback_problems(request: GenerationRequest, local_api: bool) -> Iterator[Problem]:
    """HTTPS, public, at most 2,048 characters (source: Vidgo API documentation, webhooks)."""
    url = request.callback_url
    if url is None:
        return
    if not is_web_url(url):
        yield Problem("callback_url", "is not a URL.", "https://your-domain.example/callback")
        return
    host = urlsplit(url).hostname or ""
    if len(url) > MAX_CALLBACK_URL:
        yield Problem("callback_url", f"has {len(url):,} characters; at most {MAX_CALLBACK_URL:,} are allowed.")
    if local_api and is_loopback(host):
        return
    if urlsplit(url).scheme != "https":
        yield Problem("callback_url", "must begin with https://.")
    if not is_public(host):
        yield Problem("callback_url", f"{shown(host)} is not a public host, so the service could not reach it.")

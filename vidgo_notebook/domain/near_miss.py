"""Requests that are almost one of which there is a picture, and in what they differ."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from vidgo_notebook.domain.extra_fields import Pairs, in_words
from vidgo_notebook.domain.request import GenerationRequest, effective_fields, shareable_identity
from vidgo_notebook.domain.wording import shown

_QUOTES = dict.fromkeys(map(ord, "\"'`´‘’‚‛“”„‟«»‹›「」『』"))
_STEPS: dict[str, Callable[[str], str]] = {
    "white space": lambda text: "".join(text.split()),
    "Unicode form": lambda text: text if text.isascii() else _plain_form(text),
    "quotation marks": lambda text: text.translate(_QUOTES),
    "letter case": str.casefold,
    "the full stop at its end": lambda text: text.rstrip(".。 \n"),
}
_UNSEEN = {"white space", "Unicode form"}
_LIKENESS = 0.6  # 1: the same pairs of letters
_COMPARED, _BEGINNING = 5000, 200  # prompts, and characters of each


@dataclass(frozen=True, slots=True)
class Known:
    """A request of which there is a picture; ``fields`` are its effective fields."""

    fingerprint: str
    provider: str
    prompt: str
    model: str
    fields: Mapping[str, str]
    references: tuple[str, ...]
    take: int
    extra: Pairs = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """In what a request differs from one that is known, as a sentence without a full stop.

    ``unseen``: in nothing that is seen, but in white space or Unicode form alone. ``only_take``: in its take alone.
    """

    text: str
    unseen: bool = False
    only_take: bool = False


class NearMisses:
    """Known requests, by their prompts without what is easily mistyped."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._alike: dict[str, list[Known]] = {}
        for each in known:
            self._alike.setdefault(_folded(each.prompt), []).append(each)

    def with_more(self, known: Iterable[Known]) -> NearMisses:
        """These and further ones, for which no other is made ready again."""
        more = NearMisses(known)
        more._alike = self._alike | {
            prompt: [*self._alike.get(prompt, ()), *added] for prompt, added in more._alike.items()
        }
        return more

    def of(self, request: GenerationRequest, but: Collection[str] = ()) -> NearMiss | None:
        """The known request that differs in the fewest things, and in nothing else than is easily mistyped or set
        otherwise; not those whose fingerprints are in ``but``."""
        alike = [each for each in self._alike.get(_folded(request.prompt), ()) if each.fingerprint not in but]
        found = [(_in_prompt(request.prompt, each.prompt), _in_fields(request, each), each) for each in alike]
        if not found:
            return None
        prompt, others, known = min(found, key=lambda each: (len(each[0]) + len(each[1]), each[2].fingerprint))
        if not prompt and not others:
            return NearMiss(f"the store has it from another service, {known.provider}")
        at = f" at {_listed(list(others.values()))}" if others else ""
        if not prompt:
            return NearMiss(f"the store has it{at}", only_take=[*others] == ["take"])
        only = "" if others else "only "
        return NearMiss(
            f"it differs {only}in {_listed(prompt)} from {shown(known.prompt)}, which the store has{at}",
            unseen=not others and set(prompt) <= _UNSEEN,
        )

    def most_alike(self, request: GenerationRequest) -> str:
        """The known prompt that is most like that of the request; '' if none is like it."""
        asked = _pairs(request.prompt)
        likeness = ((2 * len(asked & pairs) / (len(asked) + len(pairs) or 1), prompt) for prompt, pairs in self._pairs)
        best, prompt = max(likeness, key=lambda each: each[0], default=(0, ""))
        return prompt if best >= _LIKENESS else ""

    @cached_property
    def _pairs(self) -> list[tuple[str, set[str]]]:
        return [(each[0].prompt, _pairs(each[0].prompt)) for each in islice(self._alike.values(), _COMPARED)]


def _pairs(prompt: str) -> set[str]:
    """The pairs of letters that a prompt begins with."""
    text = prompt[:_BEGINNING].casefold()
    return {text[at : at + 2] for at in range(len(text) - 1)}


def _plain_form(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")


def _folded(prompt: str, but: str = "") -> str:
    for name, step in _STEPS.items():
        if name != but:
            prompt = step(prompt)
    return prompt


def _in_prompt(asked: str, known: str) -> list[str]:
    """In what two prompts differ that are the same without it."""
    if asked == known:
        return []
    if single := next((name for name, step in _STEPS.items() if step(asked) == step(known)), ""):
        return [single]
    needed = [name for name in _STEPS if _folded(asked, name) != _folded(known, name)]
    return needed or ["its spelling"]


def _in_fields(request: GenerationRequest, known: Known) -> dict[str, str]:
    """What is known otherwise than it is asked for, in words."""
    asked = effective_fields(request)
    others = {name: f"{name} {value}" for name, value in known.fields.items() if asked.get(name, value) != value}
    if request.model != known.model:
        others = {"model": f"model {known.model}"}
    if request.extra != known.extra:
        others["set"] = ", ".join(f"--set {each}" for each in in_words(known.extra)) or "no --set"
    if request.take != known.take:
        others["take"] = f"take {known.take}"
    if tuple(map(shareable_identity, request.references)) != known.references:
        others["images"] = "other reference images" if known.references else "no reference image"
    return others


def _listed(words: list[str]) -> str:
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])

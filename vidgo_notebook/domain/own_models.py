"""A TOML file of further models: understood and checked as a whole.

Each table is a model, by the name that the service has for it; its keys are the fields of the catalogue's ``Model``:

    [nano-banana]
    source = "https://docs.example/nano-banana"
    size = { values = ["1:1", "16:9"], default = "1:1" }
    prices = { base = 4, source = "our price list of 2026-11" }
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from vidgo_notebook.domain.arguments import amount_of_credits
from vidgo_notebook.domain.catalogue import MODELS, Choice, CustomSizes, Model, Prices, References, Tiers
from vidgo_notebook.domain.wording import described, nearest, shown

MAX_BYTES = 1_000_000
"""The largest file of models."""

_T = TypeVar("_T")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
_LARGEST = 10**9
_LONGEST_TEXT = 500  # characters
_MOST_VALUES = 200


class ModelsFileError(ValueError):
    """The file can't be used; the text says everything that is wrong with it."""


def models_in(content: bytes, path: str) -> list[Model]:
    """The models of a file. Raises ModelsFileError with every mistake in it, each named by model and field."""
    import tomllib  # late: few have such a file

    try:
        tables = tomllib.loads(content.decode("utf-8-sig"))  # Notepad puts a mark before the text
    except UnicodeDecodeError:
        raise ModelsFileError(f"{path} is not UTF-8 text: save it in that encoding") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ModelsFileError(f"{path} is not TOML: {_not_toml(str(error))}") from None
    faults: list[str] = []
    if not tables:
        faults.append(f"it has no model; {_BEGINNING}")
    models = [model for name, table in tables.items() if (model := _model(name, table, faults))]
    faults += _wrong_siblings(models, {*MODELS, *tables})
    faults += [f"{each.name}: {_ANOTHER}" for each in models if _is_another(each)]
    if faults:
        raise ModelsFileError(f"{path}: {'; '.join(faults)}")
    return models


def model_of(name: str, definition: str) -> Model | None:
    """A model by what ``Model.own`` says of it; None where this version of the package does not understand it."""
    try:
        return _model(name, json.loads(definition), [])
    except ValueError:
        return None


_BEGINNING = 'a model begins with a line such as [nano-banana] or ["seedream-5.0-lite"]'


def _not_toml(error: str) -> str:
    """What Python says of a text that it can't read, and what to write instead."""
    if twice := re.match(r"Cannot declare \((.*?),?\) twice(.*)", error):
        name = ".".join(part.strip().strip("'") for part in twice[1].split(", "))
        return f"[{name}] begins a second time{twice[2]}; each model has one table"
    if error.startswith("Cannot overwrite a value"):
        return f"a field is given twice{error.removeprefix('Cannot overwrite a value')}; each has one value"
    return f"{error}; {_BEGINNING}, and a field of it is a line such as {_FIELD}"


_FIELD = 'title = "Nano Banana" or prices = { base = 4 }'
_DECIDING = ("size", "resolution", "quality", "custom_sizes", "tiers")
_ANOTHER = (
    "this session knows a model of that name with other fields, and jobs may be under way: restart the kernel "
    "(the prices and the source can be changed at any time)"
)


def _is_another(model: Model) -> bool:
    """Whether a model of the name is known that makes another request of the same words."""
    known = MODELS.get(model.name)
    if known is None or not known.own:
        return False
    return any(getattr(known, name) != getattr(model, name) for name in _DECIDING)


def _wrong_siblings(models: Iterable[Model], known: set[str]) -> Iterator[str]:
    for model in models:
        if model.sibling and model.sibling not in known:
            yield f"{model.name}: sibling {shown(model.sibling)} is not a model, in this file or of this package"


def _model(name: str, table: object, faults: list[str]) -> Model | None:
    if not isinstance(table, dict):
        twice = isinstance(table, list) and bool(table) and isinstance(table[0], dict)
        faults.append(
            f"[[{name}]] begins a list: write [{name}]"
            if twice
            else f"{shown(name)} stands outside a model: {_BEGINNING}"
        )
        return None
    if not _NAME.fullmatch(name):
        faults.append(
            f"{shown(name)} is not a name that the service could have for a model: write 1 to 100 letters, digits, "
            "and . _ / - between them"
        )
    if name in MODELS and not MODELS[name].own:
        faults.append(
            f"{name} is a model of this package, which a file can't change: remove it from the file (a price of yours "
            f"for it goes into the setting prices)"
        )
    before = len(faults)
    read = _Table(name, table, faults)
    source = read.text("source", needed=True)
    size = read.part("size", lambda part: _choice(part, source), needed=True)
    quality = read.part("quality", lambda part: _choice(part, source))
    resolution = read.part("resolution", lambda part: _choice(part, source))
    model = Model(
        name=name,
        title=read.text("title") or name,
        sibling=read.text("sibling"),
        references=read.part("references", lambda part: _references(part, source)) or References(0, 0, source, True),
        size=size or Choice(("auto",), "auto", source),
        resolution=resolution,
        source=source,
        quality=quality,
        custom_sizes=read.part("custom_sizes", lambda part: _custom_sizes(part, source)),
        tiers=read.part("tiers", lambda part: _tiers(part, source)),
        prices=read.part("prices", lambda part: _prices(part, source, quality, resolution)),
        prompt_limit=read.whole("prompt_limit", least=1),
        own=json.dumps(table, sort_keys=True, default=str),
    )
    if model.tiers and not resolution:
        faults.append(f"{name}: tiers needs a resolution")
    read.nothing_else()
    return model if len(faults) == before else None


@dataclass(slots=True)
class _Table:
    """A table of the file. What is wrong goes to ``faults``, with the table's name before it."""

    name: str
    table: Mapping[str, Any]
    faults: list[str]
    _known: list[str] = field(default_factory=list)

    def wrong(self, message: str) -> None:
        self.faults.append(f"{self.name}: {message}")

    def value(self, key: str, *, needed: bool = False) -> Any:
        self._known.append(key)
        if needed and key not in self.table:
            self.wrong(f"{key} is missing")
        return self.table.get(key)

    def text(self, key: str, *, needed: bool = False) -> str:
        value = self.value(key, needed=needed)
        if value is None or (isinstance(value, str) and value.strip() and len(value) <= _LONGEST_TEXT):
            return value or ""
        self.wrong(f"{key} must be a text of 1 to {_LONGEST_TEXT} characters, not {described(value)}")
        return ""

    def whole(self, key: str, *, least: int = 0, needed: bool = False) -> int | None:
        value = self.value(key, needed=needed)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and least <= value <= _LARGEST):
            return value
        self.wrong(f"{key} must be a whole number from {least}, not {described(value)}")
        return None

    def flag(self, key: str, default: bool) -> bool:
        value = self.value(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.wrong(f"{key} must be true or false, not {described(value)}")
        return default

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        value = self.value(key, needed=needed)
        if value is None:
            return ()
        if isinstance(value, list) and 0 < len(value) <= _MOST_VALUES and all(isinstance(e, str) and e for e in value):
            if len(set(value)) == len(value):
                return tuple(value)
            self.wrong(f"{key} has a value twice: write each once")
        else:
            self.wrong(f'{key} must be a list of 1 to {_MOST_VALUES} texts such as ["1:1", "16:9"]{_not(value)}')
        return ()

    def part(self, key: str, read: Callable[[_Table], _T], *, needed: bool = False) -> _T | None:
        """What ``read`` makes of a table in this one; None where there is none, or where it has a mistake."""
        value = self.value(key, needed=needed)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(f"{key} must be a table such as {_EXAMPLES[key]}, not {described(value)}")
            return None
        before, part = len(self.faults), _Table(f"{self.name}.{key}", value, self.faults)
        made = read(part)
        part.nothing_else()
        return made if len(self.faults) == before else None

    def nothing_else(self) -> None:
        for key in sorted(self.table.keys() - set(self._known)):
            instead = f"there are {_listed(self._known)}"
            if near := nearest(key, self._known):
                instead = f"write {near}"
            elif isinstance(self.table[key], dict) and "." not in self.name:
                instead += f'; a model whose name has a dot stands in quotes, as ["{self.name}.{key}"]'
            self.wrong(f"{shown(key)} is not a field; {instead}")


_EXAMPLES = {
    "size": '{ values = ["1:1", "16:9"], default = "1:1" }',
    "quality": '{ values = ["draft", "fine"], default = "draft" }',
    "resolution": '{ values = ["1K", "2K"], default = "1K" }',
    "references": "{ minimum = 1, maximum = 4 }",
    "custom_sizes": "{ multiple = 16, max_edge = 3840, max_ratio = 3, min_pixels = 655360, max_pixels = 8294400 }",
    "tiers": '{ auto = "1K", true_4k_sizes = ["16:9"], true_4k_edge = 3840 }',
    "prices": "{ base = 4 }, or { base = { draft = 1, fine = 5 }, multiplier = { 2K = 2 } }",
}


def _not(value: object) -> str:
    """How a value differs from a list of texts, where its type says so."""
    if not isinstance(value, list):
        return f", not {described(value)}"
    other = next((each for each in value if not isinstance(each, str)), None)
    return "" if other is None else f"; {described(other)} in it is not a text"


def _choice(part: _Table, source: str) -> Choice:
    values = part.texts("values", needed=True)
    default = part.text("default") or next(iter(values), "")
    if values and default not in values:
        part.wrong(f"default {shown(default)} is not one of its values, {_listed(values)}")
    return Choice(
        values,
        default,
        part.text("source") or source,
        binding=part.flag("binding", default=True),
        always_sent=part.flag("always_sent", default=False),
    )


def _references(part: _Table, source: str) -> References:
    minimum, maximum = part.whole("minimum") or 0, part.whole("maximum")
    if maximum is not None and maximum < minimum:
        part.wrong(f"maximum {maximum} is less than minimum {minimum}")
    return References(minimum, maximum, part.text("source") or source, part.flag("count_binding", default=True))


def _custom_sizes(part: _Table, source: str) -> CustomSizes:
    def edge(name: str) -> int:
        return part.whole(name, least=1, needed=True) or 1

    return CustomSizes(
        edge("multiple"),
        edge("max_edge"),
        edge("max_ratio"),
        edge("min_pixels"),
        edge("max_pixels"),
        part.texts("resolutions", needed=True),
        part.text("source") or source,
    )


def _tiers(part: _Table, source: str) -> Tiers:
    edge = part.whole("true_4k_edge", least=1, needed=True) or 1
    return Tiers(part.text("auto", needed=True), part.texts("true_4k_sizes"), edge, part.text("source") or source)


def _prices(part: _Table, source: str, quality: Choice | None, resolution: Choice | None) -> Prices:
    qualities = quality.values if quality else ("",)
    base = part.value("base", needed=True)
    by_quality = base if isinstance(base, dict) else dict.fromkeys(qualities, base)
    if base is not None and by_quality.keys() != set(qualities):
        names = f"each of {_listed(qualities)}" if quality else "the model, which has no quality: base = 4"
        part.wrong(f"base must have one price for {names}")
    factors = part.value("multiplier") or {}
    known = resolution.values if resolution else ()
    if not isinstance(factors, dict) or not factors.keys() <= set(known):
        part.wrong(f"multiplier must be a table by {_listed(known) or 'resolution, of which the model has none'}")
        factors = {}
    return Prices(
        _amounts(part, "base", by_quality), _amounts(part, "multiplier", factors), part.text("source") or source
    )


def _amounts(part: _Table, key: str, given: Mapping[str, object]) -> dict[str, Decimal]:
    amounts = {name: amount_of_credits(value) for name, value in given.items()}
    for name, amount in amounts.items():
        if amount is None and given[name] is not None:
            part.wrong(f"{key} {described(given[name])} is not a number of credits such as 4 or 0.5")
    return {name: amount for name, amount in amounts.items() if amount is not None}


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)

"""The options in the first line of a ``%%vidgo`` cell, and of ``vidgo generate``: from words to values."""

from __future__ import annotations

import argparse
import keyword
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

from vidgo_notebook.domain.cell_grammar import cell_parser
from vidgo_notebook.domain.extra_fields import EXAMPLE, Pairs, value_of
from vidgo_notebook.domain.first_line import spelled_out, split
from vidgo_notebook.domain.option_parser import OptionParser
from vidgo_notebook.domain.plain_values import option_of, plain_model
from vidgo_notebook.domain.provider import is_web_url
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.domain.sweep import Axis, axis, unread_axis
from vidgo_notebook.domain.template import OPENING, evaluate, render
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import Problem, Problems, RequestError

_OF_A_REQUEST = ("model", "quality", "size", "resolution", "callback_url")
_PASSED_ON = (
    *("seed", "skip_invalid", "batch", "dry_run", "fresh", "yes", "max_credits", "cluster"),
    *("wait", "save", "annotate", "format", "as_served", "show", "width"),
)
_OF_A_NOTEBOOK = {"name": (), "cluster": None, "wait": None, "show": "preview", "width": None}
_ANY_NAME = "a name such as hero"
_IDLE_PARSERS: list[OptionParser] = []
_PICTURE_FILE = re.compile(r".+\.(?:png|jpe?g|webp|gif|bmp|tiff?|avif|heic)", re.IGNORECASE)
_PAIR = re.compile(r"([A-Za-z][\w-]*)[=:](.+)", re.DOTALL)
_SAYS = {"quote": "--dry-run", "help": "%%vidgo -h"}
"""What a word says that would be bought as a NAME."""
_OF_ANY_TYPE = {"image": Reference("bytes", ""), "jobs": None}  # images are counted, though one can't be read
_ValuesOf: TypeAlias = Callable[[str, str], Iterable[Any]]
"""The values of a part of ``A,B,C``, for the axis of a name; an expression may be a list of several."""


@dataclass(frozen=True, slots=True)
class CellOptions:
    """The options in a cell's first line, or of a shell's command. One that was not given, or has a problem, is None or
    empty.

    ``problems`` are those of the options, and ``hint`` is what to type instead.
    """

    name: str | None
    request: Mapping[str, Any]
    images: tuple[Any, ...]
    takes: tuple[int, ...]
    several: bool
    sweep: tuple[Axis, ...]
    seed: int | None
    skip_invalid: bool
    batch: str
    dry_run: bool
    fresh: bool
    yes: bool
    max_credits: Decimal | None
    cluster: str | None
    wait: bool | None
    save: str | None
    annotate: bool
    format: str | None
    as_served: bool
    show: str
    width: int | None
    problems: tuple[Problem, ...] = ()
    hint: str | None = None


def read_cell_line(line: str, variables: Mapping[str, Any]) -> CellOptions:
    """The options of a ``%%vidgo`` line, expressions replaced by their values. Raises HelpRequested for ``-h``."""
    found = Problems()
    if "--sweep" in line:
        from vidgo_notebook.domain.swept_text import in_one_word  # late: most cells make one picture

        line = in_one_word(line)
    words, expressions = found.of(lambda: split(line), (list[str](), list[str]()))
    values = _read(words, found)
    axes = _axes_of_cell(values, expressions, variables, found) if values.sweep else ()
    del values.sweep
    return _options(filled_in(values, expressions, variables, found), axes, found)


def option_below(cell: str) -> str:
    """The option that a prompt begins with, which belongs into the line above it; '' for other prompts.

    >>> option_below("--quality high\\nA fox"), option_below("-- a fox")
    ('--quality', '')
    """
    begins = re.match(r"\s*(--[a-z][a-z-]*)(?=[\s=]|$)", cell)
    return begins[1] if begins and begins[1] in cell_parser().flags else ""


def _axes_of_cell(
    values: argparse.Namespace, expressions: Sequence[str], variables: Mapping[str, Any], found: Problems
) -> tuple[Axis, ...]:
    """What ``--sweep`` varies. Values that a blank has cut off are taken out of the NAME."""
    from vidgo_notebook.domain.swept_text import cut_off, meant_otherwise  # late, as above

    texts, mistaken = cut_off(values.sweep, values.name)
    if mistaken:
        found.append(mistaken)
        values.name = []

    def values_of(part: str, axis_name: str) -> Iterable[Any]:
        return _listed(evaluate(spelled_out(part, expressions), variables, axis_name))

    return _axes(texts, values_of, found, lambda name, listed: meant_otherwise(name, listed, variables))


def command_options(values: argparse.Namespace, found: Problems) -> CellOptions:
    """The options of a shell's command: what was written is taken as it is."""
    axes: tuple[Axis, ...] = ()
    if values.sweep:
        from vidgo_notebook.domain.swept_text import meant_otherwise  # late, as above

        axes = _axes(values.sweep, lambda part, _: [part], found, partial(meant_otherwise, variables={}, braces=False))
    return _options({**_OF_A_NOTEBOOK, **vars(values)}, axes, found)


def _options(filled: Mapping[str, Any], axes: tuple[Axis, ...], found: Problems) -> CellOptions:
    return CellOptions(
        name=found.of(lambda: _name(filled["name"], filled["save"]), None),
        request=request_fields(filled, found),
        images=tuple(filled["image"]),
        takes=found.of(lambda: _takes(filled["take"], filled["takes"]), (1,)),
        several=filled["takes"] is not None,
        sweep=axes,
        **{key: filled[key] for key in _PASSED_ON},
        problems=tuple(found),
        hint=found.hint,
    )


def request_fields(filled: Mapping[str, Any], found: Problems) -> dict[str, Any]:
    """The fields of a request among the values of its options, besides its prompt, images and take."""
    extra = _extra(filled["set"], found)
    return {**{key: filled[key] for key in _OF_A_REQUEST}, **({"extra": extra} if extra else {})}


def _extra(texts: Sequence[str], found: Problems) -> Pairs:
    """Each ``FIELD=VALUE``."""
    pairs = []
    for text in texts:
        name, equals, value = text.partition("=")
        if equals:
            pairs.append((name.strip(), value_of(value.strip())))
        else:
            found.append(Problem("set", f"{shown(text)} has no value.", EXAMPLE))
    return tuple(pairs)


def _read(words: Sequence[str], found: Problems) -> argparse.Namespace:
    """Parse the words of a line. Building the grammar takes longer than the rest of a cell's planning, so
    parsers are reused. argparse changes a parser while it parses, so each thread takes an idle one."""
    try:
        parser = _IDLE_PARSERS.pop()
    except IndexError:
        parser = cell_parser()
    try:
        return parser.understood(words, found)
    finally:
        _IDLE_PARSERS.append(parser)


def filled_in(
    values: argparse.Namespace, expressions: Sequence[str], variables: Mapping[str, Any], found: Problems
) -> dict[str, Any]:
    """The parsed values, with the expressions that ``split`` took out evaluated; None or left out where one fails."""
    return {key: _filled(key, value, expressions, variables, found) for key, value in vars(values).items()}


def _filled(key: str, value: Any, expressions: Sequence[str], variables: Mapping[str, Any], found: Problems) -> Any:
    """An option's value with its expressions filled in; a lone expression for an image or a job keeps its type."""
    if isinstance(value, list):
        filled = [_filled(key, item, expressions, variables, found) for item in value]
        return [item for item in filled if item is not None]
    if not isinstance(value, str):
        return value
    text = spelled_out(value, expressions)
    if OPENING not in text:
        return text
    if key in _OF_ANY_TYPE:
        return found.of(lambda: evaluate(text, variables, key), _OF_ANY_TYPE[key])
    return found.of(lambda: render(text, variables, key), None)


def _axes(
    texts: Sequence[str], values_of: _ValuesOf, found: Problems, mistaken: Callable[[str, str], Problem | None]
) -> tuple[Axis, ...]:
    """Each ``FIELD=A,B,C``; ``mistaken`` says what is wrong with values that are not what they say."""
    axes = []
    for text in texts:
        name, equals, listed = (part.strip() for part in text.partition("="))
        if not equals or not name.isidentifier():
            found.append(Problem("sweep", f"{shown(text)} does not say what varies.", "--sweep quality=low,high"))
            continue
        if problem := mistaken(name, listed):
            found.append(problem)
            axes.append(unread_axis(name))
            continue
        parts = [part for part in map(str.strip, listed.split(",")) if part]
        axes.append(found.of(partial(_axis, name, parts, values_of), unread_axis(name)))
    return tuple(axes)


def _axis(name: str, parts: Sequence[str], values_of: _ValuesOf) -> Axis:
    values = [value for part in parts for value in values_of(part, name)]
    if name == "take":
        values = [int(value) if isinstance(value, str) and value.isdigit() else value for value in values]
    return axis(name, values)


def _listed(value: Any) -> Iterable[Any]:
    """The values of an expression: a list (or a column of a DataFrame) is many."""
    several = isinstance(value, (list, tuple, range, set)) or (
        hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1
    )
    return list(value) if several else [value]


def _name(words: Sequence[str], save: str | None) -> str | None:
    """The variable's name. RequestError for a word that says something else, or is one too many; it may be the rest
    of the path to ``save`` to."""
    words = _pairs(words)
    meanings = {word: meaning for word in words if (meaning := _meaning(word, save, alone=len(words) == 1))}
    names = [word for word in words if word not in meanings]
    hint = "The prompt goes below the first line; values with spaces go in quotes."
    if len(names) > 1:
        raise RequestError([Problem("options", f"one NAME is enough, not {' '.join(words)}.")], hint=hint)
    problems = [Problem("options", f"{shown(word)} is not a NAME.", meant) for word, meant in meanings.items()]
    if names and (keyword.iskeyword(names[0]) or not names[0].isidentifier()):
        instead = "" if " " in names[0] else _as_name(names[0])
        problems.append(Problem("NAME", f"{shown(names[0])} is not a valid variable name.", instead or _ANY_NAME))
    if problems:
        raise RequestError(problems, hint=hint if names and " " in names[0] else None)
    return names[0] if names else None


def _pairs(words: Sequence[str]) -> list[str]:
    """``quality: high`` as one word."""
    whole: list[str] = []
    for word in words:
        if whole and whole[-1].endswith(("=", ":")):
            whole[-1] += word
        else:
            whole.append(word)
    return whole


def _as_name(word: str) -> str:
    """A word as a variable's name; '' where nothing is left of it."""
    name = re.sub(r"\W+", "_", word).strip("_").lstrip("0123456789")
    name = f"{name}_" if keyword.iskeyword(name) else name
    return name if name.isidentifier() else ""


def _meaning(word: str, save: str | None, *, alone: bool) -> str:
    """The option that a word in the place of a NAME belongs to, with the word; '' for a name."""
    if alone and word.isidentifier():
        return _SAYS.get(word, "")
    if (pair := _PAIR.fullmatch(word)) and f"--{pair[1].lower()}" in cell_parser().flags:
        return f"--{pair[1].lower()} {pair[2]}"
    if field := option_of(word):
        return f"--{field} {plain_model(word) if field == 'model' else word}"
    if save and not is_web_url(word) and _PICTURE_FILE.fullmatch(word) and not _PICTURE_FILE.fullmatch(save):
        return f"--save {shlex.quote(f'{save} {word}')}"
    return f"--image {word}" if is_web_url(word) or _PICTURE_FILE.fullmatch(word) else ""


def _takes(take: int | None, takes: int | None) -> tuple[int, ...]:
    if take and takes:
        raise RequestError([Problem("take", "--take K is one of the takes; --takes N is all of them: use one.")])
    return tuple(range(1, takes + 1)) if takes else (take or 1,)

"""The option grammar of a ``%%vidgo`` cell, and of ``vidgo generate``: parses words into values."""

from __future__ import annotations

import argparse
import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any, NoReturn, TypeAlias

from vidgo_notebook.domain.arguments import NOT_A_COUNT, amount_of_credits
from vidgo_notebook.domain.catalogue import DEFAULT_MODEL
from vidgo_notebook.domain.draws import LARGEST_SEED
from vidgo_notebook.domain.extra_fields import EXAMPLE, Pairs, value_of
from vidgo_notebook.domain.first_line import spelled_out, split
from vidgo_notebook.domain.image_formats import SAVED_AS, saved_as
from vidgo_notebook.domain.meant import meant_by, why_not_here
from vidgo_notebook.domain.plain_values import option_of, plain_model
from vidgo_notebook.domain.provider import is_web_url
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.domain.sweep import Axis, axis, unread_axis
from vidgo_notebook.domain.template import OPENING, evaluate, render
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import Problem, Problems, RequestError, VidgoError

SHOW = ("preview", "full", "none")
_OF_A_REQUEST = ("model", "quality", "size", "resolution", "callback_url")
_PASSED_ON = (
    *("seed", "skip_invalid", "batch", "dry_run", "fresh", "yes", "max_credits", "cluster"),
    *("wait", "save", "annotate", "format", "as_served", "show", "width"),
)
_OF_A_NOTEBOOK = {"name": (), "cluster": None, "wait": None, "show": "preview", "width": None}
_SET_HELP = "an input field that this package does not know, passed on as it is; repeatable"
_IDLE_PARSERS: list[OptionParser] = []
_DASHED = re.compile(r"([-‐‑‒–—―−]+)([^\W\d_][\w-]*)(=.*)?", re.DOTALL)
_PICTURE_FILE = re.compile(r".+\.(?:png|jpe?g|webp|gif|bmp|tiff?|avif|heic)", re.IGNORECASE)
_OF_ANY_TYPE = {"image": Reference("bytes", ""), "jobs": None}  # images are counted, though one can't be read
_ValuesOf: TypeAlias = Callable[[str, str], Iterable[Any]]
"""The values of a part of ``A,B,C``, for the axis of a name; an expression may be a list of several."""
_LIKE_AN_OPTION = 0.65  # a typing error; of words as short as these, others are half alike by chance


@dataclass(frozen=True, slots=True)
class CellOptions:
    """The options in a cell's first line, or of a shell's command; None or empty where an option is not given, or has
    a problem.

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


def add_request_options(parser: OptionParser) -> None:
    """Add the options that describe the picture."""
    add = parser.add_argument
    add("-m", "--model", metavar="MODEL", help=f"default {DEFAULT_MODEL}; with --image its edit sibling")
    add("-q", "--quality", metavar="LEVEL", help="low, medium or high (GPT Image 2)")
    add("-s", "--size", metavar="SIZE", help="auto, a ratio such as 16:9, or WIDTHxHEIGHT")
    add("-r", "--resolution", metavar="RES", help="1K, 2K or 4K")
    image_help = "image to edit: a URL, a path, or a variable; repeatable"
    add("-i", "--image", metavar="REF", action="append", default=[], help=image_help)
    add("--set", metavar="FIELD=VALUE", action="append", default=[], help=_SET_HELP)
    add("-n", "--takes", metavar="N", type=_count, help="N independent pictures, at N prices")
    add("--take", metavar="K", type=_count, help="only the K-th of them")
    add("--callback-url", metavar="URL", help="passed to the API, which calls it when the picture is done")


def add_purchase_options(parser: OptionParser) -> None:
    """Add the options of several pictures, and about buying them."""
    add = parser.add_argument
    sweep_help = "every combination: of a field, or of a variable of the prompt; repeatable"
    add("--sweep", metavar="FIELD=A,B,C", action="append", default=[], help=sweep_help)
    add("--seed", metavar="N", type=_seed, help="of what {{ choice([…]) }} draws; without it one is drawn and kept")
    add("--skip-invalid", action="store_true", help="leave out combinations that are not possible")
    add("--batch", metavar="NAME", default="", help="a name by which another process can continue the batch")
    add("--dry-run", action="store_true", help="show the exact request and its price; send nothing")
    add("--fresh", action="store_true", help="buy again, even if the store has it")
    add("--max-credits", metavar="N", type=_credits, help="refuse if this would cost more")
    add_yes(parser)


def add_yes(parser: OptionParser) -> None:
    """Add the answer to the question about the price."""
    parser.add_argument(
        "-y",
        "--yes",
        action="store_true",
        help="answer the question about the price, unless confirm_above was set outside; overrides no limit",
    )


def add_save_options(parser: OptionParser) -> None:
    """Add the options about a file to save."""
    add = parser.add_argument
    add("--save", metavar="PATH", help="also write the file there: a folder, or a name with {n}")
    add("--annotate", action="store_true", help="write provenance (XMP, PNG text) into the file of --save")
    add("--as-served", action="store_true", help="save the very bytes that were served, without the mark of AI")
    format_help = f"convert the file of --save: {', '.join(SAVED_AS)}"
    add("--format", metavar="FORMAT", type=_format, choices=tuple(SAVED_AS), help=format_help)


def cell_parser() -> OptionParser:
    """The grammar of ``%%vidgo``."""
    parser = OptionParser(
        "%%vidgo",
        usage="%%%%vidgo [NAME] [options]",
        description="Make a picture. The cell is the prompt; {{ expression }} inserts a notebook value.",
        epilog="Example:\n  %%vidgo hero --quality high --size 16:9 --resolution 4K\n  A silver espresso machine",
    )
    parser.add_argument("name", metavar="NAME", nargs="*", help="variable that receives the job")
    add_request_options(parser)
    add_purchase_options(parser)
    add = parser.add_argument
    add("--cluster", metavar="NAME", help="variable that holds a Dask client, whose workers run the jobs")
    add(
        "--wait",
        action=_Either,
        default=None,
        help="wait until the picture is there, or never wait",
    )
    add_save_options(parser)
    add("--show", type=_show, choices=SHOW, default="preview", help="what to embed in the notebook")
    add("--width", metavar="PX", type=_count, help="width of the picture in the notebook, in pixels")
    return parser


def read_cell_line(line: str, variables: Mapping[str, Any]) -> CellOptions:
    """The options of a ``%%vidgo`` line, expressions replaced by their values. Raises HelpRequested for ``-h``."""
    found = Problems()
    words, expressions = found.of(lambda: split(line), (list[str](), list[str]()))
    values = _read(words, found)

    def values_of(part: str, axis_name: str) -> Iterable[Any]:
        return _listed(evaluate(spelled_out(part, expressions), variables, axis_name))

    axes = _axes(values.sweep, values_of, found)
    del values.sweep
    return _options(filled_in(values, expressions, variables, found), axes, found)


def command_options(values: argparse.Namespace, found: Problems) -> CellOptions:
    """The options of a shell's command: what was written is taken as it is."""
    return _options({**_OF_A_NOTEBOOK, **vars(values)}, _axes(values.sweep, lambda part, _: [part], found), found)


def _options(filled: Mapping[str, Any], axes: tuple[Axis, ...], found: Problems) -> CellOptions:
    return CellOptions(
        name=found.of(lambda: _name(filled["name"]), None),
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


def _axes(texts: Sequence[str], values_of: _ValuesOf, found: Problems) -> tuple[Axis, ...]:
    """Each ``FIELD=A,B,C``."""
    axes = []
    for text in texts:
        name, equals, listed = (part.strip() for part in text.partition("="))
        if not equals or not name.isidentifier():
            found.append(Problem("sweep", f"{shown(text)} does not say what varies.", "--sweep quality=low,high"))
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


def _name(words: Sequence[str]) -> str | None:
    """The variable's name. RequestError for a word that says something else, or is one too many."""
    meanings = {word: meaning for word in words if (meaning := _meaning(word, alone=len(words) == 1))}
    names = [word for word in words if word not in meanings]
    if len(names) > 1:
        raise RequestError(
            [Problem("options", f"one NAME is enough, not {' '.join(words)}.")],
            hint="The prompt goes below the first line; values with spaces go in quotes.",
        )
    problems = [Problem("options", f"{shown(word)} is not a NAME.", meant) for word, meant in meanings.items()]
    if names and (keyword.iskeyword(names[0]) or not names[0].isidentifier()):
        problems.append(Problem("NAME", f"{shown(names[0])} is not a valid variable name.", "a name such as hero"))
    if problems:
        raise RequestError(problems)
    return names[0] if names else None


def _meaning(word: str, *, alone: bool) -> str:
    """The option that a word in the place of a NAME belongs to, with the word; '' for a name."""
    if alone and word.isidentifier():
        return ""
    if field := option_of(word):
        return f"--{field} {plain_model(word) if field == 'model' else word}"
    return f"--image {word}" if is_web_url(word) or _PICTURE_FILE.fullmatch(word) else ""


def _takes(take: int | None, takes: int | None) -> tuple[int, ...]:
    if take and takes:
        raise RequestError([Problem("take", "--take K is one of the takes; --takes N is all of them: use one.")])
    return tuple(range(1, takes + 1)) if takes else (take or 1,)


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise argparse.ArgumentTypeError(f"{shown(text)} {NOT_A_COUNT}")
    return int(text)


def _seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,19}", text) or int(text) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a whole number from 0")
    return int(text)


def _credits(text: str) -> Decimal:
    amount = amount_of_credits(text)
    if amount is None:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not an amount of credits such as 24")
    return amount


def _format(text: str) -> str:
    if not (name := saved_as(text)):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not one of {', '.join(SAVED_AS)}")
    return name


def _show(text: str) -> str:
    if (plain := text.strip().casefold()) not in SHOW:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not one of {', '.join(SHOW)}")
    return plain


class HelpRequested(VidgoError):  # noqa: N818  not a fault: ``-h`` was typed
    """The user asked for help; the message is the help text."""


class OptionParser(argparse.ArgumentParser):
    """An argparse parser that never exits and never prints, and whose errors suggest what to write."""

    def __init__(self, prog: str, **details: Any) -> None:
        super().__init__(
            prog,
            add_help=False,
            allow_abbrev=False,
            exit_on_error=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **details,
        )
        for usual in (None, "store"):
            self.register("action", usual, _Once)
        self.add_argument("-h", "--help", action=_Help, nargs=0, help="show this help")
        self.given: dict[str, list[tuple[str, Any]]] = {}
        self._all_options = f"{prog} -h shows all options."

    def error(self, message: str) -> NoReturn:
        raise RequestError([Problem("options", f"{message}.")], hint=self._all_options)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse words. Raises RequestError with every problem: an unknown option has the nearest known one."""
        found = Problems()
        values = self.understood(words, found)
        found.check()
        return values

    def understood(self, words: Sequence[str], found: Problems) -> argparse.Namespace:
        """Parse words, leaving out options that do not exist or have a wrong value. None follows two dashes."""
        if self.usage is None:  # argparse would set its own text here and then fail on the % of the magic
            self.usage = self.format_usage().removeprefix("usage: ").rstrip().replace("%", "%%")
        words, plain = list(words), list[str]()
        if "--" in words:
            cut = words.index("--")
            words, plain = words[:cut], words[cut + 1 :]
        words = [self._as_known(word) for word in words]
        while True:
            self.given.clear()
            try:
                values, unknown = self.parse_known_intermixed_args(words)
                break
            except argparse.ArgumentError as error:
                found.append(self._wrong_value(error))
                words = _without(words, error)
        listed = [each for each in self._get_positional_actions() if isinstance(getattr(values, each.dest), list)]
        for action in listed[:1]:
            more = [action.type(word) if callable(action.type) else word for word in plain]
            setattr(values, action.dest, [*getattr(values, action.dest), *more])
        found += self._unknown(unknown if listed else [*unknown, *plain])
        found += map(_contradiction, filter(_contradicts, self.given.values()))
        if found:
            found.hint = found.hint or self._all_options
        theirs = {after for word, after in pairwise(words) if word in unknown and word.startswith("-")}
        for action in listed if theirs else ():  # what follows an unknown option is its value, and no more than that
            given = [*getattr(values, action.dest), *(word for word in unknown if not word.startswith("-"))]
            setattr(values, action.dest, [each for each in given if each not in theirs])
        return values

    @property
    def flags(self) -> list[str]:
        """Every option, in all of its spellings."""
        return [flag for action in self._actions for flag in action.option_strings]

    def action_of(self, flag: str) -> argparse.Action | None:
        """The option that ``flag`` belongs to."""
        return self._option_string_actions.get(flag)

    def _as_known(self, word: str) -> str:
        """An option as it is spelled here: ``—size``, ``-size``, ``--SIZE`` and ``--max_credits`` have one meaning."""
        match = _DASHED.fullmatch(word)
        if not match or (dashes := match[1]) + match[2] in self._option_string_actions:
            return word
        name, value = match[2].lower().replace("_", "-"), match[3] or ""
        typed = dashes.isascii()
        short = [f"-{name}"] if len(name) == 1 and (not typed or dashes == "-") else []
        return next((f"{flag}{value}" for flag in (*short, f"--{name}") if self.action_of(flag)), word)

    def _wrong_value(self, error: argparse.ArgumentError) -> Problem:
        flag = (error.argument_name or "options").split("/")[-1]
        metavar = getattr(self.action_of(flag), "metavar", None)
        said = error.message
        if said.startswith("expected"):
            said = f"needs a value: {flag} {metavar}"
        elif said.startswith("ignored explicit argument"):
            said = f"takes no value: {flag}"
        return Problem(flag.lstrip("-").replace("-", "_"), f"{said}.")

    def _unknown(self, words: Sequence[str]) -> Iterator[Problem]:
        """Suggest the option of the same meaning, else the one that begins like the word or is nearest to it; --help
        is in the hint."""
        names = [flag[2:] for flag in self.flags if flag.startswith("--") and flag != "--help"]
        for word in [word for word in words if word.startswith("-")] or words:
            bare = word.lstrip("-").partition("=")[0]
            short = self.action_of(f"-{bare}")
            meant = "" if short else meant_by(bare, names, _LIKE_AN_OPTION)
            flags = short.option_strings if short else [f"--{meant}"] if meant else []
            why = f": {reason}" if (reason := why_not_here(bare)) and not flags else ""
            yield Problem("options", f"{shown(word)} is not an option{why}.", " or ".join(flags))


def _without(words: Sequence[str], error: argparse.ArgumentError) -> list[str]:
    """The words without the option that an error is about, and without its value."""
    flags = (error.argument_name or "").split("/")
    missing, unasked = (error.message.startswith(start) for start in ("expected", "ignored"))
    for place, (word, after) in enumerate(pairwise([*words, "-"])):
        if word in flags and not unasked and (after.startswith("-") or not missing):
            return [*words[:place], *words[place + (1 if missing else 2) :]]
        if word not in flags and (word.partition("=")[0] in flags or word[:2] in flags):
            return [*words[:place], *words[place + 1 :]]
    return []


def _contradicts(given: Sequence[tuple[str, Any]]) -> bool:
    return any(value != given[0][1] for _, value in given)


def _contradiction(given: Sequence[tuple[str, Any]]) -> Problem:
    """That an option was given several times, with different values."""
    flags = list(dict.fromkeys(flag for flag, _ in given))
    values = dict.fromkeys(shown(str(value)) for _, value in given)
    field = given[0][0].removeprefix("--no-").lstrip("-").replace("-", "_")
    if len(flags) > 1:
        return Problem(field, f"{' and '.join(flags)} contradict each other.", "one of them")
    return Problem(field, f"is given more than once: {' and '.join(values)}.", "one of them")


class _Once(argparse.Action):
    """Stores a value, and remembers those that are given again: the last one does not win unsaid."""

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        if option_string:
            parser.given.setdefault(self.dest, []).append((self.option_strings[-1], values))
        setattr(namespace, self.dest, values)


class _Either(argparse.BooleanOptionalAction):
    """``--wait`` and ``--no-wait``, remembered in the same way."""

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        if option_string:
            parser.given.setdefault(self.dest, []).append((option_string, not option_string.startswith("--no-")))
        super().__call__(parser, namespace, values, option_string)


class _Help(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        raise HelpRequested(parser.format_help().rstrip())

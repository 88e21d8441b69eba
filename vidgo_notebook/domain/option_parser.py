"""An argparse parser for cells and commands: it reports every problem at once, and suggests what to write."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NoReturn

from vidgo_notebook.domain.meant import meant_by, why_not_here
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import Problem, Problems, RequestError, VidgoError

_DASHED = re.compile(r"([-‐‑‒–—―−]+)([^\W\d_][\w-]*)(=.*)?", re.DOTALL)
_LIKE_AN_OPTION = 0.65  # a typing error; of words as short as these, others are half alike by chance


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
        """Parse words without options that do not exist or have a wrong value. After ``--`` no word is an option."""
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
        flags = (error.argument_name or "options").split("/")
        flag = next((each for each in flags if each.startswith("--")), flags[-1])
        action = self.action_of(flag)
        metavar, choices = getattr(action, "metavar", None), getattr(action, "choices", None)
        said = error.message
        if said.startswith("expected"):
            said = f"needs a value: {flag} {metavar}"
        elif said.startswith("ignored explicit argument"):
            said = f"takes no value: {flag}"
        elif choices and (found := re.fullmatch(r"invalid choice: (.+) \(choose from .*\)", said)):
            said = f"{found[1]} is not one of {', '.join(choices)}"
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
    """Stores a value, and remembers each that was given: two different ones are reported, and none wins silently."""

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        if option_string:
            parser.given.setdefault(self.dest, []).append((self.option_strings[-1], values))
        setattr(namespace, self.dest, values)


class EitherWay(argparse.BooleanOptionalAction):
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

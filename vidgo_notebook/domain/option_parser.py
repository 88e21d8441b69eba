"""An argparse parser for cells and commands: it reports every problem at once, and suggests what to write."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NoReturn

from vidgo_notebook.domain.meant import form_of, meant_by, why_not_here
from vidgo_notebook.domain.plain_values import option_of
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import Problem, Problems, RequestError, VidgoError

_DASHED = re.compile(r"([-‐‑‒–—―−]+)([^\W\d_][\w-]*)([=:].*)?", re.DOTALL)
_SIZE_SO_FAR = re.compile(r"\d{1,5}(?:px)?[xX×*:/](?:\d{1,5}(?:px)?)?|[124][kK]")
_YES_OR_NO = ("true", "false", "yes", "no", "on", "off")
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
        words = self._whole([self._as_known(word) for word in words])
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
        found += self._unknown(unknown if listed else [*unknown, *plain], dict(pairwise(words)))
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
        if not match:
            return word
        dashes, value = match[1], f"={match[3][1:]}" if match[3] else ""
        if self.action_of(flag := dashes + match[2]):
            return flag + value
        name, typed = match[2].lower().replace("_", "-"), dashes.isascii()
        short = [f"-{name}"] if len(name) == 1 and (not typed or dashes == "-") else []
        known = (flag for flag in (*short, f"--{name}") if self.action_of(flag))
        return next((f"{flag}{value}" for flag in known if flag != "-h"), word)  # others have -H, a height

    def _whole(self, words: Sequence[str]) -> list[str]:
        """The words with those together that blanks have split: ``--quality = low``, ``--size 2048 x 1152``. A switch
        gets a yes or no that follows it, which is not a NAME."""
        whole: list[str] = []
        for word in words:
            flag, equals, begun = whole[-1].partition("=") if whole else ("", "", "")
            action, of_value = self.action_of(flag), equals
            if whole[1:] and not action and (before := self.action_of(whole[-2])) and before.nargs is None:
                action, of_value, begun = before, " ", whole[-1]
            if action is None or word.startswith("-"):
                whole.append(word)
            elif action.nargs == 0 and word.lower() in _YES_OR_NO:
                whole[-1] = f"{flag}={word}"
            elif action.nargs is None and word in ("=", ":") and not of_value:
                whole[-1] = f"{flag}="
            elif (equals and not begun) or (of_value and _goes_on(action.dest, begun + word)):
                whole[-1] += word
            else:
                whole.append(word)
        return whole

    def _wrong_value(self, error: argparse.ArgumentError) -> Problem:
        flags = (error.argument_name or "options").split("/")
        flag = next((each for each in flags if each.startswith("--")), flags[-1])
        action = self.action_of(flag)
        metavar, choices = getattr(action, "metavar", None), getattr(action, "choices", None)
        said = error.message
        if said.startswith("expected"):
            said = f"needs a value: {flag} {metavar}"
        elif said.startswith("ignored explicit argument"):
            return Problem(_field_of(flag), "takes no value.", self._without_value(flag))
        elif choices and (found := re.fullmatch(r"invalid choice: (.+) \(choose from .*\)", said)):
            said = f"{found[1]} is not one of {', '.join(choices)}"
        return Problem(_field_of(flag), f"{said}.")

    def _without_value(self, flag: str) -> str:
        """How a switch is written."""
        action = self.action_of(flag)
        if isinstance(action, EitherWay):
            return " or ".join(action.option_strings)
        return f"{flag}, or leave it out"

    def _unknown(self, words: Sequence[str], following: Mapping[str, str]) -> Iterator[Problem]:
        """A problem for each word that is no option; what is ``following`` one may be its value."""
        for word in [word for word in words if word.startswith("-")] or words:
            if word.startswith("-"):
                option = re.split("[=:]", word, maxsplit=1)[0]
                yield self._not_an_option(option, word[len(option) + 1 :] or following.get(word, ""))
            else:
                yield Problem("options", f"{shown(word)} is not expected here.")

    def _not_an_option(self, option: str, value: str) -> Problem:
        """Suggest the option of the same meaning, else the one that begins like it or is nearest to it, with the value;
        --help is in the hint. A value that is not suggested is not repeated: it may be a key."""
        names = [flag[2:] for flag in self.flags if flag.startswith("--") and flag != "--help"]
        given = option.lstrip("-")
        if option.startswith("--") and (short := self.action_of(f"-{given}")):
            return Problem("options", f"{shown(option)} is not an option.", " or ".join(short.option_strings))
        if given.startswith("no-") and given[3:] in names:
            return Problem("options", f"{shown(option)} is not an option: leave --{given[3:]} out.")
        if meant := meant_by(given, names, _LIKE_AN_OPTION):
            instead = f"--{meant}{self._fitting(given, meant, value)}"
            return Problem("options", f"{shown(option)} is not an option.", instead)
        why = why_not_here(given)
        return Problem("options", f"{shown(option)} is not an option{why and ': '}{why}.")

    def _fitting(self, given: str, meant: str, value: str) -> str:
        """The value of an option of others as one of ours, after a blank; '' where it is none."""
        if form := form_of(given, meant):
            return f" {form}"
        action = self.action_of(f"--{meant}")
        if action is None or action.nargs == 0 or not value or value.startswith("-"):
            return ""
        if action.dest in ("model", "quality", "size", "resolution") and option_of(value) != action.dest:
            return ""
        try:
            self._get_values(action, [value])
        except argparse.ArgumentError:
            return ""
        return f" {shlex.quote(value)}"


def _goes_on(field: str, value: str) -> bool:
    """Whether a value with a blank in it is one of this field, or its beginning."""
    return field in ("size", "resolution") and bool(_SIZE_SO_FAR.fullmatch(value))


def _field_of(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")


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
    field = _field_of(given[0][0].removeprefix("--no-"))
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

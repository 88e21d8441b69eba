"""How a line of options is read: argparse without its noise, and with the nearest option for what is none."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.errors import Problem, RequestError, VidgoError

_LIKE_AN_OPTION = 0.65  # a typing error; of words as short as these, others are half alike by chance


class HelpRequested(VidgoError):  # noqa: N818  not a fault: ``-h`` was typed
    """The user asked for help; the message is the help text."""


class OptionParser(argparse.ArgumentParser):
    """argparse without its noise: it never exits, prints nothing, and says what to write instead."""

    def __init__(self, prog: str, **details: Any) -> None:
        super().__init__(
            prog,
            add_help=False,
            allow_abbrev=False,
            exit_on_error=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **details,
        )
        self.add_argument("-h", "--help", action=_Help, nargs=0, help="show this help")

    def error(self, message: str) -> NoReturn:
        raise RequestError([Problem("options", f"{message}.")], hint=f"{self.prog} -h shows all options.")

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse words; RequestError for what is no option, with the nearest one."""
        if self.usage is None:  # argparse would set its own text here and then trip over the % of the magic
            self.usage = self.format_usage().removeprefix("usage: ").rstrip().replace("%", "%%")
        try:
            values, unknown = self.parse_known_intermixed_args(list(words))
        except argparse.ArgumentError as error:
            raise RequestError([self._wrong_value(error)], hint=f"{self.prog} -h shows all options.") from None
        if unknown:
            self._refuse(unknown)
        return values

    @property
    def flags(self) -> list[str]:
        """Every option as it is typed."""
        return [flag for action in self._actions for flag in action.option_strings]

    def action_of(self, flag: str) -> argparse.Action | None:
        """The option that ``flag`` belongs to."""
        return self._option_string_actions.get(flag)

    def _wrong_value(self, error: argparse.ArgumentError) -> Problem:
        flag = (error.argument_name or "options").split("/")[-1]
        metavar = getattr(self.action_of(flag), "metavar", None)
        said = error.message
        if said.startswith("expected"):
            said = f"needs a value: {flag} {metavar}"
        elif said.startswith("ignored explicit argument"):
            said = f"takes no value: {flag}"
        return Problem(flag.lstrip("-").replace("-", "_"), f"{said}.")

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        options = [word for word in unknown if word.startswith("-")] or unknown
        raise RequestError(
            [Problem("options", f"{shown(word)} is not an option.", self._meant(word)) for word in options],
            hint=f"{self.prog} -h shows all options.",
        )

    def _meant(self, word: str) -> str:
        """The option that begins so, or is spelled nearly so; '' if there is none. Help is in the hint."""
        names = [flag[2:] for flag in self.flags if flag.startswith("--") and flag != "--help"]
        bare = word.lstrip("-").partition("=")[0]
        begun = [name for name in names if bare and name.startswith(bare)]
        meant = begun[0] if begun else nearest(bare, names, _LIKE_AN_OPTION)
        return f"--{meant}" if meant else ""


class _Help(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        raise HelpRequested(parser.format_help().rstrip())

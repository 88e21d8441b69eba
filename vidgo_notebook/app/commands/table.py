"""The table of the commands, and how a line or an argument list finds one in it."""

from __future__ import annotations

from collections.abc import Sequence

from vidgo_notebook.app.commands.command import Command
from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.errors import Problem, RequestError

_OF_OTHERS = {
    **dict.fromkeys(("cancel", "kill", "abort"), "stop"),
    **dict.fromkeys(("status", "list", "ls", "ps", "history", "log", "logs", "queue", "top"), "jobs"),
    **dict.fromkeys(("retry", "restart", "fetch"), "resume"),
    **dict.fromkeys(("view", "display", "open"), "show"),
    **dict.fromkeys(("form", "ui", "edit", "gui"), "panel"),
    **dict.fromkeys(("image", "images", "picture", "pictures", "results"), "gallery"),
    **dict.fromkeys(("clean", "delete", "rm", "remove"), "prune"),
    **dict.fromkeys(("settings", "set"), "config"),
    **dict.fromkeys(("price", "estimate"), "quote"),
    **dict.fromkeys(("credits", "account"), "balance"),
    **dict.fromkeys(("spent", "spending", "usage", "bill"), "costs"),
    **dict.fromkeys(("login", "auth", "api-key", "apikey"), "key"),
    **dict.fromkeys(("version", "--version", "-v", "-V", "info", "about"), "doctor"),
    **dict.fromkeys(("save", "download"), "export"),
    **dict.fromkeys(("run", "create", "make", "new", "start"), "generate"),
}
"""Commands of other programs, with ours of the same meaning; by letters alone ``cancel`` is like ``panel``, and ``run``
like ``prune``."""
_NOT_A_COMMAND = {
    "notebook": "A picture is made by a cell that begins with %%vidgo.",
    "shell": "vidgo -h lists the commands.",
}
_LIKE_A_COMMAND = 0.7  # a typing error: "rate" is not like "generate", which costs something
HELP = ("-h", "--help", "help", "?")


def every_command() -> dict[str, Command]:
    """All commands, in the order in which help lists them."""
    from vidgo_notebook.app.commands.check import CHECK  # late: most lines need one command
    from vidgo_notebook.app.commands.doctor import DOCTOR
    from vidgo_notebook.app.commands.faces import FACES
    from vidgo_notebook.app.commands.generate import GENERATE
    from vidgo_notebook.app.commands.installation import INSTALLATION
    from vidgo_notebook.app.commands.jobs import JOBS
    from vidgo_notebook.app.commands.money import MONEY
    from vidgo_notebook.app.commands.results import RESULTS

    return {**JOBS, **MONEY, **FACES, **RESULTS, **INSTALLATION, **DOCTOR, **GENERATE, **CHECK}


def commands_of(front: str) -> dict[str, Command]:
    """The commands that a front has, ``notebook`` or ``shell``."""
    return {name: command for name, command in every_command().items() if command.only in ("", front)}


def _named(name: str) -> Command | None:
    """The command of this name. Those that a person waits for are found without what the others need."""
    if name in ("panel", "gallery"):
        from vidgo_notebook.app.commands.faces import FACES  # late, as above

        return FACES[name]
    return every_command().get(name)


def find_command(name: str, front: str, prefix: str) -> Command:
    """The command of this name. RequestError if there is none in this front, with the nearest."""
    command = _named(name.casefold())
    if command and command.only in ("", front):
        return command
    if command:
        raise RequestError(
            [Problem("command", f"{prefix} {name} is not available in a {front}.")], hint=command.elsewhere
        )
    names = list(commands_of(front))
    meant = _OF_OTHERS.get(name.rstrip(";,").casefold())
    near = nearest(name, names, _LIKE_A_COMMAND) if meant is None else meant if meant in names else ""
    reason = f"{shown(name)} is not a command; there are {', '.join(names)}."
    raise RequestError([Problem("command", reason, near and f"{prefix} {near}")], hint=_NOT_A_COMMAND[front])


def overview(front: str, prefix: str) -> Sequence[str]:
    """A line for each command of a front."""
    commands = commands_of(front)
    width = max(map(len, commands))
    return [f"  {prefix} {name.ljust(width)}  {command.summary}" for name, command in commands.items()]

"""Commands about this installation: settings, the key, the emulator, a check of all of it."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import Any

from vidgo_notebook.app import status as reports
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.errors import AuthenticationError, Problem, RequestError, StoreError
from vidgo_notebook.ui.commands.command import CommandGroup, Context, option, show_table

INSTALLATION = CommandGroup()


@INSTALLATION.command("config", "lists the settings; %config Vidgo.name = value sets one")
def _config(_: Any, context: Context) -> None:
    show_table(*reports.settings_table(context.session))


@INSTALLATION.command("key", "asks for the API key, for this session")
def _key(_: Any, context: Context) -> None:
    if not context.shell.attended():
        raise AuthenticationError(
            "A key can only be typed by a person, and none is present.", hint="Set VIDGO_API_KEY before Jupyter starts."
        )
    typed = getpass.getpass("Vidgo API key (not shown, not saved): ")
    context.session.keys.type_in(typed)
    show_table(f"The key is set for this session; mode is {context.session.target.mode}.")


@INSTALLATION.command("emulator", "switches to the emulator: free stand-ins in place of pictures")
def _emulator(_: Any, context: Context) -> None:
    settings = context.session.settings
    settings.mode = "emulator"
    api = context.session.target.api
    where = "in this kernel" if api == IN_KERNEL else f"at {api}"
    show_table(
        f"The emulator is used from now on, {where}: its pictures are marked as emulated, and free.",
        [
            ("back again", "%config Vidgo.mode = 'auto'"),
            ("for other programs", "python -m vidgo_notebook.emulator --port 8765"),
        ],
    )


@INSTALLATION.command(
    "doctor",
    "checks this installation, the store and the journal",
    option("--store", action="store_true", help="check every record and the digest of every picture"),
)
def _doctor(options: Any, context: Context) -> None:
    if not options.store:
        show_table(*reports.doctor(context.session))
        return
    report, bad = reports.store_check(context.session)
    show_table(*report)
    if bad:
        raise StoreError(
            f"{counted(bad, 'result')} in the store {'is' if bad == 1 else 'are'} missing or damaged.",
            hint="Restore them from version control, or run their cells again: a bought picture is fetched again while "
            "the service keeps it (24 h).",
        )


def refuse_key_in_line(words: Sequence[str]) -> None:
    """Before anything is parsed: a message about an unknown option would repeat the key."""
    if words and words[0] not in ("-h", "--help"):
        raise RequestError(
            [Problem("key", "can't be given as an argument: it would be saved in the notebook and its history.")],
            hint="Write %vidgo key alone, and type it when asked. If it was a real key, replace it.",
        )

"""Commands about this installation: settings, the key, the emulator."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

from vidgo_notebook.app import status
from vidgo_notebook.app.commands.command import Call, CommandGroup
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.errors import AuthenticationError, Problem, RequestError
from vidgo_notebook.render.listing import facts, message

INSTALLATION = CommandGroup()


@INSTALLATION.command("config", "lists the settings; %config Vidgo.name = value sets one", table=True)
def _config(call: Call) -> object:
    return status.settings_table(call.session)


@INSTALLATION.command(
    "key",
    "asks for the API key, for this session",
    only="notebook",
    elsewhere="A key that is typed in lasts for one session. Set VIDGO_API_KEY instead.",
)
def _key(call: Call) -> object:
    if not call.front.attended():
        raise AuthenticationError(
            "A key can only be typed by a person, and none is present.", hint="Set VIDGO_API_KEY before Jupyter starts."
        )
    typed = getpass.getpass("Vidgo API key (not shown, not saved): ")
    call.session.keys.type_in(typed)
    return message(f"The key is set for this session; mode is {call.session.target.mode}.")


@INSTALLATION.command(
    "emulator",
    "switches to the emulator: free stand-ins in place of pictures",
    only="notebook",
    elsewhere="Set VIDGO_MODE=emulator, or serve it: python -m vidgo_notebook.emulator --port 8765",
)
def _emulator(call: Call) -> object:
    call.session.settings.mode = "emulator"
    api = call.session.target.api
    where = "in this kernel" if api == IN_KERNEL else f"at {api}"
    return facts(
        f"The emulator is used from now on, {where}: its pictures are marked as emulated, and free.",
        [
            ("back again", "%config Vidgo.mode = 'auto'"),
            ("for other programs", "python -m vidgo_notebook.emulator --port 8765"),
        ],
    )


def refuse_key_in_line(words: Sequence[str]) -> None:
    """Before anything is parsed: a message about an unknown option would repeat the key."""
    if words and words[0] not in ("-h", "--help"):
        raise RequestError(
            [Problem("key", "can't be given as an argument: it would be saved in the notebook and its history.")],
            hint="Write %vidgo key alone, and type it when asked. If it was a real key, replace it.",
        )

"""Commands about this installation: settings, the key, the emulator."""

from __future__ import annotations

import argparse
import getpass
import re
from collections.abc import Sequence

from vidgo_notebook.app import status
from vidgo_notebook.app.commands.command import Call, CommandGroup, option
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.origins import Origin
from vidgo_notebook.app.target import mode_reason
from vidgo_notebook.domain.provider import IN_KERNEL, origin
from vidgo_notebook.errors import AuthenticationError, Problem, RequestError
from vidgo_notebook.render.listing import Message, facts, message

INSTALLATION = CommandGroup()

_SETTING = re.compile(r"(?:Vidgo\.)?([a-z_]+)[\s=:]+['\"]?([^'\"]+)['\"]?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|None|True|False")
_SETS_ONE = "%config Vidgo.name = value"
_SET_HERE = "A cell of this notebook set emulator mode: where it runs again, it does so again."
_GO_LIVE = "To go live: %config Vidgo.mode = 'live'"


@INSTALLATION.command(
    "config",
    "lists the settings; %config Vidgo.name = value sets one",
    option("settings", nargs="*", help=argparse.SUPPRESS),
    answers=True,
)
def _config(call: Call) -> object:
    if given := " ".join(call.options.settings):
        pair = _SETTING.fullmatch(given)
        value = (pair[2] if _NUMBER.fullmatch(pair[2]) else repr(pair[2])) if pair else "value"
        instead = _SETS_ONE.replace("value", value).replace("name", pair[1] if pair else "name")
        raise RequestError([Problem("config", "lists the settings, and sets none.", instead)])
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
    keys = call.session.keys
    keeps = f"; Enter keeps the one {keys.source}" if keys.source else ""
    typed = getpass.getpass(f"Vidgo API key (not shown, not saved{keeps}): ")
    if typed.strip() or not keys.source:
        keys.type_in(typed)
    return _after_key(call.session)


def _after_key(session: Session) -> Message:
    """What a key changes; where the mode does not use it, a person may go live."""
    settings = session.settings
    if settings.mode in ("auto", "live"):
        return message(f"The key is set for this session; mode is {session.target.mode}.")
    mode = f"{settings.mode} ({mode_reason(settings, session.keys, session.target)})"
    question = (
        f"The key is set, but mode is {mode}: no picture is bought. "
        f"Go live at {origin(settings.base_url)} for this session? Pictures then cost credits."
    )
    if settings.mode == "emulator" and session.person_agrees(question):
        own = settings.origin_of("mode") is Origin.NOTEBOOK
        settings.mode = "live"
        return message("The key is set, and mode is live, for this session.", [_SET_HERE] if own else ())
    return message(f"The key is set for this session, but mode is still {mode}, which does not use it.", [_GO_LIVE])


@INSTALLATION.command(
    "emulator",
    "switches to the emulator: free stand-ins in place of pictures",
    only="notebook",
    elsewhere="Set VIDGO_MODE=emulator, or serve it: python -m vidgo_notebook.emulator --port 8765",
)
def _emulator(call: Call) -> object:
    session = call.session
    session.settings.mode = "emulator"
    api, where = session.target.api, "in this kernel"
    if api != IN_KERNEL:
        session.engine.ask(session.account(session.target), lambda there: there.client.check_provider()).result()
        where = f"at {api}"
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

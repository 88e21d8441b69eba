"""Where requests go now: mode, API address and provider, and whose stored results may be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vidgo_notebook.app.keys import VARIABLE, KeyRing
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.origins import Origin, under_pytest
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.provider import (
    EMULATOR,
    IN_KERNEL,
    NOT_AN_EMULATOR_HINT,
    OFFICIAL_URL,
    is_local,
    origin,
    provider_of,
)
from vidgo_notebook.errors import NOTHING_SPENT, AuthenticationError, TransportError, VidgoError


@dataclass(frozen=True, slots=True)
class Target:
    """``mode`` with ``auto`` resolved; ``api`` is a base URL or ``in-kernel``.

    ``provider`` makes new pictures; ``readable`` are the providers whose stored pictures count, best first.
    ``frozen``: the mode is replay because the store is frozen.
    """

    mode: Literal["live", "emulator", "replay"]
    api: str
    provider: str
    readable: tuple[str, ...]
    frozen: bool = False

    @property
    def emulated(self) -> bool:
        """Whether new pictures are stand-ins."""
        return self.provider == EMULATOR

    @property
    def local_api(self) -> bool:
        """Whether the API runs on this machine, so that a callback may point here too."""
        return self.api == IN_KERNEL or is_local(self.api)


def is_set_outside(settings: Vidgo, mode: str) -> bool:
    """Whether the mode is this one, and was set outside the notebook."""
    return settings.mode == mode and settings.origin_of("mode") is not Origin.NOTEBOOK


def find_target(settings: Vidgo, keys: KeyRing, frozen: Sequence[str] | None = None) -> Target:
    """The target by the settings and by whether there is a key. In ``auto`` a reader without a key sees
    the author's pictures, and the emulator's for those that are missing; so does a test, with or without a key.

    ``frozen`` are the providers whose pictures a frozen store has: it is replayed, unless stand-ins are asked for, and
    its pictures count whatever address is set.
    """
    real = provider_of(settings.base_url)
    if frozen is not None:
        readable = (*dict.fromkeys([real, *frozen]), EMULATOR)
        if settings.mode == "emulator":
            return replace(find_target(settings, keys), readable=readable)
        return Target("replay", "", real, readable, frozen=settings.mode != "replay")
    if settings.mode == "replay":
        return Target("replay", "", real, (real, EMULATOR))
    if settings.mode == "live" or (settings.mode == "auto" and keys.source and not under_pytest()):
        return Target("live", settings.base_url, real, (real,))
    # Another address is a served emulator in emulator mode only: without a key, in mode auto, it is not contacted.
    served = settings.mode == "emulator" and origin(settings.base_url) != OFFICIAL_URL
    api = settings.base_url if served else IN_KERNEL
    if served and not is_local(api):
        raise TransportError(
            f"{api} is not on this machine, so it cannot be a local emulator.",
            cost="Nothing was sent.",
            hint=NOT_AN_EMULATOR_HINT,
        )
    return Target("emulator", api, EMULATOR, (EMULATOR,) if settings.mode == "emulator" else (real, EMULATOR))


def check_no_test_pays(settings: Vidgo) -> None:
    """Raise VidgoError where live mode was set inside a notebook or program that pytest tests."""
    if settings.origin_of("mode") is Origin.NOTEBOOK and under_pytest():
        raise VidgoError(
            "Live mode was set by what pytest tests, so nothing is bought.",
            cost=NOTHING_SPENT,
            hint="For a test that pays, set VIDGO_MODE=live before pytest starts.",
        )


def mode_reason(settings: Vidgo, keys: KeyRing, target: Target) -> str:
    """Why the mode is what it is, in words."""
    if target.frozen:
        return "the store is frozen"
    if settings.mode == "auto":
        return "auto is never live under pytest" if under_pytest() else f"there is {'a' if keys.source else 'no'} key"
    return _REASONS[settings.origin_of("mode")]


_REASONS = {
    Origin.PACKAGE: "set by this program",
    Origin.ENVIRONMENT: "set by VIDGO_MODE",
    Origin.PROFILE: "set by c.Vidgo.mode in the IPython profile",
    Origin.STORE: "set by the frozen store",
    Origin.NOTEBOOK: "set in this session",
}


def _of_one_hand(where: str, keys: KeyRing) -> bool:
    """Whether key and address were both put into the environment after this process was started, and before the first
    import: the same program set both, as scripts do that read an ``.env`` file."""
    started = origins.started_with(lambda variable: variable == VARIABLE)
    address = origins.outside.environment.get("VIDGO_BASE_URL", "")
    own = keys.of_environment
    return bool(own and address and started is not None and started.get(VARIABLE) != own and origin(address) == where)


class Trust:
    """Asks before a key is sent to an address that was not set outside the notebook, wherever the key comes from."""

    def __init__(self, base_url: str) -> None:
        self._origins = {origin(base_url)}

    def check(self, base_url: str, keys: KeyRing, ask: Callable[[str], bool]) -> None:
        """Raise AuthenticationError unless the address was set outside the notebook, or is confirmed."""
        where = origin(base_url)
        if where in self._origins or not keys.source or _of_one_hand(where, keys):
            return
        if not ask(f"This notebook wants to send your key ({keys.source}) to {where}. Allow it?"):
            raise AuthenticationError(
                f"The key ({keys.source}) was not sent to {where}: a notebook set that address, and it was not "
                "confirmed.",
                cost=NOTHING_SPENT,
                hint=f"If the address is right, set VIDGO_BASE_URL={where} before Jupyter starts.",
            )
        self._origins.add(where)

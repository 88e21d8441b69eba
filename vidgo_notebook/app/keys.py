"""Where the API key comes from. Nothing here prints it; it is not a trait, so ``%config`` can't show it."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from vidgo_notebook.errors import AuthenticationError

if TYPE_CHECKING:
    from vidgo_notebook.wire.auth import ApiKey

VARIABLE = "VIDGO_API_KEY"
_KEYRING_SERVICE, _KEYRING_USER = "vidgo_notebook", "api_key"


class KeyRing:
    """The key of a session: typed in, from the environment, from Colab's secrets, or from the keyring."""

    def __init__(self) -> None:
        self._typed: ApiKey | None = None
        self._found: str | None = None
        self._place = ""
        self._made: dict[str, ApiKey] = {}  # by digest: what holds a key must not show it

    def __repr__(self) -> str:
        return f"KeyRing(source={self.source!r})"

    @property
    def of_environment(self) -> str:
        """The key as the environment has it, if that is the one in use, else ''."""
        return "" if self._typed else os.environ.get(VARIABLE, "").strip()

    @property
    def source(self) -> str:
        """Where the key comes from, in words; '' if there is none."""
        if self._typed:
            return "typed in"
        if self.of_environment:
            return f"from {VARIABLE}"
        return self._place if self._from_elsewhere() else ""

    def type_in(self, value: str) -> None:
        """Use this key from now on, in this session only. Raises AuthenticationError if it can't be one."""
        self._typed = self._key_of(value)

    def key(self) -> ApiKey:
        """The key. Raises AuthenticationError if there is none."""
        if self._typed:
            return self._typed
        value = self.of_environment or self._from_elsewhere()
        if not value:
            raise AuthenticationError(
                "Live mode needs an API key, and there is none.",
                cost="Nothing was sent and nothing was spent.",
                hint=f"Set {VARIABLE} before Jupyter starts (or %vidgo key). "
                "Without one, the emulator works: %config Vidgo.mode = 'emulator'",
            )
        return self._key_of(value)

    def _key_of(self, value: str) -> ApiKey:
        """The same key for the same text: its account and its connections are those of the last time."""
        digest = hashlib.sha256(value.strip().encode(errors="surrogatepass")).hexdigest()
        if digest not in self._made:
            from vidgo_notebook.wire.auth import ApiKey

            self._made[digest] = ApiKey(value)
        return self._made[digest]

    def _from_elsewhere(self) -> str:
        """The key of Colab's secrets or the system keyring, '' if none: read once, since either may ask the user."""
        if self._found is None:
            found = None
            if "google.colab" in sys.modules:
                with suppress(Exception):  # no such secret, or no permission to read it
                    from google.colab import userdata

                    found, self._place = str(userdata.get(VARIABLE)), "from Colab's secrets"
            if not found and importlib.util.find_spec("keyring"):
                with suppress(Exception):  # a machine without a keyring service
                    import keyring

                    found = keyring.get_password(_KEYRING_SERVICE, _KEYRING_USER)
                    self._place = "from the keyring"
            self._found = found or ""
        return self._found

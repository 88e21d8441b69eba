"""``python -m vidgo_notebook.emulator``: the emulator as a server."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidgo_notebook.domain.catalogue import Model

DESCRIPTION = """\
Serve a stand-in for the Vidgo API on this machine. It checks requests, prices
them and draws pictures marked EMULATED; it needs no key and costs nothing.
"""

EPILOG = """\
example:
  python -m vidgo_notebook.emulator --port 8765 --latency 5
  VIDGO_MODE=emulator VIDGO_BASE_URL=http://127.0.0.1:8765 jupyter lab
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted. The exit code is 0, 1 when the address is not available, or 2 for a wrong option."""
    options = _parser().parse_args(arguments)
    # Imported here so that --help and a wrong option are answered at once.
    from vidgo_notebook.domain.catalogue import know
    from vidgo_notebook.emulator.http.app import build_app
    from vidgo_notebook.emulator.http.server import listen, url_of, uvicorn_server
    from vidgo_notebook.emulator.service import Emulator

    know(options.models_file)
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        print(f"Cannot listen on {options.host} port {options.port}: {error.strerror or error}.", file=sys.stderr)
        return 1
    url = url_of(listener)
    print(f"Vidgo emulator at {url} (Ctrl-C ends it). Use it with VIDGO_MODE=emulator VIDGO_BASE_URL={url}", flush=True)
    # On Ctrl-C uvicorn shuts down and then raises the signal again.
    with suppress(KeyboardInterrupt):
        emulator = Emulator(latency=options.latency, credits=options.credits)
        uvicorn_server(build_app(emulator, options.allow_host)).run([listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m vidgo_notebook.emulator",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_port, default=8765, help="0 takes a free one (default: 8765)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="also answer requests to this name, and from pages of it; may be repeated (default: this machine's only)",
    )
    parser.add_argument(
        "--models-file",
        type=_models,
        default=os.environ.get("VIDGO_MODELS_FILE") or [],
        metavar="FILE",
        help="also serve the models of this TOML file (default: the file that VIDGO_MODELS_FILE names, if it is set)",
    )
    parser.add_argument("--latency", type=_seconds, default=2.0, metavar="S", help="seconds per picture (default: 2)")
    parser.add_argument(
        "--credits", type=_credits, default=Decimal(10_000), metavar="N", help="credits in the account (default: 10000)"
    )
    return parser


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: write 0 to 65535")
    return int(text)


def _models(path: str) -> list[Model]:
    from vidgo_notebook.domain.own_models import MAX_BYTES, ModelsFileError, models_in

    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise argparse.ArgumentTypeError(f"{path} has more than {MAX_BYTES:,} bytes")
        return models_in(content, path)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path} can't be read: {error.strerror or error}") from None
    except ModelsFileError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def _credits(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not (amount.is_finite() and amount >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of credits")
    return amount


if __name__ == "__main__":
    sys.exit(main())

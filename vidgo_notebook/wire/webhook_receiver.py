"""Webhooks in: a small receiver on a loopback port, for whoever has a tunnel or a reverse proxy.

Webhooks are unsigned, so a call proves nothing: it only says that asking now is worth while. Each
job's address holds a secret of its own, so that strangers can't even do that.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uvicorn
    from starlette.requests import Request
    from starlette.responses import Response

PATH = "/vidgo"
_MAX_BODY = 1_000_000

Call = Callable[[str, str, str], None]
"""What to do with a call: the job's id, the secret of its address, and the task id in its body ('' if none)."""


class Receiver:
    """Serves ``POST /vidgo/<job>/<secret>`` on the running loop; answers at once, then ``on_call``.

    Raises OSError or OverflowError for a port that can't be had.
    """

    def __init__(self, on_call: Call, port: int = 0) -> None:
        self._on_call = on_call
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Future[None] | None = None
        # Named TCP: asyncio switches Nagle's delay off for sockets of that protocol only.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            self._socket.bind(("127.0.0.1", port))
        except BaseException:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]

    async def start(self) -> None:
        """Begin to serve."""
        import uvicorn
        from starlette.applications import Starlette
        from starlette.routing import Route

        app = Starlette(routes=[Route(f"{PATH}/{{job}}/{{secret}}", self._called, methods=["POST"])])
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.ensure_future(self._server.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        """Stop serving."""
        if self._server and self._serving:
            self._server.should_exit = True
            await self._serving
        self.discard()

    def discard(self) -> None:
        """Give the port back."""
        self._socket.close()

    async def _called(self, request: Request) -> Response:
        from starlette.background import BackgroundTask
        from starlette.responses import Response

        task_id = _task_id(await _start_of(request))
        handle = BackgroundTask(
            asyncio.to_thread, self._on_call, request.path_params["job"], request.path_params["secret"], task_id
        )
        return Response(status_code=200, background=handle)


async def _start_of(request: Request) -> bytes:
    """The body, or the beginning of one that no service would send: strangers may not fill the memory."""
    body = b""
    async for chunk in request.stream():
        if len(body) < _MAX_BODY:
            body += chunk
    return body


def _task_id(body: bytes) -> str:
    """The task that a webhook names; '' when its body makes no sense."""
    try:
        data = json.loads(body[:_MAX_BODY])["data"]
        return data["task_id"] if isinstance(data["task_id"], str) else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""

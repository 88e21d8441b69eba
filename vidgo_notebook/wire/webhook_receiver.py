"""Receives webhooks on a loopback port, for users who have a tunnel or a reverse proxy.

Webhooks are unsigned, so a call is not trusted: it only triggers a status request. The callback URL of
each job contains a secret of its own, so that third parties can't trigger even that. Any ``Host`` is answered: it is
that of the user's tunnel.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from vidgo_notebook.wire.service_text import task_id

if TYPE_CHECKING:
    import uvicorn
    from starlette.requests import Request
    from starlette.responses import Response

PATH = "/vidgo"
_MAX_BODY = 1_000_000
_MOST_CALLS = 64  # at a time: the service sends one for each job that ends, and again what is not taken
_SECONDS = 10.0  # the service waits no longer for an answer

WebhookHandler = Callable[[str, str, str], None]
"""Called for each webhook: the job's id, the secret in its URL, and the task id in its body ('' if none)."""


class Receiver:
    """Serves ``POST /vidgo/<job>/<secret>`` on the running loop; answers at once, then calls ``on_call``.

    Raises OSError or OverflowError if the port is not available.
    """

    def __init__(self, on_call: WebhookHandler, port: int = 0) -> None:
        self._on_call = on_call
        self._calls = 0
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Future[None] | None = None
        # IPPROTO_TCP is given explicitly: asyncio disables Nagle's delay only for sockets that name it.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            self._socket.bind(("127.0.0.1", port))
        except BaseException:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]

    async def start(self) -> None:
        """Start serving."""
        import uvicorn
        from starlette.applications import Starlette
        from starlette.routing import Route

        app = Starlette(routes=[Route(f"{PATH}/{{job}}/{{secret}}", self._called, methods=["POST"])])
        # Otherwise bytes that are not HTTP make a line on stderr, which is in whichever cell is running.
        logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
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
        """Release the port."""
        self._socket.close()

    async def _called(self, request: Request) -> Response:
        from starlette.background import BackgroundTask
        from starlette.responses import Response

        if self._calls >= _MOST_CALLS:
            return Response(status_code=503, headers={"Retry-After": "1"})
        self._calls += 1
        try:
            body = await asyncio.wait_for(_start_of_body(request), _SECONDS)
        except TimeoutError:
            return Response(status_code=408)
        finally:
            self._calls -= 1
        try:
            named = task_id(json.loads(body)["data"]["task_id"])
        except (ValueError, KeyError, TypeError, RecursionError):
            named = ""
        job, secret = request.path_params["job"], request.path_params["secret"]
        return Response(
            status_code=200, background=BackgroundTask(asyncio.to_thread, self._on_call, job, secret, named)
        )


async def _start_of_body(request: Request) -> bytes:
    """The body; the rest of one that is too long is dropped, so that it can't fill the memory."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk[: _MAX_BODY - len(body)]
    return bytes(body)

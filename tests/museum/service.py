"""The Vidgo API and its file host on this machine, written for the museum: it answers, and counts what arrives.

A client reaches it at the official address: it is the HTTPS proxy of the client's environment, and answers
in the place of the two hosts. It asks nothing of the package, whose code it outlives.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

API, FILES = "api.vidgo.ai", "storage.vidgo.ai"
CERTIFICATE = Path(__file__).with_name("vidgo.pem")
"""Of both hosts; a client has to trust it."""

Answer = tuple[int, dict[str, str], bytes]


def picture(task_id: str) -> bytes:
    """The file of a task: a sun over a sea in colours of its own; of a photo a JPEG, of a sketch WebP."""
    dice = hashlib.sha256(task_id.encode()).digest()
    image = Image.new("RGB", (160, 120), tuple(dice[:3]))
    draw = ImageDraw.Draw(image)
    left, top = 10 + dice[6] % 90, 10 + dice[7] % 40
    draw.ellipse((left, top, left + 40, top + 40), fill=tuple(dice[8:11]))
    draw.rectangle((0, 80, 160, 120), fill=tuple(dice[3:6]))
    file = io.BytesIO()
    image.save(file, "JPEG" if "photo" in task_id else "WEBP" if "sketch" in task_id else "PNG")
    return file.getvalue()


class Service(ThreadingHTTPServer):
    """``tasks`` are the ids of the tasks that it holds, each of them finished.

    ``posts`` are the prompts that were submitted, ``uploads`` the images that were uploaded, ``asked`` the
    tasks whose status was asked, ``fetched`` those whose file was; ``strangers`` any other host that a client
    asked for.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, tasks: tuple[str, ...] = ()) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificates.load_cert_chain(CERTIFICATE)
        self.tasks = set(tasks)
        self.posts: list[str] = []
        self.uploads = 0
        self.asked: set[str] = set()
        self.fetched: set[str] = set()
        self.strangers: set[str] = set()
        self._lock = threading.Lock()

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a client comes here, and nowhere else."""
        proxy = f"http://127.0.0.1:{self.server_address[1]}"
        return {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(CERTIFICATE)}

    def answer(self, method: str, host: str, path: str, body: bytes) -> Answer | None:
        """The answer to one request; None ends the connection without one."""
        name = Path(path).stem
        if host == FILES:
            self.fetched.add(name)
            return self.file(name)
        if path == "/api/generate/submit":
            sent = json.loads(body)["input"]
            with self._lock:
                self.posts.append(sent["prompt"])
            return self.submit(sent["prompt"])
        if path == "/api/common/upload/stream":
            with self._lock:
                self.uploads += 1
            return self.upload(f"image-{self.uploads}")
        if path == "/api/user/balance":
            return json_answer({"email": "someone@example.com", "credits_amount": 5000})
        self.asked.add(name)
        return self.status(name) if name in self.tasks else (404, {}, b"{}")

    def submit(self, prompt: str) -> Answer | None:
        """Accept a task. Its id contains its prompt, and how often that was requested."""
        slug = re.sub(r"[^a-z0-9]+", "-", prompt.lower())[:40].strip("-")
        with self._lock:
            task_id = next(name for number in count(1) if (name := f"task-{slug}-{number}") not in self.tasks)
            self.tasks.add(task_id)
        return json_answer({"task_id": task_id, "status": "not_started", "created_time": "2026-04-27T10:30:00"})

    def status(self, task_id: str) -> Answer | None:
        """It is finished."""
        files = [{"file_url": f"https://{FILES}/generated/{task_id}.png", "file_type": "image"}]
        return json_answer({"task_id": task_id, "status": "finished", "files": files, "progress": 100})

    def file(self, task_id: str) -> Answer | None:
        """The picture of a task."""
        return 200, {"Content-Type": "image/png"}, picture(task_id)

    def upload(self, name: str) -> Answer | None:
        """The address of an uploaded image."""
        return json_answer({"file_url": f"https://{FILES}/uploads/{name}.png"})


def json_answer(data: dict[str, Any], status: int = 200) -> Answer:
    """An answer as the API writes it."""
    return status, {"Content-Type": "application/json"}, json.dumps({"code": status, "data": data}).encode()


@contextmanager
def served(service: Service) -> Iterator[Service]:
    """Answer from a thread until the block ends."""
    thread = threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service
    host = ""

    def do_CONNECT(self) -> None:
        """Become the host that is asked for."""
        self.host = self.path.partition(":")[0]
        if self.host not in (API, FILES):
            self.server.strangers.add(self.path)
            self.send_error(403)
            return
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.certificates.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)  # type: ignore[assignment]
        self.close_connection = False

    def do_GET(self) -> None:
        if not self.host:
            self.server.strangers.add(self.path)
            self.send_error(403)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.answer(self.command, self.host, self.path, body)
        if answer is None:
            self.close_connection = True
            return
        status, headers, content = answer
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

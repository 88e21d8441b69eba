"""The API as far as a client's speed depends on it, in a process of its own: jobs that take a given time,
files of a given size, every request counted. It speaks just enough HTTP to cost next to nothing.

python -m benchmarks.service --seconds 2 --pixels 770x433
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import random
import subprocess
import sys
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

ONE_MEGABYTE, TWENTY_MEGABYTES = (770, 433), (3440, 1938)  # pixels of noise
_SIGNATURE_AND_HEADER = 8 + 25  # of a PNG: what its first own chunk may follow


def noise_png(width: int, height: int) -> bytes:
    """A picture that can't be made smaller: three bytes a pixel."""
    file = io.BytesIO()
    noise = Image.frombytes("RGB", (width, height), random.randbytes(3 * width * height))
    noise.save(file, "PNG", compress_level=1)
    return file.getvalue()


def scene_png(width: int, height: int) -> bytes:
    """A picture with detail of every size, as photographs and drawings have it, compressed as servers do."""
    scene = Image.new("RGB", (width, height), "grey")
    for octave in range(8, 0, -1):
        size = max(2, width >> octave), max(2, height >> octave)
        noise = Image.frombytes("RGB", size, random.randbytes(3 * size[0] * size[1]))
        scene = Image.blend(scene, noise.resize((width, height), Image.Resampling.BICUBIC), 1 / (10 - octave))
    file = io.BytesIO()
    scene.save(file, "PNG")
    return file.getvalue()


def with_remark(png: bytes, remark: str) -> tuple[bytes, bytes, bytes]:
    """``png`` in three parts with a text chunk in the middle: every job has other bytes."""
    text = b"tEXtComment\0" + remark.encode()
    chunk = (len(text) - 4).to_bytes(4, "big") + text + zlib.crc32(text).to_bytes(4, "big")
    return png[:_SIGNATURE_AND_HEADER], chunk, png[_SIGNATURE_AND_HEADER:]


@dataclass
class Vendor:
    """``seconds`` (give or take the share ``spread``) until a task is finished; ``png`` is what all get."""

    seconds: float
    spread: float
    png: bytes
    progress: bool
    base_url: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    tasks: list[tuple[float, float]] = field(default_factory=list)
    asked: Counter[int] = field(default_factory=Counter)

    def answer(self, method: str, path: str) -> tuple[str, tuple[bytes, ...]]:
        """Media type and body of the answer to a request."""
        if method == "POST":
            return _json(self._submit())
        name = path.rpartition("/")[2]
        if path.startswith("/files/"):
            self.counts["file"] += 1
            return "image/png", with_remark(self.png, name)
        if path == "/api/user/balance":
            return _json({"email": "", "credits_amount": 1_000_000})
        if path == "/told":
            tasks = [(end, self.asked[number]) for number, (_, end) in enumerate(self.tasks)]
            return _json({"requests": self.counts, "tasks": tasks})
        return _json(self._status(int(name.removeprefix("task-"))))

    def _submit(self) -> dict[str, object]:
        self.counts["submit"] += 1
        takes = self.seconds * random.uniform(1 - self.spread, 1 + self.spread)
        self.tasks.append((time.time(), time.time() + takes))
        return {"task_id": f"task-{len(self.tasks) - 1}", "status": "not_started"}

    def _status(self, number: int) -> dict[str, object]:
        self.counts["status"] += 1
        self.asked[number] += 1
        began, ends = self.tasks[number]
        done = time.time() >= ends
        files = [{"file_url": f"{self.base_url}/files/{number}.png", "file_type": "image"}] if done else []
        status: dict[str, object] = {"status": "finished" if done else "running", "files": files}
        if self.progress:
            status["progress"] = 100 if done else int(100 * (time.time() - began) / (ends - began))
        return {"task_id": f"task-{number}", **status}


def _json(data: dict[str, object]) -> tuple[str, tuple[bytes, ...]]:
    return "application/json", (json.dumps({"code": 200, "data": data}).encode(),)


class Connection(asyncio.Protocol):
    """Reads requests off one connection, one after another, and answers each at once."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            length = _content_length(head)
            if len(rest) < length:
                return
            self._received = rest[length:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        method, path, _ = head.partition(b"\r\n")[0].decode().split(" ")
        media_type, body = self._vendor.answer(method, path)
        length = sum(map(len, body))
        lines = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"
        self._transport.write(b"".join((lines.encode(), *body)))  # type: ignore[attr-defined]


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def run(vendor: Vendor) -> None:
    """Serve on a free port of the loopback interface, its address said on stdout, until stdin ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(vendor), "127.0.0.1", 0, backlog=2048)
    vendor.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(vendor.base_url, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def served(
    seconds: float,
    pixels: tuple[int, int] = (16, 16),
    *,
    spread: float = 0.0,
    progress: bool = False,
    scene: bool = False,
) -> Iterator[str]:
    """The service in a process of its own; its base URL. Its picture is noise, or a ``scene``."""
    command = [sys.executable, "-m", __name__, f"--seconds={seconds}", f"--pixels={pixels[0]}x{pixels[1]}"]
    command += [f"--spread={spread}", *(["--progress"] if progress else []), *(["--scene"] if scene else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def environment(base_url: str, folder: Path) -> dict[str, str]:
    """The variables with which this package takes the service for the real one, journal and store in ``folder``."""
    return {
        "VIDGO_BASE_URL": base_url,
        "VIDGO_API_KEY": "a-key",
        "VIDGO_MODE": "live",
        "VIDGO_STORE": str(folder / ".vidgo"),
        "VIDGO_JOURNAL": str(folder / "journal.sqlite3"),
    }


def requests_of(base_url: str) -> Counter[str]:
    """How many requests came: submit, status, file."""
    return Counter(_told(base_url)["requests"])


def tasks_of(base_url: str) -> dict[str, tuple[float, int]]:
    """When each task was finished, in seconds since the epoch, and how often its status was asked for."""
    return {f"task-{number}": (end, asked) for number, (end, asked) in enumerate(_told(base_url)["tasks"])}


def _told(base_url: str) -> Any:
    with urllib.request.urlopen(f"{base_url}/told", timeout=10) as answer:
        return json.load(answer)["data"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--pixels", default="770x433")
    parser.add_argument("--spread", type=float, default=0.0)
    parser.add_argument("--progress", action="store_true")
    parser.add_argument("--scene", action="store_true")
    given = parser.parse_args()
    width, height = map(int, given.pixels.split("x"))
    png = (scene_png if given.scene else noise_png)(width, height)
    asyncio.run(run(Vendor(given.seconds, given.spread, png, given.progress)))


if __name__ == "__main__":
    main()

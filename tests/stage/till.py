"""A vendor of few words, independent of our emulator: it accepts, bills and delivers, and counts all of it.

In five of a hundred requests something goes wrong, each kind of it in turn.
"""

from __future__ import annotations

import io
import json
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from PIL import Image

from tests.stage.raw_server import RawServer, Seen, answer, raw_server, reset

PRICES = {"low": Decimal(2), "medium": Decimal(3), "high": Decimal(12)}  # at 1K, as the service's documents have it
SMALL_WAIT = {"Retry-After": "0.02"}


def picture_of(number: int) -> bytes:
    """Four pixels; each number has a colour of its own."""
    file = io.BytesIO()
    Image.new("RGB", (2, 2), (number % 256, number // 256 % 256, 77)).save(file, "PNG", compress_level=1)
    return file.getvalue()


@dataclass
class Till:
    """``accepted`` counts tasks by prompt, ``billed`` the credits of finished tasks by prompt.

    ``share`` is how many of the requests meet a fault; ``credits`` what the account holds.
    """

    share: float = 0.0
    credits: Decimal = Decimal(1_000_000)
    seed: int = 1
    loses_answers: bool = True
    before_submit: Callable[[int], None] = lambda number: None
    url: str = ""
    accepted: Counter[str] = field(default_factory=Counter)
    tasks: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    billed: dict[str, Decimal] = field(default_factory=dict)
    submits: int = 0
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._dice = random.Random(self.seed)

    @property
    def charged(self) -> Decimal:
        """All that was billed."""
        return sum(self.billed.values(), Decimal(0))

    def __call__(self, server: RawServer, seen: Seen, connection: socket.socket) -> None:
        """One request."""
        with self._lock:
            self.requests += 1
            unlucky = self._dice.random() < self.share
        kind = "submit" if seen.path.endswith("/submit") else "status" if "/status/" in seen.path else "file"
        if seen.path.endswith("/balance"):
            held = {"code": 200, "data": {"email": "a@example.com", "credits_amount": float(self.credits)}}
            _answer(connection, 200, held)
        elif unlucky:
            self._fail(kind, seen, connection)
        else:
            connection.sendall(self._serve(kind, seen))

    def _serve(self, kind: str, seen: Seen) -> bytes:
        if kind == "submit":
            return self._submit(seen)
        name = seen.path.rpartition("/")[2].removesuffix(".png")
        if kind == "file":
            return answer(200, picture_of(int(name.removeprefix("t"))), {"Content-Type": "image/png"})
        with self._lock:
            self.billed.setdefault(name, self.tasks[name][1])
        files = [{"file_url": f"{self.url}/files/{name}.png", "file_type": "image"}]
        return _json(200, {"code": 200, "data": {"task_id": name, "status": "finished", "files": files}})

    def _submit(self, seen: Seen) -> bytes:
        body = json.loads(seen.body)["input"]
        price = PRICES[body.get("quality", "low")]
        with self._lock:
            self.submits += 1
            number = self.submits
        self.before_submit(number)
        with self._lock:
            if price > self.credits:
                error = {"message": "Not enough credits.", "type": "insufficient_credits_error"}
                return _json(402, {"code": 402, "error": error})
            self.credits -= price
            self.accepted[body["prompt"]] += 1
            name = f"t{len(self.tasks)}"
            self.tasks[name] = (body["prompt"], price)
        return _json(200, {"code": 200, "data": {"task_id": name, "status": "not_started"}})

    def _fail(self, kind: str, seen: Seen, connection: socket.socket) -> None:
        with self._lock:
            fault = self._dice.choice(self._possible(kind))
            self.faults[f"{kind}: {fault}"] += 1
        if fault == "429":
            connection.sendall(answer(429, b"{}", SMALL_WAIT))
        elif fault == "500":
            connection.sendall(answer(500, b"oops"))
        elif fault == "a lost answer":
            self._serve(kind, seen)
            reset(connection)
        elif fault == "half an answer":
            connection.sendall(self._serve(kind, seen)[:-9])
        else:
            reset(connection)

    def _possible(self, kind: str) -> list[str]:
        if kind == "submit" and not self.loses_answers:
            return ["429"]
        return ["429", "500", "a lost answer", "half an answer", "no answer"]


@contextmanager
def open_till(till: Till) -> Iterator[Till]:
    """Serve it on a loopback port."""
    with raw_server(till) as server:
        till.url = server.url
        yield till


def _json(status: int, body: object) -> bytes:
    return answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _answer(connection: socket.socket, status: int, body: object) -> None:
    connection.sendall(_json(status, body))

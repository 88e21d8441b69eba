"""Calls as they arrived, and the faults that tests switch on for them.

=====================================================  ======================================================
a client meets                                         switch on
=====================================================  ======================================================
a busy service                                         ``Fault("submit", status=429, headers={"Retry-After": "2"})``
a 500 although the task was accepted                   ``Fault("submit", status=500, after_accepting=True)``
a connection lost before / after acceptance            ``Fault("submit", drop=True[, after_accepting=True])``
no connection at all (in the kernel only)              ``Fault("submit", refuse_connection=True)``
a silent service                                       ``Fault("status", delay=30)``
HTTP 200 with another code                             ``Fault("status", status=200, body=error_body(500, "…"))``
an HTML or an empty body                               ``Fault("status", status=502, body="<html>…")``, ``body=""``
a task that fails                                      ``Fault("submit", fails="Unsafe content")``
an unusual status body                                 ``Fault("status", alter=lambda body: …)``
a file that breaks off                                 ``Fault("file", short_by=1000)``
a web page, or an absurd picture, instead of the file  ``Fault("file", status=200, body=…)``
a redirect                                             ``Fault("file", status=302, headers={"Location": url})``
a slow file                                            ``Fault("file", chunk_pause=0.1)``
an upload that is refused                              ``Fault("upload", status=413)``, ``status=415``
an upload whose answer never comes                     ``Fault("upload", drop=True)``
an upload that expires early                           ``Fault("upload", alter=…)``, ``Fault("file", status=404)``
=====================================================  ======================================================
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.responses import Response

from vidgo_notebook.emulator.answers import json_response
from vidgo_notebook.emulator.refusal import error_body

Kind = Literal["submit", "status", "upload", "balance", "file", "other"]

CALLS_KEPT = 10_000  # a server may run for weeks
CALL_BYTES_KEPT = 8 * 2**20  # of their paths and bodies as they arrived; parsed, they may take twenty times as much


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived: ``body`` is its parsed JSON, None where it has none, as an upload.

    ``kind`` is ``file`` for every picture that is fetched, generated or uploaded.
    ``authorization``: whether the header was present; its value is not kept.
    """

    kind: Kind
    method: str
    path: str
    body: Any
    authorization: bool


class CallLog(deque[Call]):
    """The latest calls, oldest first, and the number of all of them by kind."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counter[str] = Counter()
        self._sizes: deque[int] = deque()
        self._bytes = 0

    def record(self, call: Call, body_length: int = 0) -> None:
        """Keep and count ``call``, whose body had ``body_length`` bytes if it is kept."""
        self.append(call)
        self._counts[call.kind] += 1
        self._sizes.append(len(call.path) + body_length)
        self._bytes += self._sizes[-1]
        while len(self) > CALLS_KEPT or self._bytes > CALL_BYTES_KEPT:
            self.popleft()
            self._bytes -= self._sizes.popleft()

    def count_of(self, kind: Kind | None = None) -> int:
        """How many calls of ``kind`` arrived; without a kind, how many in all."""
        return self._counts.total() if kind is None else self._counts[kind]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, ``times`` times (None: always), on calls of kind ``on``.

    ``when`` narrows the calls. ``status`` replaces the answer; ``body`` is then sent as it is (text,
    bytes) or as JSON, and is the documented error if left out. ``after_accepting`` (submit only) lets the
    service accept and later bill the task first. ``delay`` and ``chunk_pause`` are seconds of real time,
    ``short_by`` bytes that are announced and not sent. ``alter`` changes a successful JSON answer.
    """

    on: Kind
    times: int | None = field(default=1, kw_only=True)
    when: Callable[[Call], bool] | None = field(default=None, kw_only=True)
    after_accepting: bool = field(default=False, kw_only=True)
    delay: float = field(default=0.0, kw_only=True)
    status: int | None = field(default=None, kw_only=True)
    headers: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    body: Any = field(default=None, kw_only=True)
    drop: bool = field(default=False, kw_only=True)
    refuse_connection: bool = field(default=False, kw_only=True)
    fails: str | None = field(default=None, kw_only=True)
    alter: Callable[[dict[str, Any]], Any] | None = field(default=None, kw_only=True)
    short_by: int = field(default=0, kw_only=True)
    chunk_pause: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if (self.after_accepting or self.fails is not None) and self.on != "submit":
            raise ValueError("after_accepting and fails apply to submits only: write on='submit'")
        if (self.short_by or self.chunk_pause) and self.on != "file":
            raise ValueError("short_by and chunk_pause apply to files only: write on='file'")
        lost = self.drop or self.refuse_connection or self.short_by
        if not (lost or self.delay or self.chunk_pause or self.status or self.alter) and self.fails is None:
            raise ValueError("this fault does nothing: say what goes wrong")
        if self.status is None and (self.body is not None or self.headers):
            raise ValueError("headers and body need a status: give it too")

    @property
    def late(self) -> bool:
        """Whether it applies once a task is accepted, and so never to a request that is refused."""
        return self.after_accepting or self.fails is not None or (self.on == "submit" and self.alter is not None)

    def response(self) -> Response:
        """The answer in place of the service's own."""
        assert self.status is not None
        if self.body is None or isinstance(self.body, dict | list):
            body = error_body(self.status, "switched on as a fault") if self.body is None else self.body
            return json_response(body, self.status, self.headers)
        media_type = None if "content-type" in {name.lower() for name in self.headers} else "text/html"
        return Response(self.body, self.status, dict(self.headers), media_type)


class ActiveFault:
    """A fault that is switched on; ``applied`` counts the calls that it applied to."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.applied = 0

    def applies(self, call: Call, late: bool) -> bool:
        """Whether it applies to ``call``: before the request is read, or (``late``) once its task is accepted."""
        fault = self.fault
        spent = fault.times is not None and self.applied >= fault.times
        return not spent and fault.on == call.kind and fault.late == late and (not fault.when or fault.when(call))


class Faults:
    """The faults that are switched on; of several that match a call the first one added applies."""

    def __init__(self) -> None:
        self._switched_on: list[ActiveFault] = []

    def add(self, fault: Fault) -> ActiveFault:
        """Switch ``fault`` on; the answer counts how often it applied."""
        self._switched_on.append(switched_on := ActiveFault(fault))
        return switched_on

    def clear(self) -> None:
        """Switch everything off."""
        self._switched_on.clear()

    def take(self, call: Call, *, late: bool = False) -> Fault | None:
        """The fault that applies to ``call``; this counts as one of its ``times``."""
        for candidate in tuple(self._switched_on):
            if candidate.applies(call, late):
                candidate.applied += 1
                return candidate.fault
        return None

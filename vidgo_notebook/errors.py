"""All errors of this package, as one tree::

    VidgoError
    ├── RequestError              the request breaks rules; found before it is sent, each as a Problem
    ├── BudgetError               the price exceeds a limit, or was not approved
    ├── ReplayError               replay mode is on and the store has no such result
    ├── TransportError            no response
    ├── APIError                  the service responded with an error
    │   ├── AuthenticationError   401
    │   ├── InsufficientCreditsError  402
    │   ├── NotFoundError         404
    │   ├── RateLimitError        429
    │   └── ServerError           5xx
    ├── JobError
    │   ├── JobFailedError        the service reports that the job failed
    │   ├── JobUncertainError     not known whether the job was accepted
    │   └── JobTimeoutError       the wait ended, the job goes on (also a TimeoutError)
    │       └── InterruptedWaitError  the user ended the wait
    ├── FetchError                the file cannot be downloaded, or is not a picture
    └── StoreError                the store or the journal cannot be read or written

Every error says what happened, what it cost, and what to type next. A notebook shows that text
without a traceback: the cause is seldom in the reader's own code. There, long lines end at a space, since JupyterLab
breaks them inside words (``word-break: break-all``); ``str(error)`` has the lines as they are.

Problems collects the problems of several steps, so that one RequestError names all of them. JobLike and PriceLike
are what an error's ``job`` and ``quote`` have for certain.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from vidgo_notebook.door import Door, here, in_words_of
from vidgo_notebook.visible_text import visible


class JobLike(Protocol):
    """What a Job is, as far as an error needs it."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def status(self) -> str:
        """Its state."""


class PriceLike(Protocol):
    """What a Quote is, as far as an error needs it."""

    @property
    def total(self) -> Decimal | None:
        """Credits; None while the price is not published."""


NOTHING_SPENT = "Nothing was sent and nothing was spent."

_COLUMNS = 56
"""JupyterLab has room for 60 characters in a window 600 pixels wide, and for fewer beside a scroll bar."""
_CODE = re.compile(
    r"""
    %{1,2}\w+(\ \w[\w.]*)?(\ (-\S+|=|[A-Z]{2}\S*|\S*[\d_/|={}'"]\S*))*  # a magic, its command, and what it is given
    | (--[\w-]+\ )?(\w+=)?\{\{[^{}\n]{1,80}\}\}                              # an expression
    | --sweep\ \w+=\S+
    | pip\ install\ \S+
    | python\ -m\ \S+(\ -\S+(\ \d+)?)*
    | (?<![\w.])[\w.]+\([^()]{0,60}\)                                     # a call
    | (?<!\w)'[^'\n]{1,60}'                                               # a value or a name
    """,
    re.VERBOSE,
)
"""What a reader may copy: it stays on one line."""

_OF_THE_FIELD = re.compile(r"(?:\([^)]*\) )?(?:is|was|has|must|needs|takes|uses|contains|can't|cannot|are|belongs)\b")
"""How a message begins whose subject is the field; in brackets, which of several."""

_Understood = TypeVar("_Understood")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request would be refused: the field, what is wrong with it, and what to write instead."""

    field: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        remedy = f" Write {self.suggestion}" if self.suggestion else ""
        colon = "" if _OF_THE_FIELD.match(self.message) else ":"
        return f"{self.field}{colon} {self.message}{remedy}"


class VidgoError(Exception):
    """The base class of all errors that this package raises.

    ``cost`` says what the failure cost and ``hint`` what to type next; the text includes both.
    """

    cost = ""
    hint = ""
    door: Door | None = None
    """Where it was raised to; None: where it is read. ``message``, ``cost`` and ``hint`` have the words of a cell."""

    def __init__(self, message: str, *, cost: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if cost is not None:
            self.cost = cost
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        text = "\n".join(part for part in (self.message, self.cost, self.hint) if part)
        return visible(here(text) if self.door is None else in_words_of(self.door, text))

    def _render_traceback_(self) -> list[str]:
        lines = f"{type(self).__name__}: {self}".split("\n")
        return [part for line in lines for part in _wrapped(line)]


def _wrapped(line: str) -> list[str]:
    """A long line as several, broken at spaces outside code."""
    if len(line) <= _COLUMNS:
        return [line]
    unbroken = _CODE.sub(lambda code: code[0].replace(" ", "\0"), line)
    parts = textwrap.wrap(unbroken, _COLUMNS, break_long_words=False, break_on_hyphens=False)
    return [part.replace("\0", " ") for part in parts]


class RequestError(VidgoError):
    """The request breaks rules; ``problems`` lists all of them, each with its field and a suggestion."""

    cost = NOTHING_SPENT

    def __init__(self, problems: Sequence[Problem], *, hint: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems), hint=hint)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.problems,), self.__dict__)


class Problems(list[Problem]):
    """Collects the problems of several steps, so that one RequestError names all of them.

    A step that understands a part goes on with that part and appends what is wrong; one that understands all or
    nothing raises, and ``of`` notes it. ``check`` is where the error is raised.
    """

    hint: str | None = None

    def of(self, step: Callable[[], _Understood], otherwise: _Understood) -> _Understood:
        """What ``step`` returns; ``otherwise`` if it raises RequestError, whose problems are noted."""
        try:
            return step()
        except RequestError as error:
            self += error.problems
            self.hint = self.hint or error.hint
            return otherwise

    def check(self) -> None:
        """Raise one RequestError with every problem, each once; nothing if there is none."""
        if self:
            raise RequestError(list(dict.fromkeys(self)), hint=self.hint)


class BudgetError(VidgoError):
    """The price exceeds what the user allowed, or was not approved; ``quote`` is the price, a Quote."""

    cost = NOTHING_SPENT

    def __init__(self, message: str, *, quote: PriceLike | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.quote = quote


class ReplayError(VidgoError):
    """Replay mode is on and the store does not have the picture; ``fingerprint`` identifies it."""

    cost = NOTHING_SPENT

    def __init__(self, message: str, *, fingerprint: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.fingerprint = fingerprint


class TransportError(VidgoError):
    """No response came. ``sent`` says whether the request may have been accepted nevertheless, ``transient`` whether
    another attempt may succeed."""

    def __init__(
        self,
        message: str,
        *,
        sent: bool = False,
        transient: bool = True,
        cost: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, cost=cost, hint=hint)
        self.sent = sent
        self.transient = transient


class APIError(VidgoError):
    """The service responded with an error: HTTP ``status_code``, its error ``type``, and its message."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int = 0,
        type: str = "",
        cost: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, cost=cost, hint=hint)
        self.status_code = status_code
        self.type = type


class AuthenticationError(APIError):
    """401: the key is missing, wrong or withdrawn."""

    hint = "Set VIDGO_API_KEY before Jupyter starts (or %vidgo key); check it in your account's key page."


class InsufficientCreditsError(APIError):
    """402: the account cannot pay for this request."""

    hint = "Top up the account, or ask for a cheaper picture; %vidgo balance shows what is left."


class NotFoundError(APIError):
    """404: the service does not know the task or the URL."""


class RateLimitError(APIError):
    """429: too many requests; the request was not accepted. ``retry_after`` is in seconds, None if not given."""

    def __init__(self, message: str, *, retry_after: float | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class ServerError(APIError):
    """5xx: the service failed. After a submit it is not known whether the request was accepted."""


class JobError(VidgoError):
    """A job produced no picture; ``job`` is its handle."""

    def __init__(
        self, message: str, *, job: JobLike | None = None, cost: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, cost=cost, hint=hint)
        self.job = job


class JobFailedError(JobError):
    """The service accepted the request and reports that it failed; failures are not billed."""


class JobUncertainError(JobError):
    """The response to the submit was lost, so it is not known whether the request was accepted."""


class JobTimeoutError(JobError, TimeoutError):
    """The wait ended, not the job: the service goes on with it, and the result can still be fetched."""


class InterruptedWaitError(JobTimeoutError):
    """The user interrupted a cell that waited: the waiting ends, and the job goes on."""


class FetchError(VidgoError):
    """The picture's file cannot be downloaded, or is not a picture.

    ``transient`` says whether another attempt may succeed, ``retry_after`` after how many seconds, None if not given.
    """

    def __init__(
        self,
        message: str,
        *,
        transient: bool = False,
        retry_after: float | None = None,
        cost: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, cost=cost, hint=hint)
        self.transient = transient
        self.retry_after = retry_after


class StoreError(VidgoError):
    """The store or the journal cannot be read or written."""

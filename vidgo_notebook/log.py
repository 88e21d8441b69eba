"""The package's logger: at INFO what was sent and how it ended, at DEBUG each request. It is silent until its level is
set, also where a program logs everything else.

    logging.basicConfig()
    logging.getLogger("vidgo_notebook").setLevel(logging.INFO)

``VIDGO_LOG=info`` does the same for those who have no code to set it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_LEVELS = ("debug", "info", "warning", "error")
_OUR_THREADS = "vidgo-"
_NEVER = -1  # below the level of every handler, whose lowest is 0

logger = logging.getLogger("vidgo_notebook")
logger.addHandler(logging.NullHandler())  # else Python itself would print warnings into a cell


def follow_environment(asked: str) -> None:
    """Write what ``VIDGO_LOG`` asks for to the standard error output."""
    if asked:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
        logger.propagate = False  # a program that logs too would write each line twice
        logger.setLevel(asked.upper() if asked.lower() in _LEVELS else logging.WARNING)
        if asked.lower() not in _LEVELS:
            logger.warning("VIDGO_LOG is %r, which is not a level: write %s.", asked, ", ".join(_LEVELS))
    elif logger.level == logging.NOTSET:  # the root logger's level is about other programs
        logger.setLevel(logging.WARNING)


_quiet = ContextVar("vidgo_quiet", default=False)


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Inside the block, libraries are as quiet as in a thread of ours."""
    before = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(before)


_make_record = logging.getLogRecordFactory()


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """A record; what a library notes in a thread of ours reaches no handler unless it is a warning.

    A handler of the notebook writes into the cell that happens to run. Neither a filter of each library's loggers
    (there are dozens, made when their modules are imported) nor their levels (a user may want them elsewhere) do it.
    """
    made = _make_record(*args, **kwargs)
    ours = _quiet.get() or (made.threadName or "").startswith(_OUR_THREADS)
    if ours and made.levelno < logging.WARNING and made.name.partition(".")[0] != logger.name:
        made.levelno = _NEVER
    return made


logging.setLogRecordFactory(_record)
follow_environment(os.environ.get("VIDGO_LOG", "").strip())

"""The package's logger: at INFO what was sent and how it ended, at DEBUG each request. It is silent until its level is
set, also where a program logs everything else.

    logging.basicConfig()
    logging.getLogger("vidgo_notebook").setLevel(logging.INFO)

``VIDGO_LOG=info`` does the same for those who have no code to set it.
"""

from __future__ import annotations

import logging
import os
import sys
from types import FrameType
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


_make_record = logging.getLogRecordFactory()


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """A record; what a library notes in a thread of ours, or while code of ours calls it in a cell's thread, reaches no
    handler unless it is a warning.

    A handler of the notebook writes into the cell that happens to run. Neither a filter of each library's loggers
    (there are dozens, made when their modules are imported) nor their levels (a user may want them elsewhere) do it.
    """
    made = _make_record(*args, **kwargs)
    library = made.name.partition(".")[0]
    if made.levelno < logging.WARNING and library != logger.name:
        in_our_thread = (made.threadName or "").startswith(_OUR_THREADS)
        if in_our_thread or (library != "__main__" and _caller_of(library) == logger.name):
            made.levelno = _NEVER
    return made


def _caller_of(library: str) -> str:
    """The package whose code called the library that makes a record now."""
    frame: FrameType | None = sys._getframe(2)
    while frame and (package := str(frame.f_globals.get("__name__")).partition(".")[0]) in ("logging", library):
        frame = frame.f_back
    return package if frame else ""


logging.setLogRecordFactory(_record)
follow_environment(os.environ.get("VIDGO_LOG", "").strip())

"""The package's logger. It is silent until its level is set, also where a program logs everything else.

logging.basicConfig()
logging.getLogger("vidgo_notebook").setLevel(logging.INFO)
"""

from __future__ import annotations

import logging

logger = logging.getLogger("vidgo_notebook")
logger.addHandler(logging.NullHandler())  # else Python itself would print warnings into a cell
if logger.level == logging.NOTSET:  # the root logger's level is about other programs
    logger.setLevel(logging.WARNING)

"""The section ``Vidgo`` of an IPython profile, as its files and the command line have it.

The configuration in memory proves nothing: any cell can have changed it before the extension was loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from traitlets.config import Application, Config
from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

_SECTION = "Vidgo"


def profile_section() -> Mapping[str, Any]:
    """What ``c.Vidgo`` is in the configuration files of the running application; empty without one."""
    if not Application.initialized():
        return {}
    application, merged = Application.instance(), Config()
    for path in application.loaded_config_files:
        with suppress(Exception):  # the application has reported what is wrong with its own files
            merged.merge(_loaded(Path(path)))
    merged.merge(application.cli_config)
    return dict(merged[_SECTION]) if _SECTION in merged else {}


def running_config() -> Config:
    """The configuration of the running application; empty without one."""
    return Application.instance().config if Application.initialized() else Config()


def _loaded(path: Path) -> Config:
    """A configuration file, executed once more only if it can be about this package."""
    text = path.read_text(encoding="utf-8")
    if _SECTION not in text and "load_subconfig" not in text:
        return Config()
    loader = JSONFileConfigLoader if path.suffix == ".json" else PyFileConfigLoader
    return loader(path.name, str(path.parent)).load_config()

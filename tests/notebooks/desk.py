"""A desk of one's own: folders and an environment in which nothing of the machine's user shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
QUICKSTART = NOTEBOOKS / "01-quickstart.ipynb"
_FOREIGN = ("VIDGO_", "JUPYTER", "JPY_", "IPYTHON", "PYTEST_")


@dataclass(frozen=True)
class Desk:
    """A scratch folder with a home, a store and a journal."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / ".vidgo"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.sqlite3"

    def environment(self, **extra: str) -> dict[str, str]:
        """The environment for a process at this desk; on the emulator unless ``extra`` says otherwise."""
        (self.folder / "home").mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        places = {
            "HOME": "home",
            "XDG_STATE_HOME": "home/state",
            "IPYTHONDIR": "home/ipython",
            "JUPYTER_CONFIG_DIR": "home/config",
            "JUPYTER_DATA_DIR": "home/data",
            "JUPYTER_RUNTIME_DIR": "home/runtime",
        }
        own = {
            **{name: str(self.folder / place) for name, place in places.items()},
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "VIDGO_MODE": "emulator",
            "VIDGO_STORE": str(self.store),
            "VIDGO_JOURNAL": str(self.journal),
        }
        return {**kept, **own, **extra}

    def bring(self, notebook: Path = QUICKSTART, name: str = "notebook.ipynb") -> Path:
        """A copy of a notebook on the desk."""
        return Path(shutil.copy(notebook, self.folder / name))

    def run(self, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a command here, as a person would type it, in the environment with ``extra``."""
        environment = self.environment(**extra)
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=200, check=False
        )

    def convert(self, *arguments: str) -> None:
        """``jupyter nbconvert`` here, in this process: as a command it takes some seconds to start."""
        from nbconvert.nbconvertapp import NbConvertApp

        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name, value in self.environment().items():
                patch.setenv(name, value)
            application = NbConvertApp(log_level="ERROR")
            application.initialize(list(arguments))
            application.start()

"""Before the first cell of a page that makes pictures: a folder, the emulator, and a shell that is strict."""

import os
import tempfile

from IPython import get_ipython

os.chdir(tempfile.mkdtemp(dir=os.environ["DOCS_SCRATCH"]))
here = os.getcwd()  # noqa: PTH109  the page's cells see no other names
os.environ.update(VIDGO_MODE="emulator", VIDGO_STORE=f"{here}/.vidgo", VIDGO_JOURNAL=f"{here}/journal.sqlite3")


def strict(command, shell=get_ipython(), run=get_ipython().system):  # noqa: B008  as they are now
    """Run a command that a cell begins with `!`; the page fails where the command does."""
    run(command)
    if status := shell.user_ns.get("_exit_code"):
        raise RuntimeError(f"{command} ended with {status}")


get_ipython().system = strict

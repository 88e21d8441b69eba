"""``%%vidgo`` and ``%vidgo``: parse, delegate, return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from vidgo_notebook.app.presence import say
from vidgo_notebook.app.process import current_session
from vidgo_notebook.door import Door
from vidgo_notebook.errors import VidgoError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from vidgo_notebook.ui.cells.wait import CellWait
    from vidgo_notebook.ui.shell import Shell


@magics_class
class VidgoMagics(Magics):
    """The magics of vidgo_notebook."""

    def __init__(self, ipython: InteractiveShell, shell: Shell, cell_wait: CellWait) -> None:
        super().__init__(ipython)
        self._shell = shell
        self._cell_wait = cell_wait

    @no_var_expand
    @line_cell_magic
    def vidgo(self, line: str, cell: str | None = None) -> None:
        """Make pictures with the Vidgo API.

        %%vidgo [NAME] [options]    the cell is the prompt, {{ expression }} inserts a notebook value
        %vidgo                      where things stand
        %vidgo COMMAND              jobs, wait, show, resume, resolve, costs, quote, models, …

        %%vidgo -h and %vidgo -h list everything.

        Examples::

            %%vidgo hero --quality high --size 16:9
            A premium product photo of {{ product }} on a clean white background

            %%vidgo --image hero --image shelf.jpg
            Put the product from image 1 on the shelf in image 2

            %vidgo quote --quality high A red bicycle
        """
        from vidgo_notebook.domain.option_parser import HelpRequested

        try:
            if cell is None:
                from vidgo_notebook.ui.line_magic import run_command

                run_command(line, self._shell, current_session(), self._cell_wait)
            else:
                from vidgo_notebook.ui.cells.cell import run_cell

                run_cell(line, cell, self._shell, current_session(), self._cell_wait)
        except HelpRequested as help_text:
            self._explain(str(help_text))
        except VidgoError as error:
            error.door = Door.CELL
            raise

    def _explain(self, text: str) -> None:
        """Show help; a notebook breaks what is printed within words, and a block of ours between them."""
        if not self._shell.in_notebook:
            say(text)
            return
        from vidgo_notebook.render import markup
        from vidgo_notebook.ui.output.live import put

        put({"text/html": markup.frame(markup.code(text)), "text/plain": text})

"""The IPython shell as the rest of the room needs it: who is there, and how to ask them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.presence import ask_in_terminal, attended_terminal
from vidgo_notebook.errors import RequestError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from vidgo_notebook.app.purchase.approval import Executor, PurchaseChoices
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.app.settings.traits import Vidgo
    from vidgo_notebook.domain.cell_options import CellOptions


class Shell:
    """A notebook kernel's shell or a terminal's."""

    def __init__(self, ipython: InteractiveShell, settings: Vidgo) -> None:
        self.ipython = ipython
        self.settings = settings

    @property
    def in_notebook(self) -> bool:
        """Whether outputs go to a front end that can show pictures and update them."""
        return getattr(self.ipython, "kernel", None) is not None

    @property
    def variables(self) -> dict[str, Any]:
        """The user's variables."""
        variables: dict[str, Any] = self.ipython.user_ns
        return variables

    def attended(self) -> bool:
        """Whether a person is there, by the setting or by what the front end says.

        The reliable mark is the request's ``allow_stdin``: nbclient, nbconvert, papermill and nbval
        send false. Voilà sends false too, though somebody looks at it.
        """
        if self.settings.attended is not None or not self.in_notebook:
            return attended_terminal(self.settings.attended)
        return self._allows_questions() or "VOILA_KERNEL_ID" in os.environ

    def live(self) -> bool:
        """Whether somebody sees an output change after its cell has ended.

        Voilà's pages do not: they keep what a cell displayed while it ran, so there a cell holds.
        """
        return self.attended() and "VOILA_KERNEL_ID" not in os.environ

    def ask(self, question: str) -> bool:
        """A yes-or-no question; its trace is cleared from the output. No, where none can be asked."""
        from IPython.core.error import StdinNotImplementedError
        from IPython.display import clear_output

        try:
            return ask_in_terminal(question)
        except StdinNotImplementedError:
            return False
        finally:
            if self.in_notebook and self._allows_questions():
                clear_output()

    def looked_up(self, image: Any) -> Any:
        """A variable by its name, which wins over a file of that name; anything else as it is."""
        from vidgo_notebook.app.request.images import Named, Word
        from vidgo_notebook.domain.wording import nearest

        if not isinstance(image, str):
            return image
        if image not in self.variables:
            return Word(image, nearest(image, [name for name in self.variables if not name.startswith("_")]))
        if Path(image).exists():
            print(f"--image {image}: the variable is used, not the file of that name; ./{image} is the file.")
        return Named(self.variables[image], image)

    def choices(self, options: CellOptions, session: Session) -> PurchaseChoices:
        """What a cell says about buying. RequestError where --cluster names no variable that holds a client."""
        from vidgo_notebook.app.purchase.approval import PurchaseChoices

        executor = None if options.cluster is None else self._executor(options.cluster, session)
        return PurchaseChoices(fresh=options.fresh, yes=options.yes, max_credits=options.max_credits, executor=executor)

    def _executor(self, name: str, session: Session) -> Executor:
        from vidgo_notebook.app.batches.on_cluster import ClusterExecutor
        from vidgo_notebook.domain.wording import nearest
        from vidgo_notebook.errors import Problem

        if name not in self.variables:
            near = nearest(name, [known for known in self.variables if not known.startswith("_")])
            raise RequestError([Problem("cluster", f"there is no variable {name}.", near)])
        if self.variables[name] is None:
            raise RequestError([Problem("cluster", f"{name} is None, and no distributed.Client.")])
        return ClusterExecutor(session, self.variables[name])

    def _allows_questions(self) -> bool:
        kernel: Any = getattr(self.ipython, "kernel", None)
        parent = (kernel.get_parent("shell") if kernel else None) or {}
        return bool(parent.get("content", {}).get("allow_stdin", True))

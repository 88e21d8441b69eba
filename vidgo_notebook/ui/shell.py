"""The IPython shell: its variables, whether a person is there, and how to ask one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.presence import ask_in_terminal, attended_terminal, say
from vidgo_notebook.errors import Problem, RequestError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from vidgo_notebook.app.purchase.approval import PurchaseChoices
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
        send false. Voilà sends false too, though a person looks at it.
        """
        if self.settings.attended is not None or not self.in_notebook:
            return attended_terminal(self.settings.attended)
        return self._allows_questions() or "VOILA_KERNEL_ID" in os.environ

    def live(self) -> bool:
        """Whether a person sees an output change after its cell has ended.

        Voilà's pages do not: they keep what a cell displayed while it ran, so there a cell waits.
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

        if not isinstance(image, str):
            return image
        if image not in self.variables:
            return Word(image, self._near(image))
        if Path(image).exists():
            say(f"--image {image}: the variable is used, not the file of that name; ./{image} is the file.")
        return Named(self.variables[image], image)

    def choices(self, options: CellOptions, session: Session) -> PurchaseChoices:
        """What a cell says about buying. RequestError where --cluster is not a variable with a client."""
        from vidgo_notebook.app.purchase.approval import PurchaseChoices

        executor = None
        if (name := options.cluster) is not None:
            from vidgo_notebook.app.batches.on_cluster import ClusterExecutor

            if name not in self.variables:
                raise RequestError([Problem("cluster", f"{name} is not a variable.", self._near(name))])
            if self.variables[name] is None:
                raise RequestError([Problem("cluster", f"{name} is None, not a distributed.Client.")])
            executor = ClusterExecutor(session, self.variables[name])
        return PurchaseChoices(options.fresh, options.yes, options.max_credits, executor)

    def _near(self, name: str) -> str:
        """The variable of the user's own whose name is most like ``name``, or ''."""
        from vidgo_notebook.domain.wording import nearest

        hidden = self.ipython.user_ns_hidden  # what IPython put there, such as open and exit
        own = [known for known, value in self.variables.items() if known not in hidden or hidden[known] is not value]
        return nearest(name, [known for known in own if not known.startswith("_")])

    def _allows_questions(self) -> bool:
        kernel: Any = getattr(self.ipython, "kernel", None)
        parent = (kernel.get_parent("shell") if kernel else None) or {}
        return bool(parent.get("content", {}).get("allow_stdin", True))

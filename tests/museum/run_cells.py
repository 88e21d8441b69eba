"""Runs cells in an IPython shell of its own process and prints what came of them: ``python run_cells.py < order.json``.

The order has ``cells``, and ``values``: expressions by name, evaluated after the last cell. The answer has
``said``, what each cell printed, and ``values``. A cell that fails has its error in ``said``, and the others run.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


def main() -> None:
    """Carry out the order of the standard input."""
    order = json.load(sys.stdin)
    shell = InteractiveShell.instance()
    run(shell, "%load_ext vidgo_notebook\nimport vidgo_notebook as vidgo")
    said = [run(shell, cell) for cell in order["cells"]]
    values = {name: eval(expression, shell.user_ns) for name, expression in order["values"].items()}
    print(json.dumps({"said": said, "values": values}))


def run(shell: Any, cell: str) -> str:
    """Run a cell; what it printed, displayed as text, or raised."""
    with capture_output() as captured:
        result = shell.run_cell(cell)
    error = result.error_before_exec or result.error_in_exec
    shown = [output.data.get("text/plain", "") for output in captured.outputs]
    return "\n".join([captured.stdout, captured.stderr, *shown, f"{type(error).__name__}: {error}" if error else ""])


if __name__ == "__main__":
    main()

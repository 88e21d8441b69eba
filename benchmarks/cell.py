"""How soon a `%%vidgo` cell gives the prompt back, with a person there: the first time and later.

python -m benchmarks.cell
"""

from __future__ import annotations

import os
import tempfile
import time
from statistics import median

from jupyter_client.manager import start_new_kernel

from benchmarks.machine import heading

KERNELS = 5
LATER = 10


def returned_after(client: object, code: str) -> float:
    """Seconds from sending a cell to the kernel's reply."""
    began = time.perf_counter()
    client.execute(code, allow_stdin=True, reply=True, timeout=60)  # type: ignore[attr-defined]
    return time.perf_counter() - began


def main() -> None:
    print(heading())
    empty, first, later = [], [], []
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(VIDGO_MODE="emulator", VIDGO_JOURNAL=f"{home}/journal", VIDGO_STORE=f"{home}/store")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for kernel in range(KERNELS):
            manager, client = start_new_kernel()
            client.execute("%load_ext vidgo_notebook", reply=True)
            empty.append(returned_after(client, "pass"))
            first.append(returned_after(client, f"%%vidgo\nFirst of kernel {kernel}"))
            later += [returned_after(client, f"%%vidgo\n{number} of kernel {kernel}") for number in range(LATER)]
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    print(f"{'':18}median ms   worst   × an empty cell")
    for name, times in {"an empty cell": empty, "first %%vidgo": first, "later %%vidgo": later}.items():
        ratio = median(times) / median(empty)
        print(f"{name:18}{1000 * median(times):9.1f}{1000 * max(times):8.1f}{ratio:18.1f}")


if __name__ == "__main__":
    main()

"""How soon a `%%vidgo` cell gives the prompt back, with a person there: the first time and later.

python benchmarks/cell.py
"""

from __future__ import annotations

import os
import tempfile
import time
from statistics import median

from jupyter_client.manager import start_new_kernel
from machine import heading

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
    for name, times in {"an empty cell": empty, "first %%vidgo": first, "later %%vidgo": later}.items():
        print(f"{name:16} median {1000 * median(times):6.1f} ms   worst of {len(times)} {1000 * max(times):6.1f} ms")


if __name__ == "__main__":
    main()

"""What one `%%vidgo` cell passes through on the kernel's main thread: files, functions, and changes of room.

A cell that orders a picture, the same cell again (from the store), and a sweep, in a kernel with a person there;
with the emulator in another process, and with a service. Jobs run on the engine's own thread, which is not traced.

python -m benchmarks.trace [--files]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.kernel import fresh_kernel
from benchmarks.service import environment, served
from vidgo_notebook.emulator import Emulator, serve

CELLS = {
    "a new picture": ("vidgo", "hero", "A red bicycle"),
    "from the store": ("vidgo", "hero", "A red bicycle"),
    "a sweep": ("vidgo", "grid --sweep quality=low,medium", "A blue bicycle"),
}
TRACE = """
import json, sys
from pathlib import Path
import vidgo_notebook
def traced(magic, line, body, root=str(Path(vidgo_notebook.__file__).parent) + "/"):
    passed, frames = set(), []
    def enter(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(root) and code.co_name != "<module>":
            passed.add((code.co_filename[len(root):], code.co_qualname))
            frames.append(code.co_filename[len(root):].partition("/")[0])
    sys.setprofile(enter)
    try:
        get_ipython().run_cell_magic(magic, line, body)
    finally:
        sys.setprofile(None)
    changes = sum(one != other for one, other in zip(frames, frames[1:]))
    Path({place!r}).write_text(json.dumps([sorted(passed), changes]))
"""


def trace(surroundings: dict[str, str], place: Path) -> dict[str, tuple[list[tuple[str, str]], int]]:
    """What each cell enters in a kernel that has run one before: files with functions, and changes of room."""
    found = {}
    with fresh_kernel(surroundings) as client:
        client.execute("%load_ext vidgo_notebook", reply=True)
        client.execute("%%vidgo --wait\nThe first, which imports", allow_stdin=True, reply=True, timeout=60)
        client.execute(TRACE.replace("{place!r}", repr(str(place))), reply=True)
        for name, cell in CELLS.items():
            client.execute(f"traced(*{cell!r})", allow_stdin=True, reply=True, timeout=60)
            client.execute("%vidgo wait", allow_stdin=True, reply=True, timeout=60)
            passed, changes = json.loads(place.read_text())
            found[name] = [(file, function) for file, function in passed], changes
    return found


def files_of(passed: list[tuple[str, str]]) -> list[str]:
    """The files that were entered."""
    return sorted({file for file, _ in passed})


def show(service: str, found: dict[str, tuple[list[tuple[str, str]], int]], *, list_files: bool) -> None:
    """Print what each cell entered."""
    print(f"{service:18}files  functions  changes of room")
    for name, (passed, changes) in found.items():
        files = files_of(passed)
        print(f"{name:18}{len(files):5}{len(passed):11}{changes:17}")
        if list_files:
            for file in files:
                print(f"    {file:36}{', '.join(function for where, function in passed if where == file)}")


def main() -> None:
    """Trace the cells with the emulator in another process, and with a service."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", action="store_true", help="list the files, with the functions entered in each")
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as home, serve(Emulator(latency=0.5)) as url:
        place = Path(home)
        emulated = {**environment(url, place), "VIDGO_MODE": "emulator", "VIDGO_API_KEY": ""}
        show("emulator", trace(emulated, place / "trace.json"), list_files=files)
    with tempfile.TemporaryDirectory() as home, served(0.5) as url:
        show("service", trace(environment(url, Path(home)), Path(home) / "trace.json"), list_files=files)


if __name__ == "__main__":
    main()

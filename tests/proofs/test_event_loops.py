"""A live job runs to its picture, bought by one POST, whatever else the process has done to loops and sockets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.breaking_server import ANSWER, api, lines, proxy, socks
from tests.fixtures.jupyter_kernels import environment
from tests.fixtures.raw_server import CERTIFICATE

JOB = """
import vidgo_notebook as vidgo

job = vidgo.generate("A red bicycle", quality="low", yes=True)
print(len(job.result(timeout=60).bytes), job.status)
"""
AWAITED = """
async def cell():
    import vidgo_notebook as vidgo

    job = vidgo.generate("A red bicycle", quality="low", yes=True)
    print(len((await job).bytes), job.status)
"""
NESTED = """
import asyncio
import nest_asyncio

async def kernel():
    nest_asyncio.apply()
    asyncio.run(cell())

asyncio.run(kernel())
"""
PROCESSES = {
    "as it comes": JOB,
    "uvloop": "import uvloop\nuvloop.install()\n" + JOB,
    "uvloop, awaited": AWAITED + "import uvloop\nuvloop.run(cell())",
    "nest_asyncio": "import nest_asyncio\nnest_asyncio.apply()\n" + JOB,
    "nest_asyncio, awaited in a loop that runs": AWAITED + NESTED,
    "gevent": "from gevent import monkey\nmonkey.patch_all()\n" + JOB,
    "gevent, in a greenlet": "from gevent import monkey, spawn\nmonkey.patch_all()\n"
    f"spawn(exec, {JOB!r}, globals()).get()",
}
LONG = [pytest.param(scheme, marks=pytest.mark.full) for scheme in ("http", "https", "socks5")]


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("scheme", ["", *LONG])
def test_a_live_job_gets_its_picture_by_one_post(process: str, scheme: str, tmp_path: Path) -> None:
    with lines() as opened:
        said = {**ANSWER, "data": {**ANSWER["data"], "status": "finished"}}
        line = opened.open(api(said=said))
        url = "https://api.vidgo.example" if scheme else f"https://127.0.0.1:{line.port}"
        said["data"]["files"] = [{"file_url": f"{url}/a.png"}]
        env = environment(tmp_path, url) | {"SSL_CERT_FILE": str(CERTIFICATE)}
        if scheme:
            way = socks(line.port) if scheme == "socks5" else proxy(line.port, tls=scheme == "https")
            env["HTTPS_PROXY"] = f"{scheme}://127.0.0.1:{opened.open(way).port}"
        ran = subprocess.run(
            [sys.executable, "-c", PROCESSES[process]],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split()[1:] == ["finished"], ran.stdout + ran.stderr
    assert ran.stderr == ""
    asked, post, *rest = line.whole
    assert (asked, post) == ("GET /api/user/balance", "POST /api/generate/submit")
    assert rest == ["GET /api/generate/status/task-1", "GET /a.png"]

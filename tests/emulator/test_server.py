"""The emulator as a server, and its description."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.routing import Route

from tests.fixtures.clocks import wait_until
from tests.fixtures.emulator_client import EmulatorClient
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.emulator import Emulator, Fault, serve
from vidgo_notebook.emulator.__main__ import main
from vidgo_notebook.emulator.http.app import Endpoints
from vidgo_notebook.emulator.http.server import LOOPBACK, listen

ROOT = Path(__file__).parents[2]


def test_serving_takes_a_free_port_and_gives_it_back() -> None:
    with serve(Emulator()) as url:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        port = int(url.rsplit(":", 1)[1])
        assert httpx.get(f"{url}/openapi.json").status_code == 200
    with serve(Emulator(), port) as again:
        assert again == url


def test_serving_on_a_taken_port_says_so() -> None:
    with serve(Emulator()) as url, pytest.raises(OSError), serve(Emulator(), int(url.rsplit(":", 1)[1])):
        pass


def test_a_call_under_way_is_answered_when_serving_ends() -> None:
    emulator = Emulator(latency=0)
    emulator.faults.add(Fault("submit", delay=0.3))
    body = {"model": "gpt-image-2", "input": {"prompt": "A kite"}}
    with ThreadPoolExecutor(1) as pool:
        with serve(emulator) as url:
            key = {"Authorization": "Bearer k"}
            answer = pool.submit(httpx.post, f"{url}/api/generate/submit", json=body, headers=key, timeout=60)
            wait_until(lambda: emulator.count("submit") == 1)
        assert answer.result().status_code == 200


def test_two_emulators_can_be_served_at_once() -> None:
    with serve(Emulator(credits=1)) as first, serve(Emulator(credits=2)) as second:
        key = {"Authorization": "Bearer k"}
        balances = [httpx.get(f"{url}/api/user/balance", headers=key).json()["data"] for url in (first, second)]
    assert [balance["credits_amount"] for balance in balances] == [1, 2]


def test_the_command_prints_how_to_use_it_and_ends_quietly_on_ctrl_c() -> None:
    command = [sys.executable, "-m", "vidgo_notebook.emulator", "--port", "0", "--latency", "0", "--credits", "50"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        url = line.rsplit("VIDGO_BASE_URL=", 1)[1].strip()
        assert f"VIDGO_MODE=emulator VIDGO_BASE_URL={url}" in line
        balance = httpx.get(f"{url}/api/user/balance", headers={"Authorization": "Bearer k"}).json()
        assert balance["data"]["credits_amount"] == 50
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, "", "")


def test_the_command_says_in_one_line_that_a_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    listener = listen(LOOPBACK, 0)
    port = listener.getsockname()[1]
    try:
        assert main(["--port", str(port)]) == 1
    finally:
        listener.close()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(rf"Cannot listen on 127\.0\.0\.1 port {port}: .+\n", captured.err)


@pytest.mark.parametrize(
    "wrong", [["--port", "70000"], ["--port", "x"], ["--latency", "-1"], ["--latency", "nan"], ["--credits", "x"]]
)
def test_the_command_refuses_impossible_numbers(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(wrong)
    assert stopped.value.code == 2
    assert "is not a" in capsys.readouterr().err


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(option in text for option in ("--port", "--host", "--latency", "--credits", "VIDGO_MODE=emulator"))


def test_importing_the_package_loads_neither_a_server_nor_pillow_nor_httpx() -> None:
    code = "import sys, vidgo_notebook.emulator; print(*{'uvicorn', 'PIL', 'starlette', 'httpx'} & {*sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""


def test_the_in_kernel_way_needs_no_server_and_no_pillow() -> None:
    code = (
        "import sys; from vidgo_notebook.emulator import Emulator, transport_to; transport_to(Emulator())\n"
        "print('uvicorn' in sys.modules, 'PIL' in sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "False False"


def test_the_description_names_every_endpoint_and_nothing_else(client: EmulatorClient) -> None:
    document = client.get("/openapi.json").json()
    routes = Endpoints(client.emulator).routes()
    served = {(route.path.replace(":path}", "}"), method) for route in routes for method in methods_of(route)}
    described = {(path, method.upper()) for path, item in document["paths"].items() for method in item}
    assert described == served
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": client.url}]


def methods_of(route: Route) -> set[str]:
    return (route.methods or set()) - {"HEAD"}


def test_the_description_fits_what_is_answered(client: EmulatorClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["Submit"]["properties"]["model"]["enum"] == list(MODELS)
    submitted = client.submit().json()
    assert set(submitted["data"]) == set(schemas["Accepted"]["properties"]["data"]["properties"])
    status = client.get(f"/api/generate/status/{submitted['data']['task_id']}").json()
    assert set(status["data"]) == set(schemas["Status"]["properties"]["data"]["properties"])
    balance = client.get("/api/user/balance").json()
    assert set(balance["data"]) == set(schemas["Balance"]["properties"]["data"]["properties"])
    uploaded = client.upload(b"GIF89a").json()
    assert set(uploaded["data"]) == set(schemas["Uploaded"]["properties"]["data"]["properties"])


def test_answers_of_a_served_emulator_leave_at_once() -> None:
    with listen(LOOPBACK, 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # asyncio sets TCP_NODELAY only on such

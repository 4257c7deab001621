"""The web server: ports that are shared, big WebSocket messages refused, answers finished before the end."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from iot.management.supervisor import ports

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import asyncio, sys
from iot.management.web.server import WebServer, listen, loop

asyncio.set_event_loop(loop)

async def application(scope, receive, send):
    if scope["path"] == "/slow":
        print("asked", flush=True)
        await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{scope['root_path']}{scope['path']}".encode()})

async def started():
    print("started", flush=True)

async def ended():
    print("ended", flush=True)

WebServer(application, listen("127.0.0.1", int(sys.argv[1])), "/below", started, ended).serve()
"""


@pytest.fixture
def port() -> int:
    return ports.free()


def serve(port: int) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def end(process: "subprocess.Popen[str]") -> str:
    process.terminate()
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    return out


def test_it_serves_until_it_is_told_to_end(port: int) -> None:
    process = serve(port)
    assert requests.get(f"http://127.0.0.1:{port}/a", timeout=10).text == "/below/a"
    assert end(process) == "ended\n"


def test_what_has_begun_is_answered_before_the_end(port: int) -> None:
    process = serve(port)
    asking = subprocess.Popen(
        [sys.executable, "-c", f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}/slow').read())"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "asked\n"
    end(process)
    out, _ = asking.communicate(timeout=10)
    assert out == "b'/below/slow'\n"


def test_two_may_share_a_port(port: int) -> None:
    first, second = serve(port), serve(port)
    assert requests.get(f"http://127.0.0.1:{port}/a", timeout=10).ok
    end(first)
    assert requests.get(f"http://127.0.0.1:{port}/a", timeout=10).ok
    end(second)

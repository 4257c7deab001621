"""manage.py up as a person starts it: first start, second start, taken ports, other addresses, the end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.stack import END_SECONDS, ROOT, free_ports, start


def up(data: Path, *flags: str, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "manage.py"), "up", "--data", str(data), *flags]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=90, check=False, env={**os.environ, **(environment or {})}
    )


def test_it_starts_twice_says_the_password_once_and_ends_in_five_seconds(tmp_path: Path) -> None:
    data = tmp_path / "with a blank"
    first = start(data)
    first.wait_for(lambda: any("Ctrl-C" in line for line in first.lines))
    password, said = first.admin_password, "\n".join(first.lines)
    assert f"{first.http}/" in said
    assert str(data / "aws" / "credentials") in said
    started = time.monotonic()
    assert first.stop() == 0
    assert time.monotonic() - started < 5
    ports = (f"--http-port={first.http.rpartition(':')[2]}",)
    second = start(data, *ports)
    try:
        assert password not in "\n".join(second.lines)
        assert requests.get(f"{second.http}/", timeout=10).status_code == 200
        assert second.boto("iot").list_things()["things"] == []
        # The same directory is not served twice.
        again = up(data)
        assert (again.returncode, "is running already" in again.stderr) == (1, True)
    finally:
        second.stop()


def test_a_taken_port_is_a_clear_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = up(tmp_path / "data", "--mqtt-port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "--mqtt-port" in done.stderr
    assert not (tmp_path / "data" / "secret_key").exists()


def test_another_address_needs_a_password_of_ones_own(tmp_path: Path) -> None:
    ports = [f"--{name}-port={port}" for name, port in zip(("http", "mqtt", "https"), free_ports(3), strict=True)]
    done = up(tmp_path / "data", "--host", "0.0.0.0", *ports)
    assert done.returncode == 1
    assert "changepassword admin" in done.stderr


def test_a_password_of_ones_own_may_be_given_at_the_first_start(tmp_path: Path) -> None:
    stack = start(
        tmp_path / "data", "--host", "0.0.0.0", environment={"THINGSTEAD_ADMIN_PASSWORD": "correct horse battery"}
    )
    try:
        assert "with the password" not in "\n".join(stack.lines)
        assert json.loads((stack.data / "endpoint.json").read_text())["http"].startswith("http://127.0.0.1:")
        assert requests.get(f"{stack.http}/login/", timeout=10).status_code == 200
    finally:
        stack.stop()


def test_all_parts_end_when_it_is_killed(tmp_path: Path) -> None:
    if not Path("/usr/bin/setpriv").exists():
        pytest.skip("only where setpriv can tie a process to its parent")
    stack = start(tmp_path / "data")
    pids = [stack.pid(part) for part in ("broker", "gateway", "bridge", "web")]
    stack.process.send_signal(signal.SIGKILL)
    stack.process.wait()
    stack.wait_for(lambda: not any(is_alive(pid) for pid in pids), END_SECONDS)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False

"""manage.py web by itself: it serves without a broker, says when it does, and names a port that it cannot have."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests

from tests.stack import ROOT, Stack, free_ports


def test_it_serves_beside_another_and_ends_on_sigterm(stack: Stack) -> None:
    port = free_ports(1)[0]
    command = [sys.executable, str(ROOT / "manage.py"), "web", "--port", str(port)]
    process = subprocess.Popen(command, env=stack.environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"ready on 127.0.0.1:{port}\n"
    assert requests.get(f"http://127.0.0.1:{port}/login/", timeout=10).status_code == 200
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, str(ROOT / "manage.py"), "web", "--port", str(port)]
        environment = {**os.environ, "THINGSTEAD_DATA": str(tmp_path)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr

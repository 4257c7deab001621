"""A whole installation as a person would start it: `manage.py up` in its own process, with fresh data on free ports."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
READY = "Thingstead is ready"
READY_SECONDS = 90
END_SECONDS = 8
_started: list[Path] = []
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}


@dataclass(frozen=True, slots=True)
class Device:
    """A thing with a certificate and a policy; `cert`, `key` and `ca` are files."""

    thing: str
    cert: Path
    key: Path
    ca: Path
    certificate_id: str
    certificate_arn: str
    policy: str


@dataclass
class Stack:
    """A running installation."""

    data: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def endpoint(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "endpoint.json").read_text())
        return found

    @property
    def http(self) -> str:
        """The console's base URL, without a slash at its end."""
        return str(self.endpoint["http"])

    @property
    def api(self) -> str:
        return str(self.endpoint["api"])

    @property
    def mqtt_port(self) -> int:
        return int(self.endpoint["mqtt_port"])

    @property
    def https_port(self) -> int:
        return int(self.endpoint["https_port"])

    @property
    def broker_url(self) -> str:
        return (self.data / "broker" / "url").read_text().strip()

    @property
    def admin_password(self) -> str:
        """The password that was printed at the first start."""
        return re.search(r"with the password (\S+)", "\n".join(self.lines))[1]  # type: ignore[index]  # it was printed

    @property
    def access_key(self) -> tuple[str, str]:
        values = dict(line.split(" = ") for line in (self.data / "aws" / "credentials").read_text().splitlines()[1:])
        return values["aws_access_key_id"], values["aws_secret_access_key"]

    @property
    def environment(self) -> dict[str, str]:
        """What makes AWS's clients speak to this installation, and our commands use its data."""
        aws = self.data / "aws"
        return {
            **os.environ,
            "AWS_SHARED_CREDENTIALS_FILE": str(aws / "credentials"),
            "AWS_CONFIG_FILE": str(aws / "config"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "THINGSTEAD_DATA": str(self.data),
        }

    def boto(self, service: str, *, retries: int = 0) -> Any:
        """Answer a boto3 client of `iot`, `iot-data` or `iot-jobs-data`."""
        return _boto(service, self.api, str(self.endpoint["region"]), *self.access_key, retries)

    def device(
        self, thing_name: str | None = None, *, document: Mapping[str, Any] | None = None, active: bool = True
    ) -> Device:
        """Make a thing with a certificate and a policy (by default one that allows everything), all attached."""
        name = thing_name or f"thing-{uuid.uuid4().hex[:8]}"
        iot = self.boto("iot")
        iot.create_thing(thingName=name)
        made = iot.create_keys_and_certificate(setAsActive=active)
        policy = f"{name}-{uuid.uuid4().hex[:6]}"
        iot.create_policy(policyName=policy, policyDocument=json.dumps(document or ALLOW_ALL))
        iot.attach_policy(policyName=policy, target=made["certificateArn"])
        iot.attach_thing_principal(thingName=name, principal=made["certificateArn"])
        folder = self.data / "devices" / made["certificateId"]
        folder.mkdir(parents=True)
        cert, key = folder / "certificate.pem", folder / "private.key"
        cert.write_text(made["certificatePem"])
        key.write_text(made["keyPair"]["PrivateKey"])
        return Device(name, cert, key, self.data / "ca.pem", made["certificateId"], made["certificateArn"], policy)

    def kill(self, part: str) -> None:
        """End a part (gateway, bridge, web, broker) by SIGKILL, with its workers; `up` starts it again."""
        pid = self.pid(part)
        os.killpg(pid, signal.SIGKILL)
        self.wait_for(lambda: self.pid(part) != pid, 10)

    def pid(self, part: str) -> int:
        return int((self.data / "run" / f"{part}.pid").read_text() or 0)

    def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:
        """Ask until the answer is true, and answer it."""
        deadline = time.monotonic() + timeout
        while not (found := predicate()):
            if time.monotonic() > deadline:
                raise AssertionError(f"Not within {timeout} s; the last lines were:\n" + "\n".join(self.lines[-30:]))
            time.sleep(0.02)
        return found

    def manage(self, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py on this installation's data."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=120, check=False, **options
        )

    def stop(self) -> int:
        """End it as Ctrl-C does; answers the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


def free_ports(count: int) -> list[int]:
    """Answer ports that nothing listens on."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def start(data: Path, *flags: str, environment: Mapping[str, str] | None = None) -> Stack:
    """Start an installation and wait until it says that it is ready."""
    names = ("--http-port", "--mqtt-port", "--https-port")
    ports = [] if any(flag.startswith("--http-port") for flag in flags) else free_ports(3)
    chosen = [word for name, port in zip(names, ports, strict=False) for word in (name, str(port))]
    _reuse_static(data)
    command = [sys.executable, str(ROOT / "manage.py"), "up", "--data", str(data), *chosen, *flags]
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    stack = Stack(data, process)
    ready = threading.Event()
    threading.Thread(target=_read, args=(stack, ready), daemon=True).start()
    deadline = time.monotonic() + READY_SECONDS
    while not ready.wait(0.1):
        if process.poll() is not None or time.monotonic() > deadline:
            stack.stop()
            raise AssertionError("The installation did not start:\n" + "\n".join(stack.lines))
    _started.append(data)
    return stack


def _reuse_static(data: Path) -> None:
    """Take the static files from an installation that has collected them already: that takes seconds each time."""
    for other in _started:
        if (other / "static.stamp").is_file() and not data.exists():
            data.mkdir(parents=True)
            shutil.copytree(other / "static", data / "static")
            shutil.copy(other / "static.stamp", data)


def temporary_directory() -> "tempfile.TemporaryDirectory[str]":
    """Make a directory in memory where the system has one: what is tested is not the disk."""
    shared = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="thingstead-", dir=shared if shared.is_dir() else None)


def _read(stack: Stack, ready: threading.Event) -> None:
    assert stack.process.stdout is not None
    with suppress(ValueError), stack.process.stdout as stream:
        for line in stream:
            stack.lines.append(line.rstrip("\n"))
            if READY in line:
                ready.set()


@cache
def _boto(service: str, url: str, region: str, key_id: str, secret: str, retries: int) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": retries}, max_pool_connections=50),
    )

"""A throw-away installation to measure, and one certificate that may do everything in it."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
from django.conf import settings

from iot.management.supervisor import ports

READY = "Thingstead is ready"
END_SECONDS = 8
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}


class NotStarted(Exception):
    """The installation did not come up; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything is."""

    directory: Path
    api: str
    mqtt_port: int
    region: str
    access_key: str
    secret_key: str
    broker_port: int
    broker_user: str
    broker_password: str
    queue_port: int
    certificate: Path
    key: Path

    @property
    def ca(self) -> Path:
        return self.directory / "ca.pem"

    def client(self, service: str) -> Any:
        """Answer a boto3 client."""
        return boto3.client(
            service,
            endpoint_url=self.api,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
        )


@contextmanager
def start(flags: Sequence[str]) -> Iterator[Installation]:
    """Start `manage.py up` with a directory of its own; it ends and is deleted afterwards. Raises NotStarted."""
    with tempfile.TemporaryDirectory(prefix="thingstead-bench-") as directory:
        data = Path(directory) / "data"
        chosen = [word for name in ("--http-port", "--mqtt-port", "--https-port") for word in (name, str(ports.free()))]
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up", "--data", str(data), *chosen, *flags]
        queue_port = ports.free()
        environment = {**os.environ, **_aws(queue_port)}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        try:
            _wait(process)
            # What it says from now on is read, lest it waits for a reader.
            threading.Thread(target=_read_on, args=(process,), daemon=True).start()
            yield _describe(data, queue_port)
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if READY in line:
            return
    process.stdout.close()
    raise NotStarted("".join(said))


def _read_on(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    with suppress(ValueError), process.stdout as stream:
        for _ in stream:
            pass


def _aws(queue_port: int) -> dict[str, str]:
    """What tells boto3 in the installation that SQS is here."""
    endpoint = f"http://127.0.0.1:{queue_port}"
    return {"AWS_ENDPOINT_URL_SQS": endpoint, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}


def _describe(data: Path, queue_port: int) -> Installation:
    endpoint = json.loads((data / "endpoint.json").read_text())
    aws = dict(line.split(" = ", 1) for line in (data / "aws" / "credentials").read_text().splitlines() if "=" in line)
    broker = urlsplit((data / "broker" / "url").read_text().strip())
    installation = Installation(
        directory=data,
        api=endpoint["api"],
        mqtt_port=endpoint["mqtt_port"],
        region=endpoint["region"],
        access_key=aws["aws_access_key_id"],
        secret_key=aws["aws_secret_access_key"],
        broker_port=broker.port or 1883,
        broker_user=unquote(broker.username or ""),
        broker_password=unquote(broker.password or ""),
        queue_port=queue_port,
        certificate=data / "bench.pem",
        key=data / "bench.key",
    )
    register(installation)
    return installation


def register(installation: Installation) -> None:
    """Make the certificate that may do everything."""
    iot = installation.client("iot")
    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.create_policy(policyName="bench", policyDocument=json.dumps(ALLOW_ALL))
    iot.attach_policy(policyName="bench", target=made["certificateArn"])
    installation.certificate.write_text(made["certificatePem"])
    installation.key.write_text(made["keyPair"]["PrivateKey"])

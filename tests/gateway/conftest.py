"""A gateway in this process in front of a real broker, with certificates to connect with."""

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from iot.bridge import outbox
from iot.bridge.client import Client
from iot.core.arn import Scope
from iot.core.message import Message
from iot.gateway.server import Config, Gateway
from iot.services import authorizers, certificates, pki, policies
from iot.services.call import call
from tests.gateway.raw import Raw, client_context, close_streams, dial

SCOPE = Scope("123456789012", "us-east-1")
ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
BROKER = """
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 1000
max_queued_messages 0
max_packet_size 200000
persistence false
log_dest stderr
log_type error
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start_broker(port: int, file: Path) -> subprocess.Popen[bytes]:
    """Start a broker and wait until it listens."""
    path = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin:/usr/bin")
    assert path is not None, "mosquitto is not installed"
    file.write_text(BROKER.format(port=port))
    process = subprocess.Popen([path, "-c", str(file)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            assert time.monotonic() < deadline, "mosquitto did not start"
            time.sleep(0.02)


@pytest.fixture(scope="session")
def broker_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    process = start_broker(port, tmp_path_factory.mktemp("broker") / "mosquitto.conf")
    yield port
    process.terminate()
    process.wait()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("authority")
    pki.create_authority(directory)
    pki.create_server_certificate(directory, ["localhost", "127.0.0.1"])
    return directory


def statement(action: str | list[str], resource: str | list[str], effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@dataclass(slots=True)
class Credentials:
    """A registered certificate with its policy and the files to show it with."""

    certificate_id: str
    arn: str
    policy: str
    context: ssl.SSLContext


@dataclass(slots=True)
class Cloud:
    """A running gateway, a client at the broker beside it, and what that client has heard."""

    gateway: Gateway
    config: Config
    directory: Path
    client: Client
    heard: list[Message] = field(default_factory=list)
    number: int = 0

    @property
    def port(self) -> int:
        return self.gateway.ports[0]

    @property
    def https_port(self) -> int:
        return self.gateway.ports[1]

    async def certificate(self, document: str | dict[str, Any] = ALL, *, active: bool = True) -> Credentials:
        self.number += 1
        name = f"policy-{self.number}"
        key = ec.generate_private_key(ec.SECP256R1())
        pem = pki.issue_device_certificate(self.directory, key.public_key())
        files = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        files[0].write_text(pem)
        files[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        text = document if isinstance(document, str) else json.dumps(document)
        row = await call(certificates.register, SCOPE, pem=pem, status="ACTIVE" if active else "INACTIVE")
        await call(policies.create_policy, SCOPE, policy_name=name, policy_document=text)
        await call(policies.attach_policy, SCOPE, policy_name=name, target=row.arn)
        return Credentials(row.certificate_id, row.arn, name, client_context(self.directory / "ca.pem", *files))

    async def device(
        self, client_id: str, credentials: Credentials | None = None, *, version: int = 5, **options: Any
    ) -> Raw:
        """Connect a device and demand that it is accepted."""
        credentials = credentials or await self.certificate()
        raw = await dial(self.port, credentials.context, version=version)
        answer = await raw.connect(client_id, **options)
        assert answer is not None
        assert answer.body[1] == 0
        return raw

    async def event(self, topic: str, **members: Any) -> dict[str, Any]:
        """Wait for a message on a topic whose JSON has these members."""

        def find() -> dict[str, Any] | None:
            for message in self.heard:
                if message.topic == topic:
                    body: dict[str, Any] = json.loads(message.payload)
                    if members.items() <= body.items():
                        return body
            return None

        found: dict[str, Any] = await until(find)
        return found


async def until(find: Callable[[], Any], timeout: float = 8.0) -> Any:
    """Ask again and again until there is an answer."""
    deadline = asyncio.get_running_loop().time() + timeout
    while not (found := find()):
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)
    return found


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:decide"


class Function:
    """A function that answers what the test says, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {
            "isAuthenticated": True,
            "principalId": "user1",
            "policyDocuments": [ALL],
            "disconnectAfterInSeconds": 3600,
            "refreshAfterInSeconds": 300,
        }


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    found = Function()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            body = json.dumps(found.answer).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    yield found
    server.shutdown()
    server.server_close()


async def make_authorizer(name: str = "gate", **options: Any) -> None:
    given = {"signing_disabled": True, "status": "ACTIVE", **options}
    await call(authorizers.create_authorizer, SCOPE, authorizer_name=name, authorizer_function_arn=FUNCTION, **given)


@pytest.fixture(autouse=True)
async def _no_stream_stays_open() -> AsyncIterator[None]:
    yield
    await close_streams()


@pytest.fixture
async def open_cloud(
    transactional_db: None, broker_port: int, authority: Path, settings: Any
) -> AsyncIterator[Callable[..., Awaitable[Cloud]]]:
    """Start gateways as a test wants them; all are stopped in the end."""
    settings.DATA_DIR = authority
    clouds: list[Cloud] = []

    async def start(**changes: Any) -> Cloud:
        config = Config(
            scope=SCOPE,
            broker_url=f"mqtt://127.0.0.1:{broker_port}",
            directory=authority,
            host="127.0.0.1",
            mqtt_port=0,
            https_port=0,
            own_group="ours",
        )
        config = replace(config, **changes)
        gateway = Gateway(config)
        heard: list[Message] = []

        async def hear(message: Message) -> None:
            heard.append(message)

        client = Client(config.broker_url, f"$test-{len(clouds)}-{time.monotonic_ns()}", on_message=hear)
        await client.connect()
        await client.subscribe("$aws/events/#", "$seen/#", "#")
        await gateway.start()
        outbox.attach(client, asyncio.get_running_loop())
        cloud = Cloud(gateway, config, authority, client, heard)
        clouds.append(cloud)
        return cloud

    yield start
    await close_streams()
    for cloud in clouds:
        await cloud.gateway.stop()
        await cloud.client.close()
    outbox.detach()


@pytest.fixture
async def cloud(open_cloud: Callable[..., Awaitable[Cloud]]) -> Cloud:
    return await open_cloud()

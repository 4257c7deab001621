"""The running installation as bench sees one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from iot.management.bench import alone
from iot.management.bench.installation import Installation, register
from iot.management.bench.measures import PUBLISHERS, Load
from tests.stack import Stack


@pytest.fixture(scope="session")
def load(place: Installation) -> Iterator[Load]:
    with alone.start(place) as port:
        yield Load(place, port, PUBLISHERS * 10)


@pytest.fixture(scope="session")
def place(stack: Stack, queue_port: int, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    from urllib.parse import urlsplit

    key_id, secret = stack.access_key
    broker, folder = urlsplit(stack.broker_url), Path(tmp_path_factory.mktemp("bench"))
    described = json.loads((stack.data / "endpoint.json").read_text())
    place = Installation(
        directory=stack.data,
        api=described["api"],
        mqtt_port=stack.mqtt_port,
        region=described["region"],
        access_key=key_id,
        secret_key=secret,
        broker_port=broker.port or 0,
        broker_user=broker.username or "",
        broker_password=broker.password or "",
        queue_port=queue_port,
        certificate=folder / "bench.pem",
        key=folder / "bench.key",
    )
    register(place)
    return place

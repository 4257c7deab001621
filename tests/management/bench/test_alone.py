"""The broker alone is the installation's broker with TLS of its own."""

from pathlib import Path

import pytest

from iot.management.bench import alone
from iot.management.bench.blast import Connection, Failed, Route
from iot.management.bench.installation import Installation
from iot.management.bench.measures import Load
from tests.gateway.raw import client_context


async def test_it_lets_certificates_of_the_installation_in_and_nobody_else(load: Load) -> None:
    known = Connection("alone-known")
    await known.open(load.alone)
    known.close()
    bare = Connection("alone-bare")
    with pytest.raises((Failed, OSError)):
        await bare.open(Route(load.alone_port, client_context(load.installation.ca)))
    bare.close()


def test_its_configuration_is_the_installations_but_for_the_listeners(place: Installation, tmp_path: Path) -> None:
    own = (place.directory / "broker" / "mosquitto.conf").read_text()
    text = alone.configuration(own, place, tmp_path / "mosquitto.conf", 4711)
    kept = [line for line in own.splitlines() if line.startswith(("max_", "set_tcp_nodelay", "autosave", "queue_"))]
    assert kept
    assert set(kept) <= set(text.splitlines())
    assert [line for line in text.splitlines() if line.startswith("listener")] == ["listener 4711 127.0.0.1"]
    assert f"{place.directory / 'broker'}" not in text

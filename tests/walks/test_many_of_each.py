"""Two gateways, two bridges and two webs on two hosts, one broker, PostgreSQL: one cloud, whichever of them dies."""

import asyncio
import getpass
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from iot.management.broker.mosquitto import configuration, find, password_line
from iot.management.devices.client import Device as Client
from tests.hosts import Host, two_hosts
from tests.postgres import running_postgres
from tests.stack import ROOT, Device, Stack, free_ports, start, temporary_directory
from tests.traffic import Gateway, Sender, Watcher, connect, until

PARTS = ("gateway", "bridge", "web")
READY_SECONDS = 60
RATE, COUNT = 100, 1500
ROLE = "arn:aws:iam::123456789012:role/r"


@dataclass
class Site:
    """One host with a gateway, a bridge and a web of its own."""

    host: Host
    number: int
    environment: dict[str, str]
    processes: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)

    @property
    def gateway(self) -> Gateway:
        return self.host.address, int(self.environment["THINGSTEAD_MQTT_PORT"])

    @property
    def api(self) -> str:
        return f"http://{self.host.address}:{self.environment['THINGSTEAD_HTTP_PORT']}/api"

    def start(self, part: str) -> None:
        """Start a part and wait until it serves."""
        words = [part, "--number", str(self.number)] if part == "bridge" else [part]
        command = [*self.host.enter, sys.executable, str(ROOT / "manage.py"), *words]
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True)
        self.processes[part] = process
        ready = threading.Event()
        threading.Thread(target=_read, args=(process, ready), daemon=True).start()
        assert ready.wait(READY_SECONDS), f"{part} {self.number} does not serve"

    def kill(self, part: str) -> None:
        """End a part by SIGKILL and start another in its place."""
        self.processes[part].kill()
        self.processes[part].wait(10)
        self.start(part)

    def end(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(10)


@dataclass(frozen=True, slots=True)
class Cloud:
    """The two sites, which share what `prepared` made at its start: keys, the authority, the tables."""

    sites: tuple[Site, Site]
    prepared: Stack

    def boto(self, site: Site, service: str) -> Any:
        key_id, secret = self.prepared.access_key
        return boto3.client(
            service,
            endpoint_url=site.api,
            region_name="us-east-1",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
        )

    def device(self) -> Device:
        """Make a device, at the first site."""
        return self.prepared.device()


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with ExitStack() as held:
        hosts = held.enter_context(two_hosts())
        here = sorted({host.here for host in hosts} | {"127.0.0.1"})
        postgres = held.enter_context(running_postgres(here))
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as administration:
            administration.execute("CREATE DATABASE thingstead")
        broker = held.enter_context(_broker(here))
        folder = Path(held.enter_context(temporary_directory()))
        prepared = start(
            folder / "data",
            environment={
                "DATABASE_URL": postgres.url("thingstead"),
                "BROKER_URL": f"mqtt://thingstead:secret@127.0.0.1:{broker}",
            },
        )
        prepared.stop()
        sites = tuple(_site(host, number, prepared, postgres.port, broker) for number, host in enumerate(hosts))
        described = {**prepared.endpoint, "api": sites[0].api}
        (prepared.data / "endpoint.json").write_text(json.dumps(described))
        for site in sites:
            held.callback(site.end)
            for part in PARTS:
                site.start(part)
        yield Cloud((sites[0], sites[1]), prepared)


async def test_what_one_site_makes_the_other_knows(cloud: Cloud) -> None:
    first, second = cloud.sites
    device, other = cloud.device(), cloud.device()
    watcher = Watcher(second.gateway, other, "sites/numbers")
    async with watcher:
        sender = Sender(first.gateway, device, "sites/numbers", rate=50, count=50)
        await sender.run()
        await until(lambda: len(watcher.received) == 50)
    thing = await asyncio.to_thread(cloud.boto(second, "iot").describe_thing, thingName=device.thing)
    assert thing["thingName"] == device.thing


async def test_a_shadow_changed_at_one_site_reaches_the_device_at_the_other(cloud: Cloud) -> None:
    first, second = cloud.sites
    device = cloud.device()
    arrived: list[str] = []
    client = await connect(second.gateway, device, lambda message: arrived.append(message.topic))
    delta = f"$aws/things/{device.thing}/shadow/update/delta"
    await client.subscribe(delta)
    update = cloud.boto(first, "iot-data").update_thing_shadow
    await asyncio.to_thread(update, thingName=device.thing, payload=b'{"state":{"desired":{"led":"on"}}}')
    await until(lambda: delta in arrived)
    await client.close()


async def test_a_certificate_deactivated_at_one_site_is_out_at_the_other_within_five_seconds(cloud: Cloud) -> None:
    first, second = cloud.sites
    device = cloud.device()
    client: Client = await connect(second.gateway, device)
    update = cloud.boto(first, "iot").update_certificate
    await asyncio.to_thread(update, certificateId=device.certificate_id, newStatus="INACTIVE")
    await asyncio.wait_for(client.ended.wait(), 5)
    await client.close()


async def test_killing_any_part_of_any_site_loses_no_acknowledged_message(cloud: Cloud) -> None:
    name = f"many_{uuid.uuid4().hex[:8]}"
    payload = {
        "sql": f"SELECT number FROM '{name}/in'",
        "actions": [{"republish": {"roleArn": ROLE, "topic": f"{name}/out", "qos": 1}}],
    }
    iot = cloud.boto(cloud.sites[0], "iot")
    await asyncio.to_thread(iot.create_topic_rule, ruleName=name, topicRulePayload=payload)
    first, second = cloud.sites
    async with Watcher(second.gateway, cloud.device(), f"{name}/out") as watcher:
        sender = Sender(first.gateway, cloud.device(), f"{name}/in", rate=RATE, count=COUNT)
        sending = asyncio.create_task(sender.run())
        for site in cloud.sites:
            for part in PARTS:
                reached = len(sender.acknowledged) + RATE // 2
                await until(partial(_acknowledged, sender, reached, sending))
                await asyncio.to_thread(site.kill, part)
        await sending
        assert len(sender.acknowledged) > COUNT // 3
        await until(lambda: sender.acknowledged <= watcher.received, 60)


def _acknowledged(sender: Sender, number: int, sending: "asyncio.Task[None]") -> bool:
    return len(sender.acknowledged) > number or sending.done()


def _read(process: "subprocess.Popen[str]", ready: threading.Event) -> None:
    assert process.stdout is not None
    with process.stdout as stream:
        for line in stream:
            if line.startswith("ready"):
                ready.set()


def _site(host: Host, number: int, prepared: Stack, postgres: int, broker: int) -> Site:
    ports = dict(zip(("HTTP", "MQTT", "HTTPS"), free_ports(3), strict=True))
    return Site(
        host,
        number,
        {
            **os.environ,
            "THINGSTEAD_DATA": str(prepared.data),
            "THINGSTEAD_HOST": host.address,
            **{f"THINGSTEAD_{name}_PORT": str(port) for name, port in ports.items()},
            "DATABASE_URL": f"postgresql://thingstead@{host.here}:{postgres}/thingstead",
            "BROKER_URL": f"mqtt://thingstead:secret@{host.here}:{broker}",
        },
    )


@contextmanager
def _broker(addresses: list[str]) -> Iterator[int]:
    mosquitto = find()
    assert mosquitto is not None
    (port,) = free_ports(1)
    with temporary_directory() as name:
        folder = Path(name)
        (folder / "passwords").write_text(password_line("thingstead", "secret"))
        text = configuration(mosquitto, folder, port, getpass.getuser())
        listeners = [f"listener {port} {address}\n" for address in addresses if address != "127.0.0.1"]
        (folder / "mosquitto.conf").write_text(text + "".join(listeners))
        process = subprocess.Popen([mosquitto.path, "-c", str(folder / "mosquitto.conf")], stderr=subprocess.DEVNULL)
        try:
            yield port
        finally:
            process.terminate()
            process.wait(10)

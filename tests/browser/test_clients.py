"""A client's page in Chromium while the client is connected, and what was refused to it on the monitoring page."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import expect

from tests.browser.console import BrowserConsole
from tests.stack import Stack

WAIT = 15_000
MAY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["iot:Connect", "iot:Subscribe", "iot:Receive"], "Resource": "*"},
        {"Effect": "Allow", "Action": "iot:Publish", "Resource": "arn:aws:iot:*:*:topic/*/last/words"},
    ],
}


@contextmanager
def device(stack: Stack, name: str) -> Iterator[mqtt.Client]:
    """A device with a session and a will that may publish nothing else."""
    files = stack.device(name, document=MAY)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv311, clean_session=False)
    client.tls_set(str(files.ca), str(files.cert), str(files.key))
    client.will_set(f"{name}/last/words", b"bye", qos=1)
    client.connect("localhost", stack.mqtt_port, keepalive=45)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def test_session_will_and_flow_are_shown_and_refusals_are_told_by_client(
    console: BrowserConsole,
) -> None:
    name = f"client-{uuid.uuid4().hex[:6]}"
    with device(console.stack, name) as client:
        console.stack.wait_for(client.is_connected, 15)
        client.subscribe(f"{name}/#", 1)
        found = console.stack.wait_for(lambda: _connected(console, name), 15)
        assert found is not None
        page = console.page
        facts = page.locator("dl.facts").first
        for words in ("MQTT 3.1.1", "45 seconds", "asking to go on", f"{name}/last/words", "QoS 1"):
            expect(facts).to_contain_text(words)
        expect(page.locator("#flow")).to_contain_text("messages the broker has not taken", timeout=WAIT)
        expect(page.locator("#flow")).to_contain_text("not counted for MQTT 3.1.1")
        console.audit()
        client.publish(f"{name}/no", b"x", qos=0)
        link = page.locator("#by-client").get_by_role("link", name=name)
        console.stack.wait_for(lambda: bool(console.open("/monitoring/") and link.count()), 15)
        expect(page.locator("#by-client")).to_contain_text("What no statement of its policies allows is forbidden.")
        console.audit()
        link.click()
        expect(page.locator("#rows")).to_contain_text(f"{name}/no")


def _connected(console: BrowserConsole, name: str) -> bool:
    """Say whether the page of a client is there and has its facts."""
    answer = console.page.goto(f"{console.stack.http}/clients/{name}/")
    return answer is not None and answer.status == 200

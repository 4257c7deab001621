"""Takes the pictures of the README: a fresh installation, simulated devices, a browser that goes through the pages."""

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

READY_SECONDS = 90
WIDTH, HEIGHT = 1280, 800
SQL = "SELECT topic(2) AS thing, temperature, timestamp() AS at FROM 'devices/+/telemetry' WHERE temperature > 19"
ALERT = {"republish": {"roleArn": "arn:aws:iam::123456789012:role/rules", "topic": "alerts/${topic(2)}", "qos": 1}}
PAGES: Mapping[str, tuple[str, str]] = {
    "overview": ("/", "light"),
    "thing": ("/things/sensor-0005/", "light"),
    "live": ("/messages/?filter=0:devices/%23&filter=1:$aws/things/%2B/shadow/update/accepted", "dark"),
    "rule": ("/rules/hot/edit/", "light"),
    "things": ("/things/?open=sensor-0005", "light"),
    "trace": ("/monitoring/trace/?kind=rule&name=hot", "dark"),
}


class Command(BaseCommand):
    help = "Take the pictures of the README in a browser. Needs Chromium and the development packages."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--to", default="docs/screenshots", help="where the pictures go (default: %(default)s)")
        parser.add_argument("--only", choices=list(PAGES), action="append", help="only this picture; may be repeated")
        parser.add_argument(
            "--seconds", type=int, default=75, help="how long devices talk before (default: %(default)s)"
        )
        parser.add_argument("--url", help="the console of a running installation, instead of a fresh one")
        parser.add_argument("--password", default="", help="its admin's password")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended too
        folder = Path(options["to"])
        folder.mkdir(parents=True, exist_ok=True)
        names = options["only"] or list(PAGES)
        if options["url"]:
            take(options["url"].rstrip("/"), options["password"], folder, names)
        else:
            with installation() as (url, password, directory):
                self.stdout.write("Devices talk for a while …")
                with devices(directory, options["seconds"]):
                    wish(directory)
                    take(url, password, folder, names)
        for name in names:
            file = folder / f"{name}.png"
            self.stdout.write(f"{file} {file.stat().st_size // 1024} kB")


def take(url: str, password: str, folder: Path, names: list[str]) -> None:
    """Log in and take a picture of each page once it has settled."""
    try:
        from playwright.sync_api import sync_playwright  # a development package
    except ImportError:
        raise CommandError(
            "Taking pictures needs the development packages: pip install -r requirements-dev.lock"
        ) from None
    chromium = os.environ.get("CONSOLE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise CommandError("Taking pictures needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-dev-shm-usage"])
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
        page = context.new_page()
        page.goto(f"{url}/login/")
        page.fill("[name=username]", "admin")
        page.fill("[name=password]", password)
        page.click("form button.primary")
        page.wait_for_url(f"{url}/")
        for name in names:
            path, theme = PAGES[name]
            context.add_cookies([{"name": "theme", "value": theme, "url": url}])
            page.goto(url + path)
            page.wait_for_timeout(4000)
            page.screenshot(path=folder / f"{name}.png")
        browser.close()


@contextmanager
def installation() -> Iterator[tuple[str, str, Path]]:
    """Start an installation with fresh data and things to see; answers its URL, password and directory."""
    password = secrets.token_urlsafe(12)
    with tempfile.TemporaryDirectory(prefix="thingstead-") as directory:
        data = Path(directory) / "data"
        ports = free_ports(3)
        flags = [f"--{name}-port={port}" for name, port in zip(("http", "mqtt", "https"), ports, strict=True)]
        process = _manage(data, "up", *flags, environment={"THINGSTEAD_ADMIN_PASSWORD": password})
        try:
            _wait_until_ready(process)
            furnish(data)
            yield f"http://127.0.0.1:{ports[0]}", password, data
        finally:
            process.terminate()
            process.wait(15)


@contextmanager
def devices(data: Path, seconds: int) -> Iterator[None]:
    """Let devices publish for a while before, and go on during the pictures."""
    talking = ("--things", "12", "--rate", "18", "--seconds", str(seconds + 120), "--prefix", "sensor")
    process = _manage(data, "simulate", *talking)
    try:
        time.sleep(seconds)
        yield
    finally:
        process.terminate()
        process.wait(30)


def furnish(data: Path) -> None:
    """Make what the pictures show beside the devices: a type, groups, a rule."""
    iot = _client(data, "iot")
    iot.create_thing_type(thingTypeName="thermometer")
    for name, parent in (("plant", None), ("hall-1", "plant")):
        iot.create_thing_group(thingGroupName=name, **({"parentGroupName": parent} if parent else {}))
    payload = {"sql": SQL, "awsIotSqlVersion": "2016-03-23", "actions": [ALERT], "description": "Warm sensors"}
    iot.create_topic_rule(ruleName="hot", topicRulePayload=payload)


def wish(data: Path) -> None:
    """Put one of the devices into a group and want things of it, some of which it does not know."""
    iot, shadows = _client(data, "iot"), _client(data, "iot-data")
    attributes = {"attributes": {"hall": "1", "serial": "48213"}}
    iot.update_thing(thingName="sensor-0005", thingTypeName="thermometer", attributePayload=attributes)
    iot.add_thing_to_thing_group(thingGroupName="hall-1", thingName="sensor-0005")
    reported = {"battery": 87, "firmware": "2.4.1", "network": {"rssi": -61, "ssid": "plant"}}
    desired = {"interval": 5, "firmware": "2.5.0", "alarm": {"above": 30}}
    for state in ({"reported": reported}, {"desired": desired}):
        shadows.update_thing_shadow(thingName="sensor-0005", payload=json.dumps({"state": state}))


def free_ports(count: int) -> list[int]:
    """Answer ports of this machine that nothing listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _client(data: Path, service: str) -> Any:
    endpoint = json.loads((data / "endpoint.json").read_text())
    lines = (data / "aws" / "credentials").read_text().splitlines()
    keys = dict(line.split(" = ") for line in lines if " = " in line)
    return boto3.client(service, endpoint_url=endpoint["api"], region_name=endpoint["region"], **keys)


def _manage(data: Path, *words: str, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words, "--data", str(data)]
    return subprocess.Popen(
        command,
        env={**os.environ, "THINGSTEAD_DATA": str(data), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_until_ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    deadline = time.monotonic() + READY_SECONDS
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "is ready" in line:
            return
        if time.monotonic() > deadline:
            break
    raise CommandError("The installation did not start:\n" + "".join(lines))

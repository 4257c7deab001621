"""manage.py up: a whole installation on this machine, from nothing to a page that answers."""

import argparse
import asyncio
import fcntl
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.markup import escape

from iot.management.broker import files, mosquitto
from iot.management.broker.mosquitto import Mosquitto
from iot.management.supervisor import database, ports, supervisor
from iot.management.supervisor.part import Plan
from iot.services import installation
from iot.services.installation import Place

MANAGE = Path(settings.BASE_DIR) / "manage.py"
INSTALL = "apt-get install mosquitto (Debian, Ubuntu) or brew install mosquitto (macOS)"

# Mosquitto says so at each connection over its Unix socket, and to whoever keeps the data directory to root alone.
NOISE = ("Warning: Unable to set TCP_NODELAY", "Warning: Mosquitto should not be run as root")


class Command(BaseCommand):
    help = (
        "Start Thingstead on this machine: the broker, the gateway that devices connect to, the bridge and the web "
        "console. The first start makes all that is missing and prints the admin's password; Ctrl-C ends everything."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--data", metavar="DIR", help="the data directory (default: ./var beside manage.py)")
        parser.add_argument("--host", default=settings.HOST, help="the address to listen on (default: %(default)s)")
        for name, port, what in (
            ("http", settings.HTTP_PORT, "console and API"),
            ("mqtt", settings.MQTT_PORT, "devices, MQTT over TLS"),
            ("https", settings.HTTPS_PORT, "devices, HTTPS and MQTT over WebSocket"),
        ):
            parser.add_argument(
                f"--{name}-port", type=int, default=port, metavar="PORT", help=f"{what} (default: %(default)s)"
            )
        parser.add_argument(
            "--endpoint",
            action="append",
            default=[],
            metavar="NAME",
            help="a name or address that devices use for this machine; the first one is handed out (may be repeated)",
        )
        parser.add_argument("--gateway-workers", type=int, default=1, metavar="N", help="gateway processes")
        parser.add_argument("--web-workers", type=int, default=1, metavar="N", help="web processes")
        parser.add_argument(
            "--durable", action="store_true", help="the broker saves each message before the next one (slow)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)
        place = _place(options)
        broker = _broker()
        installation.prepare_directory(place)
        with _alone(place.directory):
            _demand_ports(place)
            if installation.prepare(place):
                # What was just made is what the settings are read from.
                os.execv(sys.executable, [sys.executable, str(MANAGE), *sys.argv[1:]])
            console = Console(highlight=False, soft_wrap=True)
            _prepare_database(place, console)
            first = _broker_plan(place, broker, durable=options["durable"])
            _raise_file_limit()
            run = place.directory / "run"
            run.mkdir(mode=0o700, exist_ok=True)
            socket = mosquitto.socket_path(place.directory / "broker") if broker else None
            saves_late = options["durable"] and broker is not None and broker.database is None
            plans = _plans(options, _environment(place, "" if socket is None else str(socket), saves_late))
            try:
                asyncio.run(
                    supervisor.run(
                        first,
                        plans,
                        run,
                        say=partial(_say, console),
                        when_ready=lambda: _summarize(place, broker, console),
                    )
                )
            except supervisor.Failed as error:
                raise CommandError(str(error)) from None


def _place(options: dict[str, Any]) -> Place:
    endpoints = tuple(options["endpoint"])
    if not endpoints and settings.ENDPOINT != "localhost":
        endpoints = (settings.ENDPOINT,)
    return Place(
        settings.DATA_DIR,
        options["host"],
        options["http_port"],
        options["mqtt_port"],
        options["https_port"],
        settings.SCOPE,
        endpoints,
        settings.URL_PREFIX,
    )


def _broker() -> Mosquitto | None:
    if os.environ.get("BROKER_URL"):
        return None
    found = mosquitto.find()
    if found is None:
        raise CommandError(f"There is no Mosquitto on this machine: {INSTALL}; or name another broker in BROKER_URL.")
    return found


def _demand_ports(place: Place) -> None:
    flags = {"--http-port": place.http_port, "--mqtt-port": place.mqtt_port, "--https-port": place.https_port}
    try:
        ports.demand_free(place.host, flags)
    except ports.Taken as error:
        raise CommandError(str(error)) from None


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the data directory for ourselves; the lock ends with the process."""
    with (directory / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(f"Thingstead is running already with the data in {directory}.") from None
        yield


def _prepare_database(place: Place, console: Console) -> None:
    database.migrate()
    password = installation.create_admin(place, os.environ.get("THINGSTEAD_ADMIN_PASSWORD", ""))
    installation.write_credentials(place)
    database.collect_static(MANAGE, Path(settings.STATIC_ROOT))
    if password:
        console.print(f"Sign in as [bold]{installation.ADMIN}[/bold] with the password [bold]{password}[/bold]")
        console.print("It is shown this once; ./thingstead changepassword admin sets another one.\n")
    if not place.is_loopback and (settings.DEBUG or installation.has_first_password(place)):
        raise CommandError(
            f"Others could reach {place.host}, and the admin still has the password that was made up at the first "
            "start. Set one of your own with ./thingstead changepassword admin, then start again."
        )


def _broker_plan(place: Place, broker: Mosquitto | None, *, durable: bool) -> Plan | None:
    return None if broker is None else files.prepare(place.directory / "broker", broker, durable=durable)


def _plans(options: dict[str, Any], environment: dict[str, str]) -> list[Plan]:
    webs = [("web" if number == 1 else f"web-{number}", "web") for number in range(1, options["web_workers"] + 1)]
    parts = [("gateway", "gateway", "--workers", str(options["gateway_workers"])), ("bridge", "bridge"), *webs]
    return [Plan(name, (sys.executable, str(MANAGE), *command), environment) for name, *command in parts]


def _environment(place: Place, broker_socket: str, saves_late: bool) -> dict[str, str]:
    return {
        "THINGSTEAD_DATA": str(place.directory),
        "THINGSTEAD_HOST": place.host,
        "THINGSTEAD_HTTP_PORT": str(place.http_port),
        "THINGSTEAD_MQTT_PORT": str(place.mqtt_port),
        "THINGSTEAD_HTTPS_PORT": str(place.https_port),
        "THINGSTEAD_ENDPOINT": place.mqtt_host,
        "THINGSTEAD_HOSTS": ",".join((*installation.server_names(place), os.environ.get("THINGSTEAD_HOSTS", ""))),
        "BROKER_SOCKET": broker_socket,
        "BROKER_BARRIER": "1" if saves_late else "",
        "BRIDGE_ALONE": "" if os.environ.get("BROKER_URL") else "1",
        "PYTHONUNBUFFERED": "1",
    }


def _say(console: Console, name: str, text: str) -> None:
    if not any(noise in text for noise in NOISE):
        console.print(f"[dim]{name:>8} │[/dim] {escape(text)}")


def _raise_file_limit() -> None:
    """Allow as many open files as this user may have: a device takes two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else max(soft, 1_048_576)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _summarize(place: Place, broker: Mosquitto | None, console: Console) -> None:
    aws = place.directory / "aws"
    rows = {
        "Console": f"{place.http}/",
        "AWS API": f"{place.http}/api",
        "AWS clients": f"export AWS_SHARED_CREDENTIALS_FILE='{aws / 'credentials'}' AWS_CONFIG_FILE='{aws / 'config'}'",
        "Devices": f"mqtts://{place.mqtt_host}:{place.mqtt_port}   https://{place.mqtt_host}:{place.https_port}",
        "Trust": str(place.directory / "ca.pem"),
        "Data": str(place.directory),
        "Broker": "BROKER_URL" if broker is None else "; ".join((broker.name, *broker.lacks)),
        "Stop": "Ctrl-C",
    }
    console.print("[bold green]Thingstead is ready.[/bold green]")
    for name, value in rows.items():
        console.print(f"  [bold]{name:<12}[/bold] {escape(value)}")

"""manage.py simulate: made-up devices against a running installation."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from iot.management.devices import fleet
from iot.management.devices.fleet import Identity
from iot.management.simulate import running
from iot.management.simulate.running import Figures, Target
from iot.services.installation import LOOPBACK

MOST_THINGS = 10_000
HIGHEST_RATE = 50_000.0
LONGEST = 24 * 3600.0
POLICY = "simulated-devices"


class Command(BaseCommand):
    help = (
        "Let devices publish to devices/THING/telemetry and answer changes of their shadows, each with a certificate "
        "of its own, against the Thingstead that runs with this data directory."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--things", type=_number(int, 1, MOST_THINGS), default=10, metavar="N", help="how many")
        parser.add_argument(
            "--rate",
            type=_number(float, 0.01, HIGHEST_RATE),
            default=10.0,
            metavar="R",
            help="messages/s, all together",
        )
        parser.add_argument(
            "--seconds", type=_number(float, 1, LONGEST), default=30.0, metavar="S", help="for how long"
        )
        parser.add_argument("--prefix", default="simulated", help="how the things' names begin (default: %(default)s)")
        parser.add_argument("--address", help="where the gateway is, if not on this machine")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        target, console = _target(options["address"]), Console(stderr=True)
        identities = _register(console, options["prefix"], options["things"])
        figures = Figures()
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        ) as progress:
            total = max(1, round(options["rate"] * options["seconds"]))
            task = progress.add_task("Publishing", total=total)
            try:
                asyncio.run(
                    running.run(
                        target,
                        identities,
                        rate=options["rate"],
                        seconds=options["seconds"],
                        figures=figures,
                        tell=lambda: progress.update(
                            task,
                            completed=figures.acknowledged,
                            description=f"{figures.connected} of {len(identities)} connected",
                        ),
                    )
                )
            except KeyboardInterrupt:
                console.print("Ended early.")
        _summarize(self.stdout, figures, len(identities), as_json=options["json"])
        if not figures.acknowledged or figures.connected < len(identities):
            sys.exit(1)


def _register(console: Console, prefix: str, count: int) -> list[Identity]:
    names = [f"{prefix}-{number:04}" for number in range(count)]
    folder = settings.DATA_DIR / "simulated"
    with Progress(TextColumn("Registering"), BarColumn(), MofNCompleteColumn(), console=console) as progress:
        task = progress.add_task("", total=count)
        found = []
        made = fleet.prepare(settings.SCOPE, folder, names, policy_name=POLICY, document=fleet.policy(settings.SCOPE))
        for identity in made:
            found.append(identity)
            progress.advance(task)
    return found


def _target(address: str | None) -> Target:
    path = settings.DATA_DIR / "endpoint.json"
    if not path.is_file():
        raise CommandError(f"There is no installation in {settings.DATA_DIR}; start one with ./thingstead up")
    endpoint = json.loads(path.read_text())
    host = "127.0.0.1" if settings.HOST in (*LOOPBACK, "0.0.0.0", "::") else settings.HOST
    return Target(address or host, endpoint["mqtt_port"], endpoint["mqtt_host"], settings.DATA_DIR / "ca.pem")


def _summarize(out: Any, figures: Figures, things: int, *, as_json: bool) -> None:
    summary = {
        "things": things,
        "connected": figures.connected,
        "reconnects": figures.reconnects,
        "published": figures.published,
        "acknowledged": figures.acknowledged,
        "deltas_answered": figures.deltas,
        "failures": figures.failed,
        "p50_ms": round(figures.latency(0.5) * 1000, 2) if figures.latencies else None,
        "p99_ms": round(figures.latency(0.99) * 1000, 2) if figures.latencies else None,
        "reasons": sorted(figures.reasons),
    }
    if as_json:
        out.write(json.dumps(summary))
        return
    table = Table(title="Simulated devices", show_header=False)
    for name, value in summary.items():
        text = "; ".join(value) if isinstance(value, list) else str(value)
        if text:
            table.add_row(name.replace("_", " "), text)
    Console(file=out, soft_wrap=True).print(table)


def _number(kind: type[int] | type[float], least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = kind(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not between {least:g} and {most:g}")
        return value

    read.__name__ = "number"
    return read

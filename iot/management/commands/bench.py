"""manage.py bench: measure this machine with an installation of its own."""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from iot.gateway.server import raise_descriptor_limit
from iot.management.bench import alone, blast, http, installation, report
from iot.management.bench.measures import PUBLISHERS, Load


class Command(BaseCommand):
    help = (
        "Start a throw-away installation on free ports, load it, and print medians as a table and as JSON. The load "
        "comes from this machine too and takes its share of the processors."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, default=20_000, metavar="N", help="in each run (default: 20000)")
        parser.add_argument("--runs", type=int, default=3, metavar="N", help="of which the median counts (default: 3)")
        parser.add_argument("--only", metavar="WORDS", help="only measures whose name holds these words")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the JSON to a file")
        parser.add_argument("--gateway-workers", type=int, default=1, metavar="N")
        parser.add_argument("--web-workers", type=int, default=1, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        # The installation is to end with us, not to be left behind.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        console = Console(stderr=True)
        if options["messages"] < PUBLISHERS or options["runs"] < 1:
            raise CommandError(f"--messages must be {PUBLISHERS} or more, and --runs 1 or more")
        items = [item for item in report.ITEMS if (options["only"] or "").lower() in item.name.lower()]
        if not items:
            raise CommandError(f"Nothing is called {options['only']}: {', '.join(item.name for item in report.ITEMS)}")
        flags = [
            word
            for name in ("gateway-workers", "web-workers")
            for word in (f"--{name}", str(options[name.replace("-", "_")]))
        ]
        try:
            raise_descriptor_limit()
            with console.status("Starting"), installation.start(flags) as place, alone.start(place) as port:
                load = Load(place, port, options["messages"] // PUBLISHERS * PUBLISHERS)
                found = report.run(load, items, options["runs"], lambda name: console.print(f"measuring {name}"))
        except (installation.NotStarted, blast.Failed, http.Failed) as error:
            raise CommandError(str(error)) from None
        Console(file=sys.stdout, width=150).print(report.table(found))
        text = json.dumps(found, indent=2)
        if options["json"]:
            options["json"].write_text(text + "\n")
        else:
            self.stdout.write(text)

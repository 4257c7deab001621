"""manage.py load-things: fill the registry with as many things as asked, to see how it behaves at size."""

import argparse
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from iot.services import bulk_things, table_statistics

SITES = 100


class Command(BaseCommand):
    help = (
        "Create COUNT things named PREFIX-00000000 onwards, with the attributes serial, site (one of 100) and model. "
        "Things that exist are left alone, so an interrupted run can simply be repeated."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("count", type=int, help="how many things")
        parser.add_argument("--prefix", default="thing", help="how their names begin (default: thing)")
        parser.add_argument("--type", dest="thing_type", help="a thing type for them; made when it does not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        count, started = options["count"], time.monotonic()
        columns = (TextColumn("Creating things"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("", total=count)
            things = _things(options["prefix"], count)
            for size in bulk_things.create_things(settings.SCOPE, things, thing_type_name=options["thing_type"]):
                progress.advance(task, size)
        table_statistics.refresh()
        seconds = time.monotonic() - started
        self.stdout.write(f"{count} things in {seconds:.1f} s ({count / seconds:,.0f}/s)")


def _things(prefix: str, count: int) -> Iterator[tuple[str, dict[str, str]]]:
    for number in range(count):
        yield (
            f"{prefix}-{number:08}",
            {"serial": f"{number:08}", "site": f"site-{number % SITES:03}", "model": f"m{number % 7}"},
        )

"""What import-aws and export-aws share: arguments, the plan as a table, the question, the progress bar."""

import argparse
import json
from collections import Counter
from typing import Any

import boto3
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from iot.management.moving import inventory, plan
from iot.management.moving.inventory import Endpoint

ACTIONS = (plan.CREATE, plan.SAME, plan.DIFFERS, plan.CANNOT)
STAYS = (
    "What stays behind: billing groups, tags, certificate authorities, authorizers, role aliases, provisioning "
    "templates, jobs and their templates, rule destinations, domains and settings; also versions of "
    "policies but the default one, and histories. What differs is left as it is at the target."
)


class MoveCommand(BaseCommand):
    """Base of the two directions; subclasses say which endpoint is the source."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--endpoint-url", help="the other side's endpoint (default: AWS itself)")
        parser.add_argument("--region", help="the other side's region (default: the profile's)")
        parser.add_argument("--profile", help="the profile whose credentials are used there")
        parser.add_argument("--yes", action="store_true", help="do what the plan says without asking")
        parser.add_argument("--plan-only", action="store_true", help="show the plan and stop")
        parser.add_argument("--json", action="store_true", help="print the plan as JSON instead of a table")

    def move(self, source: Endpoint, target: Endpoint, options: dict[str, Any]) -> None:
        """Read both sides, show the plan, and carry it out if it is agreed to."""
        console = Console(stderr=True)
        with console.status("Reading both sides…") as status:
            held = inventory.read(source, told=lambda kind, count: status.update(f"Source: {count} {kind}"))
            there = inventory.read(target, told=lambda kind, count: status.update(f"Target: {count} {kind}"))
        rewrite = plan.rewriter(source, target)
        steps = plan.make_plan(held, there, rewrite)
        self._show(steps, as_json=options["json"])
        missing = sum(step.action == plan.CREATE for step in steps)
        if options["plan_only"] or not missing:
            return
        if not options["yes"] and input(f"Create {missing} resources? [y/N] ").strip().lower() != "y":
            raise CommandError("Nothing was changed.")
        problems = []
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("Moving", total=missing)

            def told(step: plan.Step, error: str | None) -> None:
                progress.advance(task)
                progress.update(task, description=step.kind)
                if error:
                    problems.append(f"{step.kind} {step.name}: {error}")

            plan.carry_out(steps, held, target, rewrite, told=told)
        self.stdout.write(f"{missing - len(problems)} created, {len(problems)} failed")
        if problems:
            raise CommandError("\n".join([*problems, "Run the same command again to try what is left."]))

    def _show(self, steps: list[plan.Step], *, as_json: bool) -> None:
        if as_json:
            rows = [{"kind": s.kind, "name": s.name, "action": s.action, "note": s.note} for s in steps]
            self.stdout.write(json.dumps(rows))
            return
        counts = Counter((step.kind, step.action) for step in steps)
        table = Table(*("", *ACTIONS), title="Plan")
        for kind in plan.KINDS:
            table.add_row(kind.replace("_", " "), *(str(counts[kind, action]) for action in ACTIONS))
        console = Console()
        console.print(table)
        for step in steps:
            if step.action in (plan.DIFFERS, plan.CANNOT):
                console.print(f"{step.action}: {step.kind} {step.name} ({step.note})", highlight=False)
        console.print("Private keys never leave the devices that hold them; certificates come along as public parts.")
        console.print(STAYS)


def ours() -> Endpoint:
    """Connect to this Thingstead with the access key in its data directory."""
    credentials = settings.DATA_DIR / "aws" / "credentials"
    if not credentials.is_file():
        raise CommandError(f"No access key in {credentials}; start Thingstead once with ./thingstead up")
    values = dict(line.split(" = ", 1) for line in credentials.read_text().splitlines() if " = " in line)
    session = boto3.Session(values["aws_access_key_id"], values["aws_secret_access_key"], region_name=settings.REGION)
    described = json.loads((settings.DATA_DIR / "endpoint.json").read_text())
    return inventory.connect(session, described["api"], settings.REGION)


def theirs(options: dict[str, Any]) -> Endpoint:
    """Connect to the other side as the options say."""
    session = boto3.Session(profile_name=options["profile"], region_name=options["region"])
    return inventory.connect(session, options["endpoint_url"], options["region"])

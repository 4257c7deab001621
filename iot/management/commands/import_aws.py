"""manage.py import-aws: copy a fleet from AWS, or from anything that speaks its API, to this Thingstead."""

from typing import Any

from iot.management.moving.command import MoveCommand, ours, theirs


class Command(MoveCommand):
    help = (
        "Copy things, types, groups, policies, certificates (public parts), rules and shadows from AWS or any endpoint "
        "that speaks its API. Shows a plan first; can be interrupted and repeated."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.move(theirs(options), ours(), options)

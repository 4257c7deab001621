"""manage.py export-aws: copy the fleet of this Thingstead to AWS, or to anything that speaks its API."""

from typing import Any

from iot.management.moving.command import MoveCommand, ours, theirs


class Command(MoveCommand):
    help = "Copy this Thingstead's fleet to AWS or any endpoint that speaks its API. Shows a plan first; repeatable."

    def handle(self, *args: Any, **options: Any) -> None:
        self.move(ours(), theirs(options), options)

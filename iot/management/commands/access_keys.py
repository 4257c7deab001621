"""manage.py access_keys: list users' access keys, switch them on or off, delete them."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from iot.core.errors import AwsError
from iot.services import access


class Command(BaseCommand):
    help = "List access keys, or switch one on or off, or delete it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        change = parser.add_mutually_exclusive_group()
        change.add_argument("--on", metavar="KEY", help="switch a key on")
        change.add_argument("--off", metavar="KEY", help="switch a key off")
        change.add_argument("--delete", metavar="KEY", help="delete a key")

    def handle(self, *args: Any, **options: Any) -> None:
        account = settings.ACCOUNT_ID
        try:
            if options["delete"]:
                access.delete_access_key(account, options["delete"])
            elif options["on"] or options["off"]:
                key = options["on"] or options["off"]
                access.set_access_key_active(account, key, active=bool(options["on"]))
        except AwsError as error:
            raise CommandError(error.message) from None
        for row in access.access_keys(account):
            state = "on" if row.active else "off"
            ends = f", until {row.expires_at:%Y-%m-%d %H:%M}" if row.expires_at else ""
            self.stdout.write(f"{row.access_key_id}  {row.user.username}  {row.role}  {state}{ends}  {row.description}")

"""manage.py create_token: a bearer token for scripts."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from iot.core.errors import AwsError
from iot.services import access


class Command(BaseCommand):
    help = "Create a bearer token of a user for scripts (Authorization: Bearer …); it is printed once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=access.ROLES, help="(default: the user's)")
        parser.add_argument("--policy", type=Path, metavar="FILE", help="a policy in IAM's form that narrows the token")
        parser.add_argument("--days", type=int, default=access.DEFAULT_TOKEN_LIFE.days, help="(default: %(default)s)")
        parser.add_argument("--description", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        user = access.find_user(options["username"])
        if user is None:
            raise CommandError(f"There is no user {options['username']}")
        try:
            token, expires = access.create_bearer_token(
                user,
                account=settings.ACCOUNT_ID,
                role=options["role"] or access.role_of(user, settings.ACCOUNT_ID) or "viewer",
                description=options["description"],
                life=timedelta(days=options["days"]),
                policy=options["policy"].read_text() if options["policy"] else "",
            )
        except AwsError as error:
            raise CommandError(error.message) from None
        self.stdout.write(token)
        self.stderr.write(f"It is valid until {expires:%Y-%m-%d %H:%M} UTC.")

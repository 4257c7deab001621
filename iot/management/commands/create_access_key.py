"""manage.py create_access_key: a key for AWS SDKs, the AWS CLI and Terraform."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from iot.core.errors import AwsError
from iot.services import access


class Command(BaseCommand):
    help = "Create an access key of a user; its secret is printed once. The key does no more than its user may."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=access.ROLES, help="(default: the user's)")
        parser.add_argument("--policy", type=Path, metavar="FILE", help="a policy in IAM's form that narrows the key")
        parser.add_argument("--description", default="")
        parser.add_argument("--minutes", type=int, metavar="N", help="make a temporary key with a session token")

    def handle(self, *args: Any, **options: Any) -> None:
        user = access.find_user(options["username"])
        if user is None:
            raise CommandError(f"There is no user {options['username']}")
        role = options["role"] or access.role_of(user, settings.ACCOUNT_ID) or "viewer"
        policy = options["policy"].read_text() if options["policy"] else ""
        try:
            self._create(user, role, policy, options)
        except AwsError as error:
            raise CommandError(error.message) from None

    def _create(self, user: Any, role: str, policy: str, options: dict[str, Any]) -> None:
        account = settings.ACCOUNT_ID
        if options["minutes"]:
            life = timedelta(minutes=options["minutes"])
            key, secret, token, _ = access.create_temporary_key(
                user, account=account, role=role, life=life, policy=policy
            )
        else:
            key, secret = access.create_access_key(
                user, account=account, role=role, description=options["description"], policy=policy
            )
            token = ""
        self.stdout.write(f"aws_access_key_id = {key}")
        self.stdout.write(f"aws_secret_access_key = {secret}")
        if token:
            self.stdout.write(f"aws_session_token = {token}")

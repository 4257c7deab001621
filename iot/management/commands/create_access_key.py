"""manage.py create_access_key: a key for AWS SDKs, the AWS CLI and Terraform."""

import argparse
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from iot.core.errors import AwsError
from iot.services import access

ACCOUNT = re.compile("[0-9]{12}")


class Command(BaseCommand):
    help = "Create an access key of a user; its secret is printed once. The key does no more than its user may."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=access.ROLES, help="(default: the user's)")
        parser.add_argument("--policy", type=Path, metavar="FILE", help="a policy in IAM's form that narrows the key")
        parser.add_argument("--description", default="")
        parser.add_argument("--id", help="the id that the key shall have, where clients have it already")
        parser.add_argument("--secret", help="its secret, likewise (visible to whoever lists processes)")
        parser.add_argument("--account", help="(default: the installation's)")
        parser.add_argument("--minutes", type=int, metavar="N", help="make a temporary key with a session token")

    def handle(self, *args: Any, **options: Any) -> None:
        user = access.find_user(options["username"])
        if user is None:
            raise CommandError(f"There is no user {options['username']}")
        account = options["account"] or settings.ACCOUNT_ID
        if not ACCOUNT.fullmatch(account):
            raise CommandError("An account has 12 digits")
        role = options["role"] or access.role_of(user, settings.ACCOUNT_ID) or "viewer"
        policy = options["policy"].read_text() if options["policy"] else ""
        try:
            self._create(user, account, role, policy, options)
        except AwsError as error:
            raise CommandError(error.message) from None

    def _create(self, user: Any, account: str, role: str, policy: str, options: dict[str, Any]) -> None:
        if options["minutes"]:
            life = timedelta(minutes=options["minutes"])
            key, secret, token, _ = access.create_temporary_key(
                user, account=account, role=role, life=life, policy=policy
            )
        else:
            key, secret = access.create_access_key(
                user,
                account=account,
                role=role,
                description=options["description"],
                policy=policy,
                access_key_id=options["id"] or "",
                secret=options["secret"] or "",
            )
            token = ""
        self.stdout.write(f"aws_access_key_id = {key}")
        self.stdout.write(f"aws_secret_access_key = {secret}")
        if token:
            self.stdout.write(f"aws_session_token = {token}")

"""manage.py create_user: a person who may log in to the console, with a role."""

import argparse
import getpass
import secrets
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from iot.core.errors import AwsError
from iot.services import access


class Command(BaseCommand):
    help = "Create a user. Without --ask or --password-stdin a password is made and printed once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=access.ROLES, default="viewer", help="(default: viewer)")
        given = parser.add_mutually_exclusive_group()
        given.add_argument("--ask", action="store_true", help="ask for the password on the terminal")
        given.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        made = ""
        if options["ask"]:
            password = getpass.getpass("Password: ")
        elif options["password_stdin"]:
            password = sys.stdin.readline().rstrip("\n")
        else:
            password = made = secrets.token_urlsafe(12)
        if not password:
            raise CommandError("A password cannot be empty")
        try:
            access.create_user(options["username"], password, role=options["role"], account=settings.ACCOUNT_ID)
        except AwsError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{options['username']} is a user with the role {options['role']}")
        if made:
            self.stdout.write(f"password: {made}")

"""manage.py vectors: run files of rule SQL, shadow, policy and search cases."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iot.management.vectors import running


class Command(BaseCommand):
    help = (
        "Run the cases in JSON files by the same runners as the tests. Each case that fails is printed with what was "
        "expected and what came; the exit code is 1 if any did. The fleets of search cases lie beside their file."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file of cases, as in tests/vectors")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        passed = failed = 0
        try:
            for path in files:
                for name, failure in running.run(path):
                    if failure is None:
                        passed += 1
                    else:
                        failed += 1
                        self.stdout.write(f"{name}: {failure}")
        except running.NotVectors as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{passed} passed, {failed} failed")
        if failed:
            sys.exit(1)

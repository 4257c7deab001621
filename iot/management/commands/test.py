"""manage.py test: all linters and all tests, and a summary at the end."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.core.management.base import BaseCommand

Outcome = tuple[str, bool, float]

LINTERS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports",),
}
# Two processes at least share the files of tests; each has a database and a running installation of its own.
# The order stays: the browser's tests must come last in each.
SHARED_OUT = ("-n", str(max(2, min(4, os.cpu_count() or 1))), "--dist", "loadfile", "--no-loadscope-reorder")


class Command(BaseCommand):
    help = "Run ruff, mypy, lint-imports and pytest. Words given are handed to pytest alone, without the linters."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("words", nargs=argparse.REMAINDER, metavar="WORD", help="for pytest, as in tests/core -x")

    def handle(self, *args: Any, words: list[str], **options: Any) -> None:
        outcomes = [] if words else [_lint(name, command) for name, command in LINTERS.items()]
        with tempfile.TemporaryDirectory() as directory:
            report = Path(directory) / "report.xml"
            pytest = (sys.executable, "-m", "pytest", f"--junit-xml={report}")
            outcomes.append(_run("tests", (*pytest, *(words or SHARED_OUT))))
            counts = _counts(report)
        for name, passed, seconds in outcomes:
            print(f"{'ok    ' if passed else 'FAILED'} {name:<8} {seconds:6.1f} s")
        print(counts)
        if not all(passed for _, passed, _ in outcomes):
            sys.exit(1)


def _lint(name: str, command: Sequence[str]) -> Outcome:
    return _run(name, (str(Path(sys.executable).with_name(command[0])), *command[1:]))


def _run(name: str, command: Sequence[str]) -> Outcome:
    print(f"── {name}", flush=True)
    started = time.monotonic()
    code = subprocess.run(command, cwd=settings.BASE_DIR, check=False).returncode
    return name, code == 0, time.monotonic() - started


def _counts(report: Path) -> str:
    if not report.is_file():
        return "0 passed, 1 failed"
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in suites:
        for key in total:
            total[key] += int(suite.get(key, 0))
    failed = total["failures"] + total["errors"]
    return f"{total['tests'] - failed - total['skipped']} passed, {failed} failed, {total['skipped']} skipped"

"""manage.py simulate: made-up devices from the command line, with a summary, within bounds."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.stack import Stack


def test_it_publishes_and_sums_up(stack: Stack) -> None:
    words = ("--things", "3", "--rate", "30", "--seconds", "2", "--prefix", "command", "--json")
    done = stack.manage("simulate", *words)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["things"], summary["connected"], summary["failures"]) == (3, 3, 0)
    assert summary["acknowledged"] == summary["published"] >= 30
    assert "3 of 3 connected" in done.stderr
    again = stack.manage("simulate", "--things", "1", "--rate", "5", "--seconds", "1", "--prefix", "command")
    assert "Simulated devices" in again.stdout


@pytest.mark.parametrize("words", [("--things", "0"), ("--rate", "1e9"), ("--seconds", "x")])
def test_it_keeps_within_bounds(words: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        call_command("simulate", *words)


def test_without_an_installation_it_says_what_to_do(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match=r"start one with \./thingstead up"):
        call_command("simulate")

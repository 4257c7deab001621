"""The command takes pictures of a running installation."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from iot.management.commands.screenshots import PAGES, free_ports, take
from tests.stack import Stack


@pytest.mark.skipif(shutil.which("chromium") is None, reason="There is no Chromium: install the package chromium")
def test_a_picture_is_taken_and_is_not_large(stack: Stack, tmp_path: Path) -> None:
    # In a process of its own: the synchronous browser API does not start where an event loop ran before.
    told = stack.manage(
        *("screenshots", "--url", stack.http, "--password", stack.admin_password, "--only", "overview"),
        *("--to", str(tmp_path)),
    )
    assert told.returncode == 0, told.stderr
    picture = (tmp_path / "overview.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 400_000
    assert "overview.png" in told.stdout


def test_without_a_browser_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("CONSOLE_CHROMIUM", raising=False)
    with pytest.raises(CommandError, match="apt-get install chromium"):
        take("http://127.0.0.1:1", "", tmp_path, ["overview"])


def test_an_unknown_picture_is_refused_and_ports_differ() -> None:
    with pytest.raises(CommandError):
        call_command("screenshots", "--only", "nonsense", stdout=StringIO())
    assert len(set(free_ports(3))) == 3
    assert set(PAGES) == {"overview", "thing", "live", "rule", "things", "trace"}

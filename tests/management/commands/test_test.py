"""manage.py test: words go to pytest, the last line counts, the exit code tells."""

import subprocess
import sys
from pathlib import Path

from tests.stack import ROOT


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "manage.py"), "test", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_what_passes_is_counted() -> None:
    done = run("tests/core/test_arn.py")
    assert done.returncode == 0, done.stdout
    count, _, rest = done.stdout.splitlines()[-1].partition(" ")
    assert int(count) > 1
    assert rest == "passed, 0 failed, 0 skipped"
    assert "ok     tests" in done.stdout


def test_what_fails_is_counted_and_is_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "test_odd.py"
    path.write_text("def test_odd():\n    assert 1 == 2\n")
    done = run(str(path), "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert "FAILED tests" in done.stdout

"""manage.py bench: what is asked for is measured, and written as a table and as JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.stack import ROOT


def test_it_measures_with_an_installation_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    words = ["--only", "DescribeThing", "--messages", "40", "--runs", "1", "--json", str(path)]
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "bench", *words],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(path.read_text())
    assert list(found["results"]) == ["DescribeThing"]
    assert found["results"]["DescribeThing"]["median"] > 0
    assert "DescribeThing" in done.stdout


@pytest.mark.parametrize(
    ("words", "reason"), [(["--only", "nothing"], "Nothing is called nothing"), (["--runs", "0"], "--runs 1 or more")]
)
def test_nonsense_is_refused_before_anything_starts(words: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("bench", *words)

"""manage.py vectors: what fails is printed, the last line counts, the exit code tells."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.vectors import FOLDER


def test_it_counts_over_all_files() -> None:
    out = io.StringIO()
    call_command("vectors", str(FOLDER / "policy.json"), str(FOLDER / "search.json"), stdout=out)
    assert out.getvalue() == "241 passed, 0 failed\n"


def test_a_failure_is_printed_and_is_exit_code_1(tmp_path: Path) -> None:
    path, out = tmp_path / "cases.json", io.StringIO()
    path.write_text(json.dumps([{"id": "odd"}]))
    with pytest.raises(SystemExit) as ended:
        call_command("vectors", str(path), stdout=out)
    assert ended.value.code == 1
    assert out.getvalue().splitlines() == [
        "odd: is of no kind that is known: rule SQL, shadow, policy, search",
        "0 passed, 1 failed",
    ]


def test_a_file_without_cases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("vectors", str(tmp_path / "nowhere.json"))

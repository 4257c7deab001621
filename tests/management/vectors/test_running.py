"""Files of cases: each goes to the runner of its kind, and what goes wrong is a failure that is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from iot.management.vectors import running
from tests.vectors import FOLDER

KINDS = ["rule-sql", "shadow", "policy", "search"]


def run(path: Path, content: Any) -> list[tuple[str, str | None]]:
    path.write_text(json.dumps(content))
    return list(running.run(path))


@pytest.mark.parametrize("kind", KINDS)
def test_all_shared_cases_pass(kind: str) -> None:
    assert not [found for found in running.run(FOLDER / f"{kind}.json") if found[1] is not None]


def test_the_fleets_are_no_cases() -> None:
    assert running.read(FOLDER / "search-fleets.json") == []


def test_cases_may_lie_below_a_name(tmp_path: Path) -> None:
    case = json.loads((FOLDER / "policy.json").read_text())[0]
    assert run(tmp_path / "cases.json", {"cases": [case]}) == [(case["id"], None)]


def test_a_case_that_fails_says_what_was_expected_and_what_came(tmp_path: Path) -> None:
    case = {
        "sql": "SELECT 1 AS a FROM 'a'",
        "topic": "a",
        "payload": {},
        "expect": {"matched": True, "output": {"a": 2}},
    }
    ((name, failure),) = run(tmp_path / "cases.json", [case])
    assert name == "cases.json:1"
    assert failure is not None
    assert "expected" in failure
    assert '"a": 2' in failure


def test_a_case_of_no_known_kind_or_without_its_members_fails(tmp_path: Path) -> None:
    (_, unknown), (_, broken) = run(tmp_path / "cases.json", [{"id": "x"}, {"policies": [{}]}])
    assert unknown is not None
    assert "of no kind that is known" in unknown
    assert broken is not None
    assert "could not be run" in broken


@pytest.mark.parametrize(("content", "reason"), [("{", "is not JSON"), ("{}", "no list of cases"), ("[1]", "no list")])
def test_a_file_without_cases_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(content)
    with pytest.raises(running.NotVectors, match=reason):
        running.read(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(running.NotVectors, match="No such file"):
        running.read(tmp_path / "nowhere.json")

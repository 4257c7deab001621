"""Running search vectors, with the fleets beside their file or the shared ones."""

import json
from pathlib import Path

from iot.management.vectors import search
from tests.vectors import load

CASE = {"fleet": "names", "query": "thingName:aba", "expect": {"things": ["aba"]}}


def test_it_knows_its_cases() -> None:
    assert search.handles(load("search")[0])
    assert not any(search.handles(load(kind)[0]) for kind in ("policy", "rule-sql", "shadow"))


def test_a_case_passes_or_says_what_came(tmp_path: Path) -> None:
    assert search.failure(CASE) is None
    assert search.failure(CASE, tmp_path) is None
    assert "got" in str(search.failure({**CASE, "expect": {"things": []}}))
    assert search.failure({**CASE, "query": "a@b", "expect": {"error": "InvalidQueryException"}}) is None


def test_fleets_beside_the_file_come_first(tmp_path: Path) -> None:
    fleet = {"names": {"things": [{"thingName": "other", "shadow": {"desired": {"x": 1}}}]}}
    (tmp_path / search.FLEETS).write_text(json.dumps(fleet))
    assert search.failure({**CASE, "query": "shadow.hasDelta:true", "expect": {"things": ["other"]}}, tmp_path) is None

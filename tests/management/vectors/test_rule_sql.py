"""The runner of rule_sql cases: it knows its kind, and tells a case that holds from one that does not."""

import copy

from iot.management.vectors import rule_sql as runner
from tests.vectors import load

CASES = load("rule-sql")


def test_it_knows_its_kind() -> None:
    assert all(runner.handles(case) for case in CASES)
    assert not runner.handles({"id": "other"})


def test_another_output_than_the_right_one_fails() -> None:
    case = copy.deepcopy(next(case for case in CASES if "output" in case["expect"]))
    assert runner.failure(case) is None
    case["expect"]["output"] = {"other": True}
    failure = runner.failure(case)
    assert failure is not None
    assert "got" in failure

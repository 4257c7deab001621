"""The runner of policy cases: it knows its kind, and tells a case that holds from one that does not."""

import copy

from iot.management.vectors import policy as runner
from tests.vectors import load

CASES = load("policy")


def test_it_knows_its_kind() -> None:
    assert all(runner.handles(case) for case in CASES)
    assert not runner.handles({"id": "other"})


def test_the_opposite_of_what_holds_fails() -> None:
    case = copy.deepcopy(next(case for case in CASES if case["expect"] == "allow"))
    assert runner.failure(case) is None
    case["expect"] = "deny"
    failure = runner.failure(case)
    assert failure is not None
    assert "got" in failure

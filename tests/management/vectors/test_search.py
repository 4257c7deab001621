"""The runner of search cases: it knows its kind, and tells a case that holds from one that does not."""

import copy

from iot.management.vectors import search as runner
from tests.vectors import load

CASES = load("search")


def test_it_knows_its_kind() -> None:
    assert all(runner.handles(case) for case in CASES)
    assert not runner.handles({"id": "other"})


def test_other_things_than_the_right_ones_fail() -> None:
    case = copy.deepcopy(next(case for case in CASES if "things" in case["expect"]))
    assert runner.failure(case) is None
    case["expect"]["things"] = ["nobody"]
    failure = runner.failure(case)
    assert failure is not None
    assert "nobody" in failure

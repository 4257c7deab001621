"""The runner of shadow cases: it knows its kind, and tells a case that holds from one that does not."""

import copy

from iot.management.vectors import shadow as runner
from tests.vectors import load

CASES = load("shadow")


def test_it_knows_its_kind() -> None:
    assert all(runner.handles(case) for case in CASES)
    assert not runner.handles({"id": "other"})


def test_a_wrong_version_fails_at_its_step() -> None:
    case = copy.deepcopy(next(case for case in CASES if "version" in case["steps"][-1].get("expect", {})))
    assert runner.failure(case) is None
    case["steps"][-1]["expect"]["version"] = 99
    failure = runner.failure(case)
    assert failure is not None
    assert failure.startswith(f"step {len(case['steps'])}: expected")

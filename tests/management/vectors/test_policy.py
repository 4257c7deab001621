"""Running policy vectors."""

from iot.management.vectors import policy
from tests.vectors import load

CASE = load("policy")[0]


def test_it_knows_its_cases() -> None:
    assert policy.handles(CASE)
    assert not any(policy.handles(load(kind)[0]) for kind in ("rule-sql", "shadow", "search"))


def test_a_case_passes_or_says_what_came() -> None:
    assert policy.failure(CASE) is None
    wrong = {**CASE, "expect": "deny" if CASE["expect"] == "allow" else "allow"}
    assert str(policy.failure(wrong)).startswith("expected")


def test_a_denial_has_a_reason() -> None:
    implicit = {**CASE, "policies": [], "expect": "deny"}
    assert policy.failure(implicit) is None
    assert policy.failure({**implicit, "reason": "implicit"}) is None
    assert policy.failure({**implicit, "reason": "explicit"}) is not None

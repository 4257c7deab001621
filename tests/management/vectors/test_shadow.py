"""Running shadow vectors."""

from typing import Any

import pytest

from iot.management.vectors import shadow
from tests.vectors import load


def steps(*found: dict[str, Any]) -> dict[str, Any]:
    return {"thing": "t", "steps": list(found)}


UPDATE = {"op": "update", "payload": {"state": {"desired": {"a": 1}}}}


def test_it_knows_its_cases() -> None:
    assert shadow.handles(load("shadow")[0])
    assert not any(shadow.handles(load(kind)[0]) for kind in ("policy", "rule-sql", "search"))


@pytest.mark.parametrize(
    ("expect", "passes"),
    [
        ({"accepted": {"state": {"desired": {"a": 1}}}, "version": 1, "delta": {"a": 1}}, True),
        ({"accepted": {"timestamp": "*"}, "version_gt": 0, "delta_message": {"version": 1}}, True),
        ({"documents": {"current": {"version": 1}}}, True),
        ({"accepted": {"state": {"desired": {"a": True}}}}, False),
        ({"version": 2}, False),
        ({"delta": None}, False),
        ({"rejected": {}}, False),
    ],
)
def test_a_step_passes_exactly_when_its_messages_fit(expect: dict[str, Any], passes: bool) -> None:
    assert (shadow.failure(steps({**UPDATE, "expect": expect})) is None) is passes


def test_requests_come_in_four_forms_and_shadows_have_names() -> None:
    repeat = {"path": "state.desired.a", "char": "x", "count": 9000}
    case = steps(
        {"op": "get", "expect": {"rejected": {"code": 404}}},
        {"op": "update", "payload_raw": "{", "expect": {"rejected": {"code": 400}}},
        {"op": "update", "payload_base64": "/w==", "expect": {"rejected": {"code": 415}}},
        {
            **UPDATE,
            "payload": {"state": {"desired": {"a": ""}}},
            "payload_repeat": repeat,
            "expect": {"rejected": {"code": 413}},
        },
        {**UPDATE, "shadow": "s"},
        {"op": "list", "expect": {"accepted": {"results": ["s"]}}},
        {"op": "delete", "shadow": "s", "expect": {"accepted": {"version": 1}}},
        {**UPDATE, "shadow": "s", "expect": {"version": 2}},
    )
    assert shadow.failure(case) is None

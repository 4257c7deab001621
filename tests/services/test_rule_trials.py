"""Trying rules: where it fails, what WHERE compares, what comes out; and that nothing is sent."""

import pytest
from pytest_django.fixtures import Settings

from iot.core.arn import Scope
from iot.core.message import Message
from iot.models import OutboxRow
from iot.services import shadows
from iot.services.rule_trials import Trial, try_rule

pytestmark = pytest.mark.django_db
MESSAGE = Message("devices/d1/telemetry", b'{"temperature": 26, "unit": "C"}')


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    return found


def tried(scope: Scope, sql: str, message: Message = MESSAGE, *templates: str) -> Trial:
    return try_rule(scope, sql=sql, version="2016-03-23", message=message, templates=templates)


def test_a_fault_has_its_place(scope: Scope) -> None:
    found = tried(scope, "SELECT *\nFROM 'a'\nWHERE nothing(1)")
    assert (found.line, found.column) == (3, 7)
    assert "nothing" in found.fault


def test_comparisons_show_their_values(scope: Scope) -> None:
    found = tried(scope, "SELECT * FROM 'devices/#' WHERE temperature > 25 AND missing = 1")
    assert [(one.left, one.operator, one.right, one.passed) for one in found.comparisons] == [
        ("26", ">", "25", True),
        ("Undefined", "=", "1", False),
    ]
    assert not found.passed


def test_the_output_and_the_templates_are_shown_and_nothing_is_sent(scope: Scope) -> None:
    found = tried(
        scope, "SELECT temperature FROM 'devices/#'", MESSAGE, "alerts/${topic(2)}", "x/${", "y/${aws_lambda('f', 1)}"
    )
    assert found.passed
    assert found.topic_matches
    assert found.output == '{"temperature":26}'
    assert found.templates[0].value == "alerts/d1"
    assert "not closed" in found.templates[1].failure
    assert found.templates[2].failure
    assert not OutboxRow.objects.exists()


def test_a_topic_that_does_not_match_is_said(scope: Scope) -> None:
    found = tried(scope, "SELECT * FROM 'other'")
    assert not found.topic_matches
    assert found.topic_filter == "other"


def test_a_payload_that_is_not_json_goes_through_whole(scope: Scope) -> None:
    for payload, output in ((b"plain", "plain"), (b"\xff\x00", "ff 00")):
        found = tried(scope, "SELECT * FROM 'devices/#'", Message("devices/d", payload))
        assert not found.payload_is_json
        assert (found.output, found.output_is_json) == (output, False)


def test_a_function_that_asks_outside_fails_with_its_reason(scope: Scope) -> None:
    assert "aws_lambda" in tried(scope, "SELECT aws_lambda('f', 1) AS a FROM 'devices/#'").failure


def test_shadows_are_read(scope: Scope) -> None:
    shadows.update_thing_shadow(scope, thing_name="d1", payload=b'{"state":{"reported":{"led":"on"}}}')
    sql = "SELECT get_thing_shadow('d1', 'role').state.reported.led AS led FROM 'devices/#'"
    assert tried(scope, sql).output == '{"led":"on"}'

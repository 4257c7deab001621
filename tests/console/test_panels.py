"""One row of each list in short."""

from pathlib import Path

import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from console import panels
from console.lists import Panel
from iot.core import errors
from iot.models import Connection
from iot.services import jobs, policies, shadows, thing_types, things, topic_rules
from tests.console.browse import make_certificate, make_policy, make_thing

pytestmark = pytest.mark.django_db


def facts(panel: Panel) -> list[tuple[str, str]]:
    return [(str(fact.label), str(fact.value)) for fact in panel.facts]


def connect(client_id: str, **more: object) -> None:
    values = {"connected": True, "connected_at": 1_700_000_000_000, "address": "10.0.0.7", **more}
    Connection.objects.create(
        account=settings.SCOPE.account, region=settings.SCOPE.region, client_id=client_id, **values
    )


def test_a_thing_shows_what_is_wanted_of_it() -> None:
    thing_types.create_thing_type(settings.SCOPE, thing_type_name="pump")
    make_thing("t1", hall="7")
    assert panels.thing_panel("t1").texts == ()
    for state in ('{"reported": {"a": {"b": 1}}}', '{"desired": {"a": {"b": 2}}}'):
        shadows.update_thing_shadow(settings.SCOPE, thing_name="t1", payload=f'{{"state": {state}}}'.encode())
    connect("t1")
    panel = panels.thing_panel("t1")
    assert panel.state == ("ok", "connected")
    assert ("hall", "7") in facts(panel)
    assert ("Address", "10.0.0.7") in facts(panel)
    assert panel.texts == (("Shadow: reported → wanted", "a.b: 1 → 2"),)
    shadows.update_thing_shadow(settings.SCOPE, thing_name="t1", payload=b'{"state": {"desired": null}}')
    assert panels.thing_panel("t1").texts == (("Shadow, in step", "a.b: 1"),)


def test_a_client_shows_its_subscriptions_or_why_it_ended() -> None:
    connect("c1", subscriptions={"a/#": 1})
    connect("c2", connected=False, disconnected_at=1_700_000_001_000, disconnect_reason="CONNECTION_LOST")
    assert panels.client_panel("c1").texts == (("Subscriptions", "a/#  QoS 1"),)
    assert ("Ended because", "its connection broke") in facts(panels.client_panel("c2"))
    assert ("Since", "2023-11-14 22:13:21 UTC") in facts(panels.client_panel("c2"))


def test_a_rule_shows_its_statement() -> None:
    payload = {"sql": "SELECT * FROM 'a'", "actions": [], "ruleDisabled": True}
    topic_rules.create_topic_rule(settings.SCOPE, rule_name="r", topic_rule_payload=payload)
    panel = panels.rule_panel("r")
    assert panel.state == ("", "disabled")
    assert panel.texts[0] == ("Statement", "SELECT * FROM 'a'")
    with pytest.raises(errors.ResourceNotFoundException):
        panels.rule_panel("none")


def test_a_certificate_shows_its_policies_things_and_last_use(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    row = make_certificate(tmp_path)
    make_policy("field")
    make_thing("t1")
    policies.attach_policy(settings.SCOPE, policy_name="field", target=row.arn)
    things.attach_thing_principal(settings.SCOPE, thing_name="t1", principal=row.arn)
    assert ("Last used by", "nobody yet") in facts(panels.certificate_panel(row.certificate_id))
    connect("t1", principal=row.certificate_id)
    panel = panels.certificate_panel(row.certificate_id)
    assert panel.state == ("ok", "ACTIVE")
    assert {("Policy", "field"), ("Thing", "t1"), ("Last used by", "t1 · 10.0.0.7")} <= set(facts(panel))


def test_a_policy_shows_its_document_and_targets() -> None:
    make_policy("field")
    panel = panels.policy_panel("field")
    assert ("In force", "version 1") in facts(panel)
    assert '"iot:Publish"' in panel.texts[0][1]


def test_a_job_shows_how_far_it_is() -> None:
    make_thing("t1")
    arn = settings.SCOPE.arn("thing", "t1")
    jobs.create_job(settings.SCOPE, job_id="j1", targets=[arn], document='{"do": "it"}', settings={})
    panel = panels.job_panel("j1")
    assert (panel.state, facts(panel)[1]) == (("", "IN_PROGRESS"), ("Queued", "0"))
    assert panel.texts == (("Document", '{\n  "do": "it"\n}'),)

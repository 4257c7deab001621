"""What a device may do, in words."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from console.permissions import Check, Deed, deeds, permissions_in_words
from iot.services import policies, things
from tests.console.browse import browser, make_certificate, make_policy, make_thing, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(tmp_path: Path, settings: Settings) -> str:
    """The ARN of a certificate of the thing t1, which may connect and publish but for one topic."""
    settings.DATA_DIR, scope = tmp_path, settings.SCOPE
    row = make_certificate(tmp_path)
    make_thing("t1")
    things.attach_thing_principal(scope, thing_name="t1", principal=row.arn)
    make_policy("connect", "iot:Connect", scope.arn("client", "${iot:Connection.Thing.ThingName}"))
    make_policy("publish", "iot:Publish", scope.arn("topic", "devices/*"))
    make_policy("secret", "iot:Publish", scope.arn("topic", "devices/secret"), effect="Deny")
    make_policy("mistaken", "iot:Subscribe", scope.arn("topic", "a"))
    for name in ("connect", "publish", "secret", "mistaken"):
        policies.attach_policy(scope, policy_name=name, target=row.arn)
    return str(row.arn)


def by_action(found: dict[str, object]) -> dict[str, Deed]:
    listed = found["deeds"]
    assert isinstance(listed, list)
    return {one.action: one for one in listed}


def test_each_deed_says_to_what_and_by_which_statement(certificate: str) -> None:
    found = by_action(permissions_in_words(principal=certificate, client_id="t1"))
    assert [(said.name, said.policy, said.number) for said in found["iot:Connect"].may] == [("t1", "connect", 1)]
    assert [said.name for said in found["iot:Publish"].never] == ["devices/secret"]
    assert found["iot:Publish"].anything
    assert not found["iot:Receive"].anything
    (mistaken,) = found["iot:Subscribe"].may
    assert "of another kind" in str(mistaken.fault)


def test_its_own_topics_are_put_to_the_test(certificate: str) -> None:
    found = permissions_in_words(principal=certificate, client_id="t1")["checks"]
    assert isinstance(found, list)
    checks: dict[str, Check] = {str(one.words): one for one in found}
    assert checks["connect as itself"].allowed
    assert checks["publish its telemetry"].allowed
    assert not checks["be told of wishes"].allowed
    assert "action=iot%3APublish&name=devices%2Ft1%2Ftelemetry" in checks["publish its telemetry"].url


def test_another_client_id_has_no_thing(certificate: str) -> None:
    found = permissions_in_words(principal=certificate, client_id="another")
    assert "has no value" in str(by_action(found)["iot:Connect"].may[0].fault)
    assert "checks" not in permissions_in_words(principal=certificate, client_id="")


def test_the_pages_of_the_thing_and_of_the_certificate_show_it(certificate: str) -> None:
    client = browser("viewer")
    for url in ("/things/t1/certificates/", f"/certificates/{certificate.rpartition('/')[2]}/"):
        page = text(client.get(url))
        assert "connect as itself" in page
        assert "devices/secret" in page


def test_a_statement_in_words_begins_with_the_arn_of_its_kind(settings: Settings) -> None:
    found = {action: prefix for action, _words, prefix in deeds()}
    assert found["iot:Subscribe"] == settings.SCOPE.arn("topicfilter", "")
    assert f'value="iot:Connect" data-prefix="{found["iot:Connect"]}"' in text(browser().get("/new/policy/"))

"""The tutorial's memory: steps in order, what came before, and that all it made goes when asked."""

from pathlib import Path

import orjson
import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.services import access, certificates, connections, pki, policies, shadows, things, topic_rules, tutorials

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(settings: Settings, tmp_path: Path) -> Scope:
    settings.DATA_DIR = tmp_path
    pki.create_authority(tmp_path)
    found: Scope = settings.SCOPE
    return found


@pytest.fixture
def user() -> User:
    return access.create_user("u", "a long password", role="operator", account="123456789012")


def test_steps_follow_one_another(scope: Scope, user: User) -> None:
    assert tutorials.next_step(tutorials.find(scope, user)) == "thing"
    row = tutorials.create_tutorial_thing(scope, user, thing_name="t")
    assert tutorials.next_step(row) == "kit"
    tutorials.issue_tutorial_kit(scope, user)
    tutorials.mark(scope, user, step="message")
    assert tutorials.next_step(tutorials.find(scope, user)) == "wish"
    tutorials.mark(scope, user, step="wish")
    tutorials.mark(scope, user, step="rule")
    assert tutorials.next_step(tutorials.find(scope, user)) is None


def test_a_thing_that_is_there_is_not_taken_over(scope: Scope, user: User) -> None:
    things.create_thing(scope, thing_name="t")
    with pytest.raises(errors.ResourceAlreadyExistsException):
        tutorials.create_tutorial_thing(scope, user, thing_name="t")


def test_a_connection_from_before_counts_for_its_own_certificate(scope: Scope, user: User) -> None:
    tutorials.create_tutorial_thing(scope, user, thing_name="t")
    kit = tutorials.issue_tutorial_kit(scope, user)
    row = tutorials.find(scope, user)
    assert row is not None
    assert tutorials.already_proven(scope, row, step="kit")
    assert not tutorials.already_proven(scope, row, step="run")
    event = {"clientId": "t", "eventType": "connected", "sessionIdentifier": "s", "principalIdentifier": "another"}
    connections.absorb(scope, [Message("$aws/events/presence/connected/t", orjson.dumps(event))])
    assert not tutorials.already_proven(scope, row, step="run")
    event["principalIdentifier"] = kit.certificate_id
    connections.absorb(scope, [Message("$aws/events/presence/connected/t", orjson.dumps(event))])
    assert tutorials.already_proven(scope, row, step="run")
    assert not tutorials.already_proven(scope, row, step="message")


def test_a_wish_from_before_counts_once_it_is_reported(scope: Scope, user: User) -> None:
    tutorials.create_tutorial_thing(scope, user, thing_name="t")
    tutorials.wish(scope, user, desired={"led": "on"})
    row = tutorials.find(scope, user)
    assert row is not None
    assert not tutorials.already_proven(scope, row, step="wish")
    shadows.update_thing_shadow(scope, thing_name="t", payload=b'{"state":{"reported":{"led":"on"}}}')
    assert tutorials.already_proven(scope, row, step="wish")


def test_removing_leaves_what_others_made(scope: Scope, user: User) -> None:
    things.create_thing(scope, thing_name="other")
    tutorials.create_tutorial_thing(scope, user, thing_name="t")
    tutorials.issue_tutorial_kit(scope, user)
    tutorials.create_tutorial_rule(scope, user)
    tutorials.create_tutorial_rule(scope, user)
    tutorials.set_skipped(scope, user, skipped=True)
    tutorials.remove(scope, user)
    tutorials.remove(scope, user)
    assert [row.name for row in things.things(scope)] == ["other"]
    assert certificates.certificates(scope).count() == 0
    assert policies.policies(scope).count() == 0
    assert topic_rules.topic_rules(scope).count() == 0


def test_a_thing_that_has_another_certificate_stays(scope: Scope, user: User) -> None:
    tutorials.create_tutorial_thing(scope, user, thing_name="t")
    row, _, _ = certificates.create_keys_and_certificate(scope)
    things.attach_thing_principal(scope, thing_name="t", principal=row.arn)
    tutorials.remove(scope, user)
    assert things.find_thing(scope, "t")

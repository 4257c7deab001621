"""What can be taken back is taken back by one button."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from iot.services import (
    certificates,
    destinations,
    policies,
    registry_events,
    thing_groups,
    thing_types,
    things,
    topic_rules,
)
from tests.console.browse import browser, make_certificate, make_policy, make_thing, text, undo

pytestmark = pytest.mark.django_db
Look = Callable[[], Any]


def taken_back(client: Client, url: str, fields: dict[str, Any], look: Look) -> tuple[Any, Any, Any]:
    """Answer what there was before a change, after it, and after it was taken back."""
    before = look()
    page = text(client.post(url, fields, follow=True))
    after = look()
    assert undo(client, page).status_code == 200
    return before, after, look()


def groups_of(name: str) -> list[str]:
    return sorted(one.group.name for one in thing_groups.groups_of(settings.SCOPE, thing_name=name))


def targets_of(name: str) -> list[str]:
    return [one.target for one in policies.policy_targets(settings.SCOPE, policy_name=name)]


def test_the_changes_of_a_thing() -> None:
    make_thing("t1", hall="1")
    thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    client, look = browser(), lambda: groups_of("t1")
    url = reverse("thing_groups_change", kwargs={"name": "t1"})
    assert taken_back(client, url, {"join": "g"}, look) == ([], ["g"], [])
    client.post(url, {"join": "g"})
    assert taken_back(client, url, {"leave": "g"}, look) == (["g"], [], ["g"])
    fields = {"version": 1, "thing_type": "", "attribute_name": ["hall"], "attribute_value": ["2"]}
    url = reverse("thing_attributes", kwargs={"name": "t1"})
    found = taken_back(client, url, fields, lambda: things.find_thing(settings.SCOPE, "t1").attributes)
    assert found == ({"hall": "1"}, {"hall": "2"}, {"hall": "1"})


def test_putting_several_into_a_group_leaves_those_that_were_in_it() -> None:
    for name in ("t1", "t2"):
        make_thing(name)
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    thing_groups.add_thing_to_thing_group(settings.SCOPE, group=group, thing=things.find_thing(settings.SCOPE, "t1"))
    fields = {"into": "g", "selected": ["t1", "t2"]}
    look = lambda: [groups_of("t1"), groups_of("t2")]  # noqa: E731  # it is asked three times
    found = taken_back(browser(), reverse("things_group"), fields, look)
    assert found == ([["g"], []], [["g"], ["g"]], [["g"], []])


def test_the_changes_of_a_policy_and_a_group() -> None:
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    row = make_policy("p")
    document = policies.default_document(row)
    policies.create_policy_version(settings.SCOPE, policy_name="p", policy_document=document)
    client, url = browser(), reverse("policy", kwargs={"name": "p"})
    in_force = lambda: policies.find_policy(settings.SCOPE, "p").default_version  # noqa: E731  # asked three times
    assert taken_back(client, url, {"action": "default", "version": "2"}, in_force) == (1, 2, 1)
    look = lambda: targets_of("p")  # noqa: E731  # asked three times
    assert taken_back(client, url, {"action": "attach", "target": group.arn}, look) == ([], [group.arn], [])
    url = reverse("group", kwargs={"name": "g"})
    assert taken_back(client, url, {"action": "attach_policy", "policy": "p"}, look) == ([], [group.arn], [])
    fields = {"action": "save", "description": "new", "attribute_name": "a", "attribute_value": "1"}
    look = lambda: thing_groups.find_thing_group(settings.SCOPE, "g").attributes  # noqa: E731  # asked three times
    assert taken_back(client, url, fields, look) == ({}, {"a": "1"}, {})


@pytest.mark.parametrize("action", ["deactivate", "revoke"])
def test_the_state_of_a_certificate(action: str, tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    row = make_certificate(tmp_path)
    identity = row.certificate_id
    look = lambda: certificates.find_certificate(settings.SCOPE, identity).status  # noqa: E731  # asked three times
    found = taken_back(browser(), reverse("certificate", args=[identity]), {"action": action}, look)
    assert (found[0], found[2]) == ("ACTIVE", "ACTIVE")
    assert found[1] in ("INACTIVE", "REVOKED")


def test_types_rules_and_destinations() -> None:
    scope, client = settings.SCOPE, browser()
    thing_types.create_thing_type(scope, thing_type_name="pump")
    kind = lambda: thing_types.find_thing_type(scope, "pump").deprecated_at is None  # noqa: E731  # asked three times
    url = reverse("type", kwargs={"name": "pump"})
    assert taken_back(client, url, {"action": "deprecate"}, kind) == (True, False, True)
    payload = {"sql": "SELECT * FROM 'a'", "actions": []}
    topic_rules.create_topic_rule(scope, rule_name="r", topic_rule_payload=payload)
    disabled = lambda: topic_rules.find_topic_rule(scope, "r").disabled  # noqa: E731  # asked three times
    assert taken_back(client, reverse("rule", args=["r"]), {"do": "disable"}, disabled) == (False, True, False)
    configuration = {"httpUrlConfiguration": {"confirmationUrl": "https://example.com/hook"}}
    row = destinations.create_topic_rule_destination(scope, destination_configuration=configuration)
    destinations.trust(scope, arn=row.arn)
    state = lambda: destinations.destinations(scope).get(pk=row.pk).status  # noqa: E731  # asked three times
    url = reverse("destination", args=[row.pk])
    assert taken_back(client, url, {"action": "disable"}, state) == ("ENABLED", "DISABLED", "ENABLED")


def test_settings_go_back_to_what_they_were() -> None:
    scope, client = settings.SCOPE, browser("admin")
    registry_events.configure(scope, {"THING": True})
    events = lambda: registry_events.configurations(scope)["THING"]  # noqa: E731  # asked three times
    assert taken_back(client, reverse("settings_events"), {}, events) == (True, False, True)
    browser("viewer")
    url, role = reverse("settings_user", args=["viewer-user"]), {"role": "operator"}
    page = text(client.post(url, role, follow=True))
    assert "viewer-user is operator now." in page
    assert "viewer-user is viewer now." in text(undo(client, page))


def test_names_are_escaped() -> None:
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    make_policy("p")
    client, url = browser(), reverse("policy", kwargs={"name": "p"})
    client.post(url, {"action": "attach", "target": group.arn})
    page = text(client.post(url, {"action": "detach", "target": group.arn}, follow=True))
    assert f'name="target" value="{group.arn}"' in page.split('class="undo"')[-1]

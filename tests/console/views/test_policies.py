"""Policies: checked as they are written, versions with their differences, what they are attached to."""

import pytest
from django.conf import settings
from django.urls import reverse

from iot.services import policies, thing_groups
from tests.console.browse import browser, last_change, make_policy, text

pytestmark = pytest.mark.django_db
DOCUMENT = '{"Statement": [{"Effect": "Allow", "Action": "iot:Publish", "Resource": "a"}]}'
OPEN = '{"Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}'


def url(view: str = "policy") -> str:
    return reverse(view, kwargs={"name": "p"})


def test_a_policy_is_created_and_one_that_is_wide_open_is_marked() -> None:
    client = browser()
    assert client.post(reverse("policy_create"), {"name": "p", "document": OPEN})["Location"] == url()
    assert last_change().after["policyDocument"] == OPEN
    page = text(client.get(url()))
    assert "allows every action" in page
    assert "on every resource" in page
    assert "wide open" in text(client.get(reverse("policies")))
    assert client.post(reverse("policy_create"), {"name": "p", "document": OPEN}).status_code == 422


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "Line 1, column 2"),
        ("[]", "must be a JSON object"),
        ('{"Statement": [{"Effect": "Perhaps"}]}', "Effect must be Allow or Deny"),
        ('{"Statement": [], "x": "%s"}' % ("y" * 2100), "2048"),
    ],
)
def test_a_wrong_document_is_refused_with_its_place(document: str, told: str) -> None:
    client = browser()
    response = client.post(reverse("policy_create"), {"name": "p", "document": document})
    assert response.status_code == 422
    assert told in text(response)
    assert told in text(client.post(reverse("policy_check"), {"document": document}))


def test_the_check_praises_and_warns() -> None:
    client = browser("viewer")
    assert "is valid" in text(client.post(reverse("policy_check"), {"document": DOCUMENT}))
    assert "every action" in text(client.post(reverse("policy_check"), {"document": OPEN}))


def test_versions_are_added_compared_put_in_force_and_deleted() -> None:
    make_policy("p", resource="b")
    client = browser()
    client.post(url("policy_edit"), {"document": DOCUMENT})
    page = text(client.get(url(), {"version": "2", "with": "1"}))
    assert "From version 1 to version 2" in page
    assert "diff-line added" in page
    client.post(url(), {"action": "default", "version": "2"})
    assert policies.find_policy(settings.SCOPE, "p").default_version == 2
    assert last_change().before == {"defaultVersionId": "1"}
    client.post(url(), {"action": "delete_version", "version": "1"})
    assert policies.find_policy(settings.SCOPE, "p").versions.count() == 1
    assert client.post(url(), {"action": "delete_version", "version": "2"}).status_code == 422
    assert client.post(url(), {"action": "default", "version": "9"}).status_code == 404


def test_a_sixth_version_is_refused_and_said_before() -> None:
    make_policy("p")
    client = browser()
    for _ in range(4):
        client.post(url("policy_edit"), {"document": DOCUMENT, "default": "on"})
    assert "five versions" in text(client.get(url("policy_edit")))
    assert client.post(url("policy_edit"), {"document": DOCUMENT}).status_code == 422


def test_it_is_attached_to_a_group_and_not_deleted_before_it_is_detached() -> None:
    make_policy("p")
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    client = browser()
    client.post(url(), {"action": "attach", "target": group.arn})
    assert reverse("group", kwargs={"name": "g"}) in text(client.get(url()))
    assert client.post(url("policy_delete")).status_code == 422
    client.post(url(), {"action": "detach", "target": group.arn})
    client.post(url("policy_edit"), {"document": DOCUMENT, "default": "on"})
    assert client.get(url("policy_delete")).status_code == 200
    assert client.post(url("policy_delete")).status_code == 302
    assert client.get(url()).status_code == 404
    assert client.post(reverse("policy_create"), {"name": "p", "document": DOCUMENT}).status_code == 302


def test_an_unknown_target_or_action_is_refused() -> None:
    make_policy("p")
    client = browser()
    assert client.post(url(), {"action": "attach", "target": "a" * 64}).status_code == 404
    assert client.post(url(), {"action": "nonsense"}).status_code == 422
    assert "Clear filters" in text(client.get(reverse("policies"), {"q": "zzz"}))


def test_a_policy_whose_deletion_is_refused_keeps_its_versions() -> None:
    make_policy("p")
    policies.create_policy_version(settings.SCOPE, policy_name="p", policy_document=DOCUMENT)
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    policies.attach_policy(settings.SCOPE, policy_name="p", target=group.arn)
    assert browser().post(url("policy_delete")).status_code == 422
    assert policies.find_policy(settings.SCOPE, "p").versions.count() == 2
    assert last_change().outcome == "DeleteConflictException"

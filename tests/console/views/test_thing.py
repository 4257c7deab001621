"""One thing: its tabs, and what is changed on them."""

from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from iot.services import thing_groups, thing_types, things
from tests.console.browse import browser, last_change, make_certificate, make_policy, make_thing, text

pytestmark = pytest.mark.django_db
TABS = (
    "thing",
    "thing_shadow",
    "thing_activity",
    "thing_certificates",
    "thing_jobs",
    "thing_attributes",
    "thing_audit",
)


@pytest.mark.parametrize("tab", [*TABS, "thing_delete"])
def test_every_tab_opens_for_a_thing_and_for_no_other_name(tab: str) -> None:
    make_thing("t1", hall="7")
    client = browser()
    page = client.get(reverse(tab, kwargs={"name": "t1"}))
    assert page.status_code == 200
    assert "arn:aws:iot:us-east-1:123456789012:thing/t1" in text(page) or tab == "thing_delete"
    assert client.get(reverse(tab, kwargs={"name": "nobody"})).status_code == 404


def test_a_viewer_reads_and_sees_no_forms() -> None:
    make_thing("t1", hall="7")
    client = browser("viewer")
    page = text(client.get(reverse("thing_attributes", kwargs={"name": "t1"})))
    assert "hall" in page
    assert 'name="attribute_name"' not in page
    assert "Download a kit" not in page


def test_type_and_attributes_are_saved_with_the_difference_in_the_audit() -> None:
    make_thing("t1", hall="7")
    thing_types.create_thing_type(settings.SCOPE, thing_type_name="pump")
    client = browser()
    url = reverse("thing_attributes", kwargs={"name": "t1"})
    fields = {"thing_type": "pump", "version": 1, "attribute_name": ["hall"], "attribute_value": ["8"]}
    assert client.post(url, fields).status_code == 302
    row = last_change()
    assert (row.before["attributes"], row.after["attributes"]) == ({"hall": "7"}, {"hall": "8"})
    assert "meanwhile" in text(client.post(url, fields))
    client.post(url, {"thing_type": "", "version": 2})
    thing = things.find_thing(settings.SCOPE, "t1")
    assert (thing.thing_type, thing.attributes) == (None, {})
    many = {"thing_type": "", "version": 3, "attribute_name": list("abcd"), "attribute_value": list("1234")}
    response = client.post(url, many)
    assert response.status_code == 422
    assert "at most 3" in text(response)


def test_certificates_are_attached_by_id_and_detached_by_arn(tmp_path: Any, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    make_thing("t1")
    certificate = make_certificate(tmp_path)
    client = browser()
    url = reverse("thing_certificates", kwargs={"name": "t1"})
    assert "No certificate" in text(client.get(url))
    client.post(url, {"action": "attach", "principal": certificate.certificate_id})
    page = text(client.get(url))
    assert certificate.certificate_id[:16] in page
    assert "No policy applies" in page
    client.post(url, {"action": "detach", "principal": certificate.arn})
    assert last_change().operation == "DetachThingPrincipal"
    assert client.post(url, {"action": "attach", "principal": "nonsense"}).status_code == 422


def test_policies_in_force_come_from_its_groups_too() -> None:
    thing = make_thing("t1")
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    thing_groups.add_thing_to_thing_group(settings.SCOPE, group=group, thing=thing)
    make_policy("of-the-group")
    client = browser()
    group_url = reverse("group", kwargs={"name": "g"})
    client.post(group_url, {"action": "attach_policy", "policy": "of-the-group"})
    assert "of-the-group" in text(client.get(reverse("thing_certificates", kwargs={"name": "t1"})))


def test_it_joins_and_leaves_groups() -> None:
    make_thing("t1")
    thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    client = browser()
    url = reverse("thing_groups_change", kwargs={"name": "t1"})
    client.post(url, {"join": "g"})
    assert [one.group.name for one in thing_groups.groups_of(settings.SCOPE, thing_name="t1")] == ["g"]
    client.post(url, {"leave": "g"})
    assert not thing_groups.groups_of(settings.SCOPE, thing_name="t1")
    assert client.post(url, {"join": "none"}).status_code == 404


def test_a_thing_is_deleted_and_its_audit_stays() -> None:
    make_thing("t1")
    client = browser()
    assert client.post(reverse("thing_delete", kwargs={"name": "t1"})).status_code == 302
    assert last_change().operation == "DeleteThing"
    assert client.get(reverse("thing", kwargs={"name": "t1"})).status_code == 404

"""Groups: the tree, and what a group holds."""

from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from iot.services import policies, thing_groups
from tests.console.browse import browser, last_change, make_policy, make_thing, text

pytestmark = pytest.mark.django_db


def make(name: str, parent: str | None = None) -> Any:
    return thing_groups.create_thing_group(settings.SCOPE, thing_group_name=name, parent_group_name=parent)


def url(name: str = "g") -> str:
    return reverse("group", kwargs={"name": name})


def test_the_tree_puts_each_group_below_its_parent() -> None:
    make("a")
    make("z")
    make("child", "z")
    page = text(browser().get(reverse("groups")))
    assert page.index(">a<") < page.index(">z<") < page.index(">child<")
    assert "level-1" in page


def test_pages_go_through_the_tree_in_its_order() -> None:
    for number in range(100):
        make(f"a{number:03}")
    make("below", "a099")
    make("z")
    page, client = reverse("groups"), browser()
    assert ">below<" not in text(client.get(page))
    assert "?after=a099" in text(client.get(page))
    rest = text(client.get(page, {"after": "a099"}))
    assert rest.index(">below<") < rest.index(">z<")
    assert ">a099<" not in rest


def test_a_group_is_created_below_another() -> None:
    make("top")
    client = browser()
    assert '<option value="top" selected>' in text(client.get(reverse("group_create"), {"parent": "top"}))
    fields = {"name": "g", "parent": "top", "attribute_name": "hall", "attribute_value": "7"}
    assert client.post(reverse("group_create"), fields)["Location"] == url()
    assert thing_groups.find_thing_group(settings.SCOPE, "g").attributes == {"hall": "7"}
    assert "top" in text(client.get(url()))
    response = client.post(reverse("group_create"), {"name": "g", "description": "other"})
    assert response.status_code == 422


def test_things_come_and_go() -> None:
    make("g")
    make_thing("t1")
    client = browser()
    client.post(url(), {"action": "add", "thing": "t1"})
    assert reverse("thing", kwargs={"name": "t1"}) in text(client.get(url()))
    client.post(url(), {"action": "remove", "thing": "t1"})
    assert "No things in it" in text(client.get(url()))
    assert client.post(url(), {"action": "add", "thing": "none"}).status_code == 404
    assert client.post(url(), {"action": "nonsense"}).status_code == 422


def test_description_and_attributes_are_replaced() -> None:
    make("g")
    client = browser()
    client.post(url(), {"action": "save", "description": "new", "attribute_name": "a", "attribute_value": "1"})
    row = thing_groups.find_thing_group(settings.SCOPE, "g")
    assert (row.description, row.attributes) == ("new", {"a": "1"})
    assert last_change().after == {"description": "new", "attributes": {"a": "1"}}
    wrong = {"action": "save", "attribute_name": "a b", "attribute_value": "1"}
    assert client.post(url(), wrong).status_code == 422


def test_policies_are_attached_and_detached() -> None:
    row = make("g")
    make_policy("p")
    client = browser()
    client.post(url(), {"action": "attach_policy", "policy": "p"})
    assert policies.attached_policies(settings.SCOPE, target=row.arn).count() == 1
    client.post(url(), {"action": "detach_policy", "policy": "p"})
    assert not policies.attached_policies(settings.SCOPE, target=row.arn).exists()


def test_a_group_with_children_is_not_deleted() -> None:
    make("g")
    make("below", "g")
    client = browser()
    assert client.post(url(), {"action": "delete"}).status_code == 422
    client.post(url("below"), {"action": "delete"})
    assert client.post(url(), {"action": "delete"})["Location"] == reverse("groups")
    assert client.get(url()).status_code == 404

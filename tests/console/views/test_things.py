"""The list of things and what can be done to several; making one."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from iot.services import bulk_things, thing_groups, things
from tests.console.browse import HTMX, browser, last_change, make_thing, next_page, text

pytestmark = pytest.mark.django_db


def test_the_list_is_filtered_and_says_when_nothing_matches() -> None:
    make_thing("sensor-1", hall="1")
    make_thing("pump-1", hall="2")
    client = browser()
    page = text(client.get(reverse("things"), {"q": "sens"}))
    assert "sensor-1" in page
    assert "pump-1" not in page
    assert "pump-1" in text(client.get(reverse("things"), {"attribute": "hall=2"}))
    assert "Clear filters" in text(client.get(reverse("things"), {"attribute": "no__such"}))


def test_an_empty_list_says_what_things_are_for() -> None:
    assert "No things yet" in text(browser().get(reverse("things")))


def test_pages_follow_by_key() -> None:
    list(bulk_things.create_things(settings.SCOPE, ((f"t-{number:03}", {}) for number in range(60))))
    client = browser()
    page = text(client.get(reverse("things")))
    assert "t-049" in page
    assert "t-050" not in page
    assert "t-059" in text(client.get(reverse("things") + next_page(page)))


def test_a_head_orders_the_list_and_the_order_stays_with_the_filters() -> None:
    for name in ("older", "newer"):
        make_thing(name)
    client = browser("viewer")
    page = text(client.get(reverse("things"), {"sort": "-created", "q": "er"}))
    assert page.index(">newer<") < page.index(">older<")
    assert 'aria-sort="descending"' in page
    assert '<input type="hidden" name="sort" form="filter" value="-created">' in page
    assert "?q=er&amp;sort=created" in page


def test_a_thing_opens_beside_the_list() -> None:
    make_thing("t1", hall="7")
    client = browser("viewer")
    page = text(client.get(reverse("things"), {"open": "t1"}))
    assert "What it may do" in page
    assert "Create thing" not in page
    part = text(client.get(reverse("things"), {"open": "t1"}, headers={**HTMX, "HX-Target": "panel"}))
    assert "<table" not in part
    assert "<dt>hall</dt>" in part
    assert "not found" in text(client.get(reverse("things"), {"open": "gone"}))


def test_a_page_asks_the_database_a_fixed_number_of_times(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    list(bulk_things.create_things(settings.SCOPE, ((f"t-{number:03}", {"a": "1"}) for number in range(50))))
    client = browser()
    with django_assert_max_num_queries(14):
        client.get(reverse("things"))


def test_a_thing_is_created_with_its_attributes() -> None:
    fields = {"name": "t1", "attribute_name": ["hall", ""], "attribute_value": ["7", ""]}
    response = browser().post(reverse("thing_create"), fields)
    assert response["Location"] == reverse("thing", kwargs={"name": "t1"})
    assert things.find_thing(settings.SCOPE, "t1").attributes == {"hall": "7"}
    row = last_change()
    assert (row.operation, row.resource, row.after["attributes"]) == ("CreateThing", "t1", {"hall": "7"})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "no spaces"}, "must have the form"),
        ({"name": "t1", "attribute_name": ["a b"], "attribute_value": ["1"]}, "attribute name"),
        ({"name": "t1", "attribute_name": ["a"], "attribute_value": ["{}"]}, "value of a"),
        ({"name": "t1", "attribute_name": ["a", "a"], "attribute_value": ["1", "2"]}, "twice"),
        ({"name": "taken"}, "already exists"),
        ({"name": "t1", "attribute_name": list("abcd"), "attribute_value": list("1234")}, "at most 3"),
    ],
)
def test_a_wrong_form_says_what_is_wrong(fields: dict[str, Any], told: str) -> None:
    make_thing("taken", other="1")
    response = browser().post(reverse("thing_create"), fields)
    assert response.status_code == 422
    assert told in text(response)


def test_the_export_is_what_the_filters_leave() -> None:
    make_thing("t1", hall="1")
    make_thing("t2", hall="2")
    client = browser("viewer")
    found = json.loads(text(client.get(reverse("things_export"), {"attribute": "hall=2"})))
    assert [thing["thingName"] for thing in found] == ["t2"]
    found = json.loads(text(client.get(reverse("things_export"), {"selected": ["t1", "gone"]})))
    assert [thing["thingName"] for thing in found] == ["t1"]


def test_several_are_deleted_only_after_typing_how_many() -> None:
    make_thing("t1")
    make_thing("t2")
    client = browser()
    page = text(client.get(reverse("things_delete"), {"selected": ["t1", "t2"]}))
    assert "delete 2 things" in page
    fields = {"selected": ["t1", "t2"], "confirm": "yes"}
    assert client.post(reverse("things_delete"), fields).status_code == 422
    assert client.post(reverse("things_delete"), {**fields, "confirm": "delete 2 things"}).status_code == 302
    assert not things.things(settings.SCOPE).exists()
    assert "Nothing is chosen" in text(client.get(reverse("things_delete")))


def test_one_that_is_refused_does_not_keep_the_others(tmp_path: Any, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    from tests.console.browse import make_certificate  # the settings are this test's own

    make_thing("t1")
    make_thing("t2")
    certificate = make_certificate(tmp_path)
    things.attach_thing_principal(settings.SCOPE, thing_name="t1", principal=certificate.arn)
    client = browser()
    fields = {"selected": ["t1", "t2"], "confirm": "delete 2 things"}
    page = text(client.post(reverse("things_delete"), fields, follow=True))
    assert "still attached" in page
    assert [thing.name for thing in things.things(settings.SCOPE)] == ["t1"]
    fields = {"selected": ["t1"], "confirm": "delete 1 thing", "detach": "on"}
    client.post(reverse("things_delete"), fields)
    assert not things.things(settings.SCOPE).exists()


def test_chosen_things_are_put_into_a_group() -> None:
    make_thing("t1")
    thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    client = browser()
    client.post(reverse("things_group"), {"selected": ["t1"], "into": "g"})
    assert [thing.name for thing in thing_groups.members(settings.SCOPE, thing_group_name="g")] == ["t1"]
    assert client.post(reverse("things_group"), {"selected": ["t1"], "into": "none"}).status_code == 404
    assert "t1" in text(client.get(reverse("things"), {"group": "g"}, headers=HTMX))

"""Thing types: made, deprecated, deleted."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from iot.services import thing_types
from tests.console.browse import browser, last_change, text

pytestmark = pytest.mark.django_db


def test_a_type_is_created_and_listed() -> None:
    client = browser()
    assert "No types yet" in text(client.get(reverse("types")))
    fields = {"name": "pump", "description": "<b>", "searchable": "a, b"}
    assert client.post(reverse("types"), fields)["Location"] == reverse("type", kwargs={"name": "pump"})
    assert thing_types.find_thing_type(settings.SCOPE, "pump").searchable_attributes == ["a", "b"]
    assert '<td data-label="Description">&lt;b&gt;' in text(client.get(reverse("types")))


@pytest.mark.parametrize(
    "fields", [{"name": "a b"}, {"name": "ok", "searchable": "a,b,c,d"}, {"name": "taken", "description": "x"}]
)
def test_a_wrong_form_is_refused(fields: dict[str, str]) -> None:
    thing_types.create_thing_type(settings.SCOPE, thing_type_name="taken")
    assert browser().post(reverse("types"), fields).status_code == 422


def test_a_type_is_deprecated_taken_back_and_deleted() -> None:
    thing_types.create_thing_type(settings.SCOPE, thing_type_name="pump")
    client, url = browser(), reverse("type", kwargs={"name": "pump"})
    client.post(url, {"action": "deprecate"})
    assert "deprecated" in text(client.get(url))
    client.post(url, {"action": "restore"})
    assert thing_types.find_thing_type(settings.SCOPE, "pump").deprecated_at is None
    assert client.post(url, {"action": "delete"}).status_code == 422
    assert last_change().outcome == "InvalidRequestException"
    client.post(url, {"action": "deprecate"})
    thing_types.thing_types(settings.SCOPE).update(deprecated_at="2020-01-01T00:00:00Z")
    assert client.post(url, {"action": "delete"})["Location"] == reverse("types")
    assert client.get(url).status_code == 404


def test_pages_follow_by_name() -> None:
    for number in range(101):
        thing_types.create_thing_type(settings.SCOPE, thing_type_name=f"t{number:03}")
    client = browser()
    page = text(client.get(reverse("types")))
    assert "t099" in page
    assert "t100" not in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    assert "t100" in text(client.get(reverse("types") + following[1]))

"""The navigation: six groups, every entry a page, the current one marked."""

import pytest
from django.urls import reverse

from console.navigation import GROUPS
from tests.console.browse import browser, make_thing, text

pytestmark = pytest.mark.django_db
ENTRIES = [entry for group in GROUPS for entry in group.entries]


def test_there_are_six_groups() -> None:
    assert [str(group.label) for group in GROUPS] == ["Start", "Messages", "Devices", "Rules", "Security", "Operate"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.url_name)
def test_every_entry_opens_a_page_that_marks_it(entry: object) -> None:
    name = entry.url_name  # type: ignore[attr-defined]  # a parameter of pytest
    response = browser("admin").get(reverse(name))
    assert response.status_code == 200
    assert f'href="{reverse(name)}" aria-current="page"' in text(response)


def test_a_detail_page_marks_its_family() -> None:
    make_thing("t1")
    client = browser()
    for view in ("thing", "thing_attributes", "thing_shadow"):
        page = text(client.get(reverse(view, kwargs={"name": "t1"})))
        assert f'href="{reverse("things")}" aria-current="page"' in page

"""Views that a user has saved."""

from typing import Any

import pytest
from django.http import HttpRequest, QueryDict

from console import saved_views
from console.saved_views import current_query, views_of, write_views

pytestmark = pytest.mark.django_db


def request_of(key: int) -> Any:
    class Person:
        pk = key

    request: Any = HttpRequest()
    request.user = Person()
    return request


def test_views_are_a_users_own_and_a_lists_own() -> None:
    view = {"name": "hall 7", "query": "attribute=hall%3D7"}
    write_views(request_of(1), "things", [view])
    write_views(request_of(1), "rules", [])
    assert views_of(request_of(1), "things") == [view]
    assert views_of(request_of(1), "rules") == []
    assert views_of(request_of(2), "things") == []


def test_of_too_many_the_newest_stay() -> None:
    write_views(request_of(1), "things", [{"name": str(number), "query": ""} for number in range(saved_views.MOST + 1)])
    assert views_of(request_of(1), "things")[0]["name"] == "1"


def test_a_view_is_filters_and_order_alone() -> None:
    assert current_query(QueryDict("sort=-name&q=a&after=1&before=2&open=x&type=")) == "q=a&sort=-name"

"""Saving and forgetting views of lists."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.console.browse import browser, text

pytestmark = pytest.mark.django_db
URL = "/views/save/"


def test_a_view_is_saved_shown_forgotten_and_brought_back() -> None:
    client = browser("viewer")
    fields = {"list": "things", "name": "hall 7", "query": "?attribute=hall%3D7&after=x"}
    answer = client.post(URL, fields)
    assert answer["Location"] == f"{reverse('things')}?attribute=hall%3D7"
    page = text(client.get(answer["Location"]))
    assert '<a href="?attribute=hall%3D7" aria-current="true">hall 7</a>' in page
    page = text(client.post(URL, {"list": "things", "name": "hall 7", "do": "forget"}, follow=True))
    assert "The view hall 7 is forgotten." in page
    assert 'aria-current="true">hall 7' not in page
    assert 'name="query" value="attribute=hall%3D7"' in page


def test_the_same_name_is_written_over_and_no_name_saves_nothing() -> None:
    client = browser("viewer")
    for query in ("q=a", "q=b"):
        client.post(URL, {"list": "rules", "name": "mine", "query": query})
    client.post(URL, {"list": "rules", "name": " ", "query": "q=c"})
    page = text(client.get(reverse("rules")))
    assert '<a href="?q=b">mine</a>' in page
    assert "q=a" not in page
    assert "q=c" not in page


def test_strangers_other_methods_and_other_lists_are_refused() -> None:
    assert Client().post(URL, {"list": "things"}).status_code == 302
    assert browser("viewer").get(URL).status_code == 405
    assert browser("viewer").post(URL, {"list": "secrets", "name": "a"}).status_code == 404

"""Template tags of lists, with names as hostile as devices may choose them."""

from typing import Any

from django.http import HttpRequest, QueryDict
from django.template import RequestContext, Template

from console.lists import read_sorting

HOSTILE = "<b>&'\""


def render(template: str, **context: Any) -> str:
    request = HttpRequest()
    request.GET = QueryDict("q=a")
    return Template("{% load listing %}" + template).render(RequestContext(request, {"request": request, **context}))


def test_a_head_says_how_it_is_sorted() -> None:
    request: Any = HttpRequest()
    request.GET = QueryDict("sort=-name")
    sorting = read_sorting(request, ("name", "age"), "name")
    html = render('{% sort_head sorting "name" "Name" "wide" %}{% sort_head sorting "age" "Age" %}', sorting=sorting)
    assert '<th scope="col" aria-sort="descending" class="wide"><a id="sort-name" href="?sort=name"' in html
    assert '<th scope="col" aria-sort="none"><a id="sort-age" href="?sort=age"' in html


def test_a_row_opens_in_the_panel_whatever_its_name() -> None:
    html = render("{% peek name %}", name=HOSTILE, open_base="?q=a&open=", opened=HOSTILE)
    assert 'href="?q=a&amp;open=%3Cb%3E%26%27%22"' in html
    assert 'aria-label="Details of &lt;b&gt;&amp;&#x27;&quot;"' in html
    assert 'aria-current="true"' in html


def test_saved_views_are_for_lists_and_users_alone() -> None:
    assert render("{% saved_views %}{% save_view %}").strip() == ""

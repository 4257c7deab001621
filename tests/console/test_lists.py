"""What lists share: their order, the links of their pager, and the panel beside them."""

from typing import Any

from django.http import HttpRequest, QueryDict

from console.lists import Panel, opened, paged, read_sorting
from iot.core import errors


def asked(query: str) -> Any:
    request = HttpRequest()
    request.GET = QueryDict(query)
    return request


def test_a_head_turns_its_own_order_round_and_keeps_the_filters() -> None:
    sorting = read_sorting(asked("sort=-name&q=a&after=x&open=y"), ("name", "age"), "name")
    assert (sorting.key, sorting.descending, sorting.value) == ("name", True, "-name")
    assert (sorting.direction("name"), sorting.direction("age")) == ("descending", "none")
    assert sorting.url("name") == "?q=a&sort=name"
    assert sorting.url("age") == "?q=a&sort=age"
    assert sorting.url("age", falling=True) == "?q=a&sort=-age"


def test_an_order_that_a_list_does_not_have_is_its_usual_one() -> None:
    sorting = read_sorting(asked("sort=secret"), ("name",), "-name")
    assert (sorting.value, sorting.direction("name")) == ("-name", "descending")
    assert read_sorting(asked("sort=name"), ("name",), "-name").direction("name") == "ascending"


def test_the_pager_keeps_filters_and_order() -> None:
    found = paged(asked("q=a%26b&sort=-name&after=1&open=z"), "2")
    assert found == {
        "kept": "q=a%26b&sort=-name",
        "following": "?q=a%26b&sort=-name&after=2",
        "first": "?q=a%26b&sort=-name",
    }
    assert paged(asked("q=a"), "")["first"] == ""


def test_the_panel_is_what_the_query_opens() -> None:
    found = opened(asked("q=a&open=t1"), lambda name: Panel(name, f"/{name}/"))
    assert found["panel"].title == "t1"
    assert (found["close_url"], found["open_base"]) == ("?q=a", "?q=a&open=")
    assert "panel" not in opened(asked(""), lambda name: Panel(name, ""))


def test_a_row_that_is_gone_is_said_to_be() -> None:
    def find(name: str) -> Panel:
        raise errors.ResourceNotFoundException(f"{name} is not there")

    assert opened(asked("open=t1"), find)["panel_gone"] == "t1 is not there"

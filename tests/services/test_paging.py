"""Pages by key: tokens that cannot be made up and stay right while rows come and go."""

import re

import pytest
from django.core import signing

from iot.core import errors
from iot.core.arn import Scope
from iot.models import ThingType
from iot.services.paging import page_by, paginate, paginate_list

SCOPE = Scope("1", "r")


def names(
    token: str | None = None, *, kind: str = "k", scope: Scope = SCOPE, newest: bool = False
) -> tuple[str, str | None]:
    rows, following = paginate(
        ThingType.objects.all(), scope=scope, kind=kind, token=token, limit=2, newest_first=newest
    )
    return "".join(row.name for row in rows), following


@pytest.fixture
def _rows(db: None) -> None:
    for name in "abcd":
        ThingType.objects.create(account="1", region="r", name=name)


@pytest.mark.usefixtures("_rows")
def test_pages_follow_each_other_in_both_directions() -> None:
    first, token = names()
    assert (first, names(token)) == ("ab", ("cd", None))
    first, token = names(newest=True)
    assert (first, names(token, newest=True)) == ("dc", ("ba", None))


@pytest.mark.usefixtures("_rows")
def test_rows_that_come_and_go_neither_repeat_nor_hide_others() -> None:
    _, token = names()
    ThingType.objects.filter(name="a").delete()
    ThingType.objects.create(account="1", region="r", name="e")
    second, token = names(token)
    assert (second, names(token)) == ("cd", ("e", None))


@pytest.mark.usefixtures("_rows")
def test_a_token_is_good_for_its_list_alone() -> None:
    _, token = names()
    assert token is not None
    for options in ({"kind": "other"}, {"scope": Scope("2", "r")}, {"scope": Scope("1", "q")}):
        with pytest.raises(errors.InvalidRequestException):
            names(token, **options)
    for forged in (token + "x", "", "1", signing.dumps(["1", "r", "k", 2])):
        with pytest.raises(errors.InvalidRequestException):
            names(forged)


def test_lists_are_paged_by_place() -> None:
    page, token = paginate_list([1, 2, 3], scope=SCOPE, kind="l", token=None, limit=2)
    assert (page, paginate_list([1, 2, 3], scope=SCOPE, kind="l", token=token, limit=2)) == ([1, 2], ([3], None))
    assert paginate_list([1, 2], scope=SCOPE, kind="l", token=None, limit=2) == ([1, 2], None)


def test_a_token_can_be_a_marker() -> None:
    for size in range(1, 40):
        _, token = paginate_list(list(range(size + 1)), scope=SCOPE, kind="k" * size, token=None, limit=size)
        assert token is not None
        assert re.fullmatch("[A-Za-z0-9+/]+={0,2}", token)  # the model's pattern for markers


@pytest.mark.usefixtures("_rows")
def test_pages_by_a_field_go_both_ways_with_equal_values_by_key() -> None:
    ThingType.objects.filter(name__in="bc").update(description="same")
    seen: list[str] = []
    after = ""
    while True:
        rows, after = page_by(ThingType.objects.all(), order="description", descending=False, after=after, limit=1)
        seen += [row.name for row in rows]
        if not after:
            break
    assert seen == ["a", "d", "b", "c"]
    falling, following = page_by(ThingType.objects.all(), order="created_at", descending=True, after="", limit=3)
    assert [row.name for row in falling] == ["d", "c", "b"]
    rest, _end = page_by(ThingType.objects.all(), order="created_at", descending=True, after=following, limit=3)
    assert [row.name for row in rest] == ["a"]


@pytest.mark.parametrize("after", ["?", "bnVsbA", "W10", "e30", "W251bGwsMV0", "WyJhIiwiYSJd"])
@pytest.mark.django_db
def test_a_place_that_is_none_is_refused(after: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        page_by(ThingType.objects.all(), order="name", descending=False, after=after, limit=1)
    with pytest.raises(errors.InvalidRequestException):
        page_by(ThingType.objects.all(), order="created_at", descending=False, after="WyJhIiwxXQ", limit=1)

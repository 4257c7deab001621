"""Every page in both themes, wide and narrow: accessible, nothing from outside, no error, no sideways scrolling."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.console import BrowserConsole
from tests.console.furniture import furnish_stack
from tests.console.places import PLACES, Place
from tests.stack import Stack


@pytest.fixture(scope="module")
def names(stack: Stack) -> dict[str, str]:
    return furnish_stack(stack, "pages")


@pytest.fixture(scope="module")
def visitor(admin_context: BrowserContext, stack: Stack) -> Iterator[BrowserConsole]:
    found = BrowserConsole(admin_context.new_page(), stack)
    yield found
    found.page.close()


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_is_as_every_page_must_be(place: Place, visitor: BrowserConsole, names: dict[str, str]) -> None:
    visitor.faults.clear()
    response = visitor.page.goto(visitor.stack.http + place.address(names))
    assert response is not None
    assert response.status == 200
    visitor.audit()


def test_a_page_that_is_not_there_and_the_login_are_as_every_page_must_be(
    visitor: BrowserConsole, console: BrowserConsole
) -> None:
    visitor.faults.clear()
    response = visitor.page.goto(f"{visitor.stack.http}/nowhere/")
    assert response is not None
    assert response.status == 404
    assert all("404" in fault for fault in visitor.faults)
    visitor.faults.clear()
    visitor.audit()
    console.open("/login/")
    console.audit()

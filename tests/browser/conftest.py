"""Chromium for the browser tests, which run last: the synchronous browser API keeps an event loop running."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.console import BrowserConsole
from tests.stack import Stack

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
CHROMIUM = os.environ.get("CONSOLE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
LOOK: dict[str, Any] = {
    "viewport": {"width": 1280, "height": 860},
    "color_scheme": "light",
    "reduced_motion": "reduce",
    "locale": "en-GB",
    "timezone_id": "UTC",
}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--disable-dev-shm-usage"]}


@pytest.fixture(scope="session")
def admin_context(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """The browser of the stack's admin: logged in once, with one cache of static files for all tests."""
    context = browser.new_context(**LOOK)
    visitor = BrowserConsole(context.new_page(), stack)
    visitor.log_in("admin", stack.admin_password)
    visitor.page.close()
    yield context
    context.close()


@pytest.fixture
def console(admin_context: BrowserContext, stack: Stack) -> Iterator[BrowserConsole]:
    """A page of its own in the browser of the stack's admin."""
    found = BrowserConsole(admin_context.new_page(), stack)
    yield found
    found.page.close()


@pytest.fixture
def apart(browser: Browser, stack: Stack, admin_context: BrowserContext) -> Iterator[Callable[..., BrowserConsole]]:
    """Make pages in browsers of their own, which begin with the admin's login and share no cookie afterwards."""
    with ExitStack() as opened:

        def make(**options: Any) -> BrowserConsole:
            context = browser.new_context(**{**LOOK, "storage_state": admin_context.storage_state(), **options})
            opened.callback(context.close)
            return BrowserConsole(context.new_page(), stack)

        yield make


@pytest.hookimpl(trylast=True)  # pytest itself brings tests together that share a parametrized browser
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: bool(_needs_browser(item)))
    for item in items:
        if CHROMIUM is None and _needs_browser(item):
            item.add_marker(pytest.mark.skip(reason="There is no Chromium: install the package chromium"))


def _needs_browser(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ()) or "page" in getattr(item, "fixturenames", ())

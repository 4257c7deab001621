"""Chromium for the browser tests, which run last: the synchronous browser API keeps an event loop running."""

import os
import shutil
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser

from tests.browser.console import BrowserConsole
from tests.stack import Stack

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
CHROMIUM = os.environ.get("CONSOLE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--disable-dev-shm-usage"]}


@pytest.fixture
def console(browser: Browser, stack: Stack) -> Iterator[BrowserConsole]:
    """A page of its own, logged in as the admin of the stack."""
    yield from _logged_in(browser, stack, 1280, "light")


@pytest.fixture(params=[(1280, "light"), (320, "dark")], ids=["wide-light", "narrow-dark"])
def console_in_both_forms(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[BrowserConsole]:
    """Logged in, once wide and light, once narrow and dark."""
    yield from _logged_in(browser, stack, *request.param)


def _logged_in(
    browser: Browser, stack: Stack, width: int, scheme: Literal["light", "dark"]
) -> Iterator[BrowserConsole]:
    context = browser.new_context(
        viewport={"width": width, "height": 860},
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    found = BrowserConsole(context.new_page(), stack)
    found.log_in()
    yield found
    context.close()


@pytest.hookimpl(trylast=True)  # pytest itself brings tests together that share a parametrized browser
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: bool(_needs_browser(item)))
    for item in items:
        if CHROMIUM is None and _needs_browser(item):
            item.add_marker(pytest.mark.skip(reason="There is no Chromium: install the package chromium"))


def _needs_browser(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ()) or "page" in getattr(item, "fixturenames", ())

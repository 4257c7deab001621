"""Walks over the console in Chromium: by keyboard, live, narrow, without scripts, and under a path prefix."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.console import BrowserConsole
from tests.stack import ROOT, Stack, free_ports

WAIT = 15_000
PREFIX = "iot-lab"


@pytest.fixture
def name(stack: Stack) -> str:
    found = f"walk-{uuid.uuid4().hex[:8]}"
    stack.boto("iot").create_thing(thingName=found)
    return found


def test_a_thing_is_made_found_and_changed_by_keyboard_alone(console: BrowserConsole) -> None:
    page, name = console.page, f"typed-{uuid.uuid4().hex[:8]}"
    console.open("/new/thing/")
    page.locator("#id_name").focus()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    page.keyboard.press("/")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type(name[:10])
    expect(page.locator("#palette .results a").first).to_contain_text(name, timeout=WAIT)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    console.open(f"/things/{name}/?edit=form")
    page.get_by_label("New key").focus()
    page.keyboard.type("led.color")
    page.keyboard.press("Tab")
    page.keyboard.type("amber")
    expect(page.locator("#request pre")).to_contain_text('"color": "amber"', timeout=WAIT)
    page.locator("#request").get_by_role("button", name="Send request").press("Enter")
    expect(page.locator("#keys")).to_contain_text('"amber"')
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    assert console.faults == []


def test_a_change_of_a_shadow_appears_and_is_marked(console: BrowserConsole, name: str) -> None:
    data = console.stack.boto("iot-data")
    data.update_thing_shadow(thingName=name, payload=json.dumps({"state": {"reported": {"battery": 88, "unit": "C"}}}))
    console.open(f"/things/{name}/")
    page = console.page
    expect(page.locator("#connection")).to_have_text("Live", timeout=WAIT)
    data.update_thing_shadow(thingName=name, payload=json.dumps({"state": {"reported": {"battery": 41}}}))
    row = page.locator("#keys tr.flash")
    expect(row).to_contain_text("41", timeout=WAIT)
    expect(row).to_have_count(1)
    assert console.faults == []


def test_the_theme_is_remembered_without_a_flash(apart: Callable[..., BrowserConsole]) -> None:
    console = apart()
    page = console.open("/things/")
    page.get_by_label("Theme").click()
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    answer = page.goto(f"{console.stack.http}/types/")
    assert answer is not None
    assert 'data-theme="dark"' in answer.text()


def test_the_drawer_opens_and_gives_the_focus_back(console: BrowserConsole) -> None:
    page = console.page
    page.set_viewport_size({"width": 320, "height": 700})
    console.open("/things/")
    rail = page.locator("#navigation")
    expect(rail).not_to_be_in_viewport()
    opener = page.get_by_label("Open navigation")
    opener.press("Enter")
    expect(rail).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(rail).not_to_be_in_viewport()
    expect(opener).to_be_focused()


def test_lists_and_forms_work_without_scripts(apart: Callable[..., BrowserConsole], stack: Stack, name: str) -> None:
    console = apart(java_script_enabled=False, storage_state=None)
    console.log_in("admin", stack.admin_password)
    page = console.open("/things/")
    page.fill("main [name=q]", name)
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("link", name="Want something").click()
    page.get_by_label("New key").fill("rate")
    page.get_by_label("New value").fill("5")
    page.get_by_role("button", name="Show the request").click()
    expect(page.locator("main")).to_contain_text('"rate": 5')
    page.get_by_role("button", name="Send request").click()
    expect(page.locator("#keys")).to_contain_text("wanted only")


@pytest.fixture(scope="module")
def prefixed(stack: Stack) -> Iterator[str]:
    """The same console once more, under a path."""
    (port,) = free_ports(1)
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "web", "--port", str(port)],
        env={**os.environ, **stack.environment, "THINGSTEAD_URL_PREFIX": PREFIX},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert "ready" in server.stdout.readline()
        yield f"http://127.0.0.1:{port}/{PREFIX}"
    finally:
        server.terminate()
        server.wait(10)
        if server.stdout is not None:
            server.stdout.close()


def test_it_works_under_a_path_prefix(
    apart: Callable[..., BrowserConsole], stack: Stack, prefixed: str, name: str
) -> None:
    console = apart(storage_state=None)
    page, base = console.page, prefixed.rpartition("/")[0]
    seen: list[str] = []
    page.on("response", lambda answer: seen.append(f"{answer.status} {answer.url}"))
    console.log_in("admin", stack.admin_password, prefixed)
    for path in ("/things/", f"/things/{name}/", "/settings/"):
        page.goto(prefixed + path)
        links = page.locator("a[href^='/']").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
        assert all(link.startswith(f"/{PREFIX}/") for link in links)
    page.goto(f"{prefixed}/things/{name}/")
    expect(page.locator("#connection")).to_have_text("Live", timeout=WAIT)
    assert not [one for one in seen if not one.startswith(("2", "3")) or f"{base}/{PREFIX}/" not in one]

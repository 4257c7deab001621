"""One walk a feature by keyboard alone: Tab finds it, it is seen where it is, and a key does it."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import BrowserConsole

WAIT = 15_000
MOST_TABS = 90
# The focused element, and whether its middle is seen: in the window, under nothing that lies above it
FOCUSED = """selector => {
  const element = document.activeElement;
  if (!element.matches(selector)) return "no";
  const box = element.getBoundingClientRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
  return at && (element.contains(at) || at.contains(element)) ? "seen" : `hidden by ${at?.outerHTML.slice(0, 120)}`;
}"""


def reach(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, and demand that it is seen."""
    for _ in range(MOST_TABS):
        found = page.evaluate(FOCUSED, selector)
        if found != "no":
            assert found == "seen", f"{selector} is {found}"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


def skip(page: Page) -> None:
    """The first stop of every page leads past its navigation."""
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED, "a.skip") != "no"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def type_into(page: Page, selector: str, text: str) -> None:
    reach(page, selector)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def push(page: Page, selector: str) -> None:
    reach(page, selector)
    page.keyboard.press("Enter")


@pytest.fixture
def name() -> str:
    return f"keys_{uuid.uuid4().hex[:8]}"


def test_a_policy_is_written_given_a_version_and_deleted(console: BrowserConsole, name: str) -> None:
    page = console.open("/new/policy/")
    skip(page)
    type_into(page, "[name=name]", name)
    push(page, "form.wide button.primary")
    expect(page.locator("h1")).to_have_text(name)
    console.open(f"/policies/{name}/edit/")
    skip(page)
    reach(page, ".ace_scroller")
    page.keyboard.press("Enter")
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(" ")
    page.keyboard.press("Escape")
    push(page, "form button.primary")
    expect(page.locator("#notices")).to_contain_text("in force")
    console.open(f"/policies/{name}/delete/")
    skip(page)
    push(page, "form button.danger")
    expect(page.locator("#notices")).to_contain_text("deleted")
    assert console.faults == []


def test_a_certificate_is_made_stopped_and_started_again(console: BrowserConsole) -> None:
    page = console.open("/new/certificate/")
    skip(page)
    push(page, "form button.primary")
    expect(page.locator("main")).to_contain_text("PRIVATE KEY")
    push(page, "main p a.primary")
    expect(page.locator("button[value=deactivate]")).to_be_visible()
    push(page, "button[value=deactivate]")
    expect(page.locator("#notices")).to_contain_text("Undo")
    push(page, "#notices form button")
    expect(page.locator("button[value=deactivate]")).to_be_visible()
    assert console.faults == []


def test_a_job_is_made_and_canceled(console: BrowserConsole, name: str) -> None:
    console.stack.boto("iot").create_thing(thingName=name)
    page = console.open(f"/jobs/new/?thing={name}")
    skip(page)
    type_into(page, "[name=job_id]", name)
    push(page, "form.wide button.primary")
    expect(page.locator("h1")).to_contain_text(name)
    push(page, "button[value=cancel]")
    expect(page.locator("#notices")).to_contain_text("is canceled")
    assert console.faults == []


def test_settings_are_changed_and_a_wrong_password_is_told_at_its_field(console: BrowserConsole) -> None:
    page = console.open("/settings/")
    skip(page)
    reach(page, "select[name=level]")
    page.keyboard.type("ERROR")
    push(page, "form[action$='/logging/'] button")
    expect(page.locator("#notices")).to_contain_text("Logging saved")
    expect(page.locator("select[name=level]")).to_have_value("ERROR")
    console.open("/settings/password/")
    skip(page)
    type_into(page, "[name=current]", "wrong")
    type_into(page, "[name=password]", "another long password")
    with page.expect_response(lambda answer: answer.request.method == "POST") as told:
        page.keyboard.press("Enter")
    assert told.value.status == 422
    expect(page.locator("[name=current]")).to_have_attribute("aria-invalid", "true")
    assert all("422" in fault for fault in console.faults)


def test_the_mqtt_client_subscribes_publishes_and_opens_a_message(console: BrowserConsole, name: str) -> None:
    page = console.open("/messages/")
    skip(page)
    type_into(page, "#new-filter", f"{name}/#")
    page.keyboard.press("Enter")
    expect(page.locator(".watch-state").first).to_contain_text("granted", timeout=WAIT)
    type_into(page, "#publish [name=topic]", f"{name}/a")
    type_into(page, "#publish [name=payload]", '{"n": 1}')
    push(page, "#publish-fields button.primary")
    expect(page.locator("#messages li")).to_have_count(1, timeout=WAIT)
    push(page, "#messages li button")
    expect(page.locator("#detail")).to_contain_text(f"{name}/a")
    assert console.faults == []


def test_a_rule_is_written_and_saved(console: BrowserConsole, name: str) -> None:
    page = console.open("/rules/new/")
    skip(page)
    type_into(page, "[name=name]", name)
    reach(page, ".ace_scroller")
    page.keyboard.press("Enter")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(f"SELECT * FROM '{name}")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#result .verdict")).to_be_visible(timeout=WAIT)
    push(page, "#rule-form button.primary")
    expect(page.locator("h1")).to_have_text(name)
    assert name in console.stack.boto("iot").get_topic_rule(ruleName=name)["rule"]["sql"]
    assert console.faults == []


def test_the_tutorial_is_done_up_to_its_first_message(console: BrowserConsole, name: str) -> None:
    page = console.open("/start/thing/")
    skip(page)
    type_into(page, "[name=thing_name]", name)
    page.keyboard.press("Enter")
    expect(page.locator("button[value=simulate]")).to_be_visible()
    push(page, "button[value=simulate]")
    expect(page.locator("#next")).to_be_visible(timeout=WAIT)
    push(page, "#next a")
    expect(page.locator("h1")).to_have_text("See its first message")
    expect(page.locator("#proof")).to_contain_text("temperature", timeout=WAIT)
    console.open("/start/")
    skip(page)
    push(page, "button[value=remove]")
    expect(page.get_by_role("link", name="Begin")).to_be_visible()
    assert console.faults == []

"""The rules workbench in Chromium: tried as it is typed, the fault where it is, and the rule that fires."""

import json
import queue
import uuid

from playwright.sync_api import Page, expect

from tests.browser.console import BrowserConsole
from tests.sdk.test_kit import heard

WAIT = 15_000
SET = "([selector, text]) => document.querySelector(selector).editor.setValue(text, 1)"


def write(page: Page, sql: str) -> None:
    page.wait_for_function("document.querySelector('[name=sql]').editor")
    page.evaluate(SET, ["[name=sql]", sql])


def test_a_rule_is_tried_as_it_is_typed_saved_and_fires(console: BrowserConsole) -> None:
    name = f"warm_{uuid.uuid4().hex[:6]}"
    page = console.open("/rules/new/")
    page.get_by_label("Name").fill(name)
    write(page, f"SELECT temperature, clientid() AS client FROM '{name}/+/in' WHERE temperature > 25")
    page.locator("#sample-topic").fill(f"{name}/d1/in")
    expect(page.locator("#result .verdict")).to_have_text("It fires", timeout=WAIT)
    page.evaluate(SET, ["#sample-payload", '{"temperature": 20}'])
    expect(page.locator("#result .verdict")).to_contain_text("does not fire", timeout=WAIT)
    expect(page.locator("#result table")).to_contain_text("20")
    page.get_by_role("button", name="Add action").click()
    page.locator("[name='action-0-topic']").fill(f"{name}/out/${{topic(2)}}")
    console.audit()
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    console.audit()

    with heard(console.stack, f"{name}/out/#") as once:
        page.locator("#run-topic").fill(f"{name}/d2/in")
        page.get_by_role("button", name="Run rule once").click()
        assert json.loads(once.get(timeout=15))["temperature"] == 26.5
        expect(page.locator("[data-rule-live] li")).to_contain_text("success", timeout=WAIT)

    data = console.stack.boto("iot-data")
    with heard(console.stack, f"{name}/out/#") as messages:

        def fired() -> bytes | None:
            data.publish(topic=f"{name}/d1/in", qos=1, payload=b'{"temperature": 26}')
            try:
                return messages.get(timeout=0.5)
            except queue.Empty:
                return None

        found = console.stack.wait_for(fired, 15)
    assert found is not None
    assert json.loads(found)["temperature"] == 26


def test_one_action_is_tested_for_real_before_anything_is_saved(console: BrowserConsole) -> None:
    name = f"try_{uuid.uuid4().hex[:6]}"
    page = console.open("/rules/new/")
    write(page, f"SELECT temperature FROM '{name}/+/in' WHERE temperature > 25")
    page.locator("#sample-topic").fill(f"{name}/d1/in")
    page.get_by_role("button", name="Add action").click()
    page.locator("[name='action-0-topic']").fill(f"{name}/out/${{topic(2)}}")
    tried = page.locator("#action-0-tried")
    with heard(console.stack, f"{name}/out/#") as sent:
        page.get_by_role("button", name="Test this action").click()
        assert json.loads(sent.get(timeout=15)) == {"temperature": 26.5}
    expect(tried).to_contain_text("It ran", timeout=WAIT)
    tried.locator("summary").click()
    expect(tried).to_contain_text(f"{name}/out/d1")
    console.audit()
    page.evaluate(SET, ["#sample-payload", '{"temperature": 20}'])
    expect(page.locator("#result .verdict")).to_contain_text("does not fire", timeout=WAIT)
    page.get_by_role("button", name="Test this action").click()
    expect(tried).to_contain_text("It did not run", timeout=WAIT)
    assert console.stack.boto("iot").list_topic_rules(topic=f"{name}/d1/in")["rules"] == []


def test_the_fault_is_marked_at_its_column(console: BrowserConsole) -> None:
    page = console.open("/rules/new/")
    write(page, "SELECT *\nFROM 'a'\nWHERE nothing(1)")
    expect(page.locator("#result .verdict")).to_contain_text("line 3, column 7", timeout=WAIT)
    expect(page.locator(".fault-marker")).to_be_visible()
    found = page.evaluate("document.querySelector('[name=sql]').editor.session.getAnnotations()")
    assert [(one["row"], one["column"]) for one in found] == [(2, 6)]
    write(page, "SELECT * FROM 'a'")
    expect(page.locator(".fault-marker")).to_have_count(0, timeout=WAIT)
    assert console.faults == []


def test_completion_offers_functions_and_the_keys_of_the_sample(console: BrowserConsole) -> None:
    page = console.open("/rules/new/")
    write(page, "SELECT temp")
    page.evaluate("document.querySelector('[name=sql]').editor.focus()")
    page.keyboard.press("Control+Space")
    expect(page.locator(".ace_autocomplete")).to_contain_text("temperature", timeout=WAIT)
    page.keyboard.press("Escape")
    assert console.faults == []


def test_the_sample_is_taken_from_live_traffic(console: BrowserConsole) -> None:
    topic = f"sample/{uuid.uuid4().hex[:6]}"
    page = console.open("/rules/new/")
    write(page, f"SELECT * FROM '{topic}/#'")
    page.get_by_role("button", name="Take the next live one").click()
    data = console.stack.boto("iot-data")

    def taken() -> bool:
        data.publish(topic=f"{topic}/d9", qos=1, payload=b'{"fresh": true}')
        page.wait_for_timeout(200)
        return page.locator("#sample-topic").input_value() == f"{topic}/d9"

    console.stack.wait_for(taken, 15)
    expect(page.locator("#result")).to_contain_text("fresh", timeout=WAIT)


def test_deleting_can_be_undone(console: BrowserConsole) -> None:
    name = f"gone_{uuid.uuid4().hex[:6]}"
    payload = {"sql": "SELECT * FROM 'x'", "actions": []}
    console.stack.boto("iot").create_topic_rule(ruleName=name, topicRulePayload=payload)
    page = console.open(f"/rules/{name}/")
    page.get_by_role("button", name="Delete rule").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)

"""The MQTT client in Chromium: receives, filters, pauses without loss, publishes, shows a message in detail."""

import json
import uuid
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.console import BrowserConsole
from tests.console.furniture import MARKUP as HARM

WAIT = 15_000
MARKUP = HARM.replace("/", "")  # within one level of a topic


@pytest.fixture
def topic() -> str:
    return f"live/{uuid.uuid4().hex[:8]}"


def watch(console: BrowserConsole, *filters: str) -> None:
    query = "&".join(f"filter={quote(one, safe='')}" for one in filters)
    console.open(f"/messages/?{query}")
    expect(console.page.locator(".watch-state").first).to_contain_text("granted", timeout=WAIT)


def publish(console: BrowserConsole, topic: str, payload: object, *, count: int = 1) -> None:
    data = console.stack.boto("iot-data")
    for number in range(count):
        body = payload if count == 1 else {"n": number}
        data.publish(topic=topic, qos=1, payload=json.dumps(body).encode())


def test_messages_arrive_escaped_and_open_in_detail(console: BrowserConsole, topic: str) -> None:
    watch(console, f"0:{topic}/#", "1:never/used")
    page = console.page
    publish(console, f"{topic}/a", {"temperature": 20, "note": "<img src=x onerror=alert(1)>"})
    expect(page.locator("#messages li")).to_have_count(1, timeout=WAIT)
    publish(console, f"{topic}/a", {"temperature": 21, "note": "<img src=x onerror=alert(1)>"})
    expect(page.locator("#messages li")).to_have_count(2, timeout=WAIT)
    page.locator("#messages li button").first.click()
    detail = page.locator("#detail")
    expect(detail.locator("tr.is-changed")).to_contain_text("20")
    expect(page.locator("#messages img")).to_have_count(0)
    detail.get_by_role("button", name="Chart").first.click()
    expect(detail.locator(".read-out")).to_contain_text("now 21")
    detail.get_by_role("button", name="Hex").click()
    expect(detail.locator(".payload")).to_contain_text("7b 22")
    console.audit()


def test_a_pause_loses_nothing_and_counts(console: BrowserConsole, topic: str) -> None:
    watch(console, f"0:{topic}")
    page = console.page
    page.locator("#pause").click()
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    publish(console, topic, None, count=25)
    expect(page.locator("#pause")).to_contain_text("(25)", timeout=WAIT)
    expect(page.locator("#messages li")).to_have_count(0)
    page.locator("#pause").click()
    expect(page.locator("#messages li")).to_have_count(25, timeout=WAIT)
    expect(page.locator("#counts")).to_contain_text("Received 25", timeout=WAIT)
    expect(page.locator("#counts")).to_contain_text("left out 0")


def test_filters_narrow_what_is_shown_and_are_in_the_address(console: BrowserConsole, topic: str) -> None:
    watch(console, f"0:{topic}/#")
    page = console.page
    for number in range(4):
        publish(console, f"{topic}/{number}", {"temperature": 20 + number})
    expect(page.locator("#messages li")).to_have_count(4, timeout=WAIT)
    page.locator("#text-filter").fill("temperature >= 22")
    expect(page.locator("#messages li")).to_have_count(2)
    page.locator("#within").fill(f"{topic}/3")
    expect(page.locator("#messages li")).to_have_count(1)
    assert "temperature" in page.url
    page.locator("#as-tree").click()
    expect(page.locator("#tree-view")).to_contain_text("23")
    assert "view=tree" in page.url


def test_publishing_reaches_the_list_and_can_be_repeated(console: BrowserConsole, topic: str) -> None:
    console.open("/messages/")
    page = console.page
    page.get_by_label("Topic filter").fill(f"{topic}/#")
    page.get_by_role("button", name="Subscribe", exact=True).click()
    expect(page.locator(".watch-state").first).to_contain_text("granted", timeout=WAIT)
    page.locator("#publish [name=topic]").fill(f"{topic}/b")
    page.locator("#publish [name=payload]").fill('{"from": "the console"}')
    page.get_by_text("MQTT 5 properties").click()
    page.locator("#publish [name=user_properties]").fill("unit: C")
    page.get_by_role("button", name="Publish message").click()
    expect(page.locator("#messages li")).to_have_count(1, timeout=WAIT)
    page.get_by_role("button", name="Repeat last").click()
    expect(page.locator("#messages li")).to_have_count(2, timeout=WAIT)
    page.locator("#messages li button").first.click()
    expect(page.locator("#detail .properties")).to_contain_text("unit")
    expect(page.locator("#detail dd.sender")).to_contain_text("admin")
    page.locator("#detail").get_by_role("link", name="Make a rule from this").click()
    expect(page.locator("#sample-topic")).to_have_value(f"{topic}/b")
    assert console.faults == []


def test_a_page_says_that_the_server_is_gone_and_goes_on_when_it_is_back(console: BrowserConsole, topic: str) -> None:
    watch(console, f"0:{topic}/#")
    mark = console.page.locator("#connection")
    expect(mark).to_have_text("Live", timeout=WAIT)
    publish(console, f"{topic}/a", {"before": 1})
    expect(console.page.locator("#messages li")).to_have_count(1, timeout=WAIT)
    console.stack.kill("web")
    expect(mark).to_contain_text("Disconnected since", timeout=WAIT)
    expect(mark).to_have_text("Live", timeout=2 * WAIT)
    expect(console.page.locator(".watch-state").first).to_contain_text("granted", timeout=WAIT)
    publish(console, f"{topic}/b", {"after": 2})
    expect(console.page.locator("#messages li")).to_have_count(2, timeout=WAIT)
    assert all("WebSocket" in fault for fault in console.faults), console.faults


def test_a_refused_subscription_says_why(console: BrowserConsole) -> None:
    console.open("/messages/?filter=a%23")
    expect(console.page.locator(".is-refused")).to_contain_text("must be the last level")


HOSTILE: dict[str, bytes] = {
    "markup": b"<script>alert(1)</script><img src=x onerror=alert(2)>",
    "binary": bytes(range(256)),
    "invalid": b'{"text": "\xff\xfe\xc0"}',
    "foreign": f'{{"{MARKUP[2:30]}": "\u202e\u05e9\u05dc\u05d5\u05dd {"W" * 200}"}}'.encode(),
    "deep": b"[" * 5000,
    "numbers": b'{"a": 1e999, "b": -0, "c": 123456789012345678901234567890, "__proto__": {"x": 1}}',
    "empty": b"",
    "huge": b'{"rows": [' + b"1," * 63_000 + b"1]}",
}


def test_hostile_messages_are_shown_and_harm_nothing(console: BrowserConsole, topic: str) -> None:
    watch(console, f"0:{topic}/#")
    page, data = console.page, console.stack.boto("iot-data")
    for name, payload in HOSTILE.items():
        properties = json.dumps([{MARKUP: MARKUP}, {"unit": "\u202e\u05e9"}])
        data.publish(topic=f"{topic}/{name}/{MARKUP}", qos=1, payload=payload, userProperties=properties)
    expect(page.locator("#messages li")).to_have_count(len(HOSTILE), timeout=WAIT)
    detail = page.locator("#detail")
    for index in range(len(HOSTILE)):
        page.locator("#messages li button").nth(index).click()
        expect(detail).to_contain_text(MARKUP)
        detail.get_by_role("button", name="Hex").click()
    page.locator("#as-tree").click()
    expect(page.locator("#tree-view")).to_contain_text("binary")
    assert page.locator("#messages img, #detail img, #tree-view img").count() == 0
    console.audit()

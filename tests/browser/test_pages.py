"""Every page in both themes, wide and narrow: accessible, nothing from outside, no error, no sideways scrolling."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.console import AXE, BrowserConsole
from tests.stack import Stack

# Contrast is the themes' matter, and what narrows is the widths': each is asked where it can differ.
CONTRAST: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
NARROW: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}}
FORMS = (("light", 1280, AXE), ("dark", 1280, CONTRAST), ("dark", 320, NARROW), ("light", 320, None))
THEME = """theme => {
  document.documentElement.dataset.theme = theme;
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
AXE_SOURCE = (files("axe_playwright_python") / "axe.min.js").read_text()
HOSTILE = "<b>&'\"</b>"
REFUSED = """
from django.conf import settings
from iot.services import refusals
refusals.record(settings.SCOPE, [{"client_id": "<i>pages</i>", "principal": "%s", "address": "10.0.0.7", "count": 3,
    "action": "iot:Publish", "resource": settings.SCOPE.arn("topic", "<b>plant</b>/7"), "reason": "denied",
    "policy": "pages", "statement_index": 0, "statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}])
print(refusals.refusals(settings.SCOPE)[0].pk)
"""
PAGES = (
    "/",
    "/login/",
    "/nowhere/",
    "/start/",
    "/messages/",
    "/messages/retained/",
    "/clients/",
    "/things/",
    "/things/?q=nothing-has-this-name",
    "/new/thing/",
    "/things/pages/",
    "/things/pages/?edit=json",
    "/things/pages/?edit=form",
    "/things/pages/?clear=[]",
    "/things/pages/shadow/network/",
    "/things/pages/shadow-history/?version=2&with=1",
    "/things/pages/shadow-delete/",
    "/things/pages/activity/",
    "/things/pages/certificates/",
    "/things/pages/jobs/",
    "/things/pages/attributes/",
    "/things/pages/audit/",
    "/things/pages/delete/",
    "/bulk/things/delete/?selected=pages&selected=pages-2",
    "/types/",
    "/types/pages/",
    "/groups/",
    "/groups/pages/",
    "/new/group/",
    "/jobs/",
    "/rules/",
    "/rules/new/",
    "/rules/pages/",
    "/rules/pages/edit/",
    "/destinations/",
    "/certificates/",
    "/certificates/{certificate}/",
    "/new/certificate/",
    "/policies/",
    "/policies/pages/?version=2&with=1",
    "/policies/pages/edit/",
    "/new/policy/",
    "/simulator/",
    "/simulator/?thing=pages&action=iot:Publish&name=plant/7",
    "/cas/",
    "/new/ca/",
    "/monitoring/",
    "/refusals/",
    "/refusals/{refusal}/",
    "/audit/",
    "/settings/",
    "/settings/users/",
    "/settings/keys/",
    "/settings/password/",
    "/search/?q=pages",
    "/styleguide/",
)


@pytest.fixture(scope="module")
def names(stack: Stack) -> dict[str, Any]:
    """One of everything, some of it with hostile names."""
    iot, data = stack.boto("iot"), stack.boto("iot-data")
    device = stack.device("pages")
    iot.create_thing_type(thingTypeName="pages", thingTypeProperties={"thingTypeDescription": HOSTILE})
    iot.create_thing_group(thingGroupName="pages", thingGroupProperties={"thingGroupDescription": HOSTILE})
    iot.create_thing(thingName="pages-2", thingTypeName="pages")
    iot.add_thing_to_thing_group(thingGroupName="pages", thingName="pages")
    for wish in ({"interval": 5}, {"interval": 10, HOSTILE: {"a.b": HOSTILE}}):
        body = {"state": {"desired": wish, "reported": {"interval": 10, "firmware": "1"}}}
        data.update_thing_shadow(thingName="pages", payload=json.dumps(body))
    data.update_thing_shadow(thingName="pages", shadowName="network", payload=b'{"state": {"reported": {"rssi": -6}}}')
    document = {"Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}
    iot.create_policy(policyName="pages", policyDocument=json.dumps(document))
    document["Statement"][0]["Action"] = "iot:Publish"
    iot.create_policy_version(policyName="pages", policyDocument=json.dumps(document), setAsDefault=True)
    iot.attach_policy(policyName="pages", target=device.certificate_arn)
    role = "arn:aws:iam::123456789012:role/r"
    actions = [
        {"republish": {"roleArn": role, "topic": "out/<b>"}},
        {"sqs": {"roleArn": role, "queueUrl": "https://q"}},
    ]
    iot.create_topic_rule(ruleName="pages", topicRulePayload={"sql": "SELECT * FROM 'pages/#'", "actions": actions})
    told = stack.manage("shell", "-v", "0", "-c", REFUSED % device.certificate_id)
    return {"certificate": device.certificate_id, "refusal": told.stdout.strip()}


@pytest.fixture(scope="module")
def visitor(browser: Browser, stack: Stack) -> Iterator[BrowserConsole]:
    context = browser.new_context(reduced_motion="reduce", locale="en-GB", timezone_id="UTC")
    found = BrowserConsole(context.new_page(), stack)
    found.log_in()
    yield found
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_as_every_page_must_be(path: str, visitor: BrowserConsole, names: dict[str, Any]) -> None:
    page = visitor.page
    visitor.faults.clear()
    page.set_viewport_size({"width": 1280, "height": 860})
    response = page.goto(visitor.stack.http + path.format(**names), wait_until="load")
    assert response is not None
    assert response.status == (404 if path == "/nowhere/" else 200)
    page.evaluate(AXE_SOURCE)
    told = []
    for theme, width, options in FORMS:
        page.set_viewport_size({"width": width, "height": 860})
        page.evaluate(THEME, theme)
        found = page.evaluate("options => axe.run(document, options)", options) if options else {"violations": []}
        told += [
            f"{theme} {width} {one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
            for one in found["violations"]
        ]
        scroll = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        if scroll[0] > scroll[1]:
            told.append(f"{theme} {width}: the page is {scroll[0]} wide")
    faults = [fault for fault in visitor.faults if not (path == "/nowhere/" and "404" in fault)]
    assert told + faults + page.evaluate("window.violations") == []

"""“As a command”: what the console's pages offer runs as it stands, by the AWS CLI and by boto3."""

import contextlib
import html
import io
import json
import re
import shlex

import boto3
import pytest
from awscli.clidriver import create_clidriver
from botocore.exceptions import ClientError

from tests.console.session import ConsoleSession
from tests.stack import Stack

pytestmark = pytest.mark.filterwarnings("ignore")
PAGES = (
    "/",
    "/settings/",
    "/things/?attribute=hall=7&type=commanded",
    "/things/commanded/",
    "/things/commanded/shadow/net/",
    "/things/commanded/activity/",
    "/things/commanded/certificates/",
    "/things/commanded/jobs/",
    "/things/commanded/attributes/",
    "/new/thing/",
    "/types/",
    "/types/commanded/",
    "/groups/",
    "/groups/commanded/",
    "/new/group/",
    "/rules/",
    "/rules/commanded/",
    "/destinations/",
    "/certificates/",
    "/new/certificate/",
    "/policies/",
    "/policies/commanded/",
    "/policies/commanded/edit/",
    "/new/policy/",
    "/simulator/?thing=commanded&action=iot:Publish&name=plant/7",
    "/cas/",
    "/new/ca/",
    "/messages/retained/",
    "/certificates/{certificate}/",
    "/things/commanded/delete/",
)
# The second of two equal calls that create something finds it made; of two that remove the thing, finds it gone.
MADE = ("already exists", "There is a destination", "Thing commanded not found")


@pytest.fixture(scope="module")
def certificate(stack: Stack) -> str:
    iot, data = stack.boto("iot"), stack.boto("iot-data")
    iot.create_thing_type(thingTypeName="commanded")
    device = stack.device("commanded")
    payload = {"attributes": {"hall": "7"}}
    iot.update_thing(thingName="commanded", thingTypeName="commanded", attributePayload=payload)
    iot.create_thing_group(thingGroupName="commanded")
    data.update_thing_shadow(thingName="commanded", payload=b'{"state": {"desired": {"on": true}}}')
    data.update_thing_shadow(thingName="commanded", shadowName="net", payload=b'{"state": {"desired": {"on": true}}}')
    iot.create_policy(policyName="commanded", policyDocument=json.dumps({"Statement": []}))
    iot.create_topic_rule(ruleName="commanded", topicRulePayload={"sql": "SELECT * FROM 'commanded'", "actions": []})
    return device.certificate_id


@pytest.fixture(scope="module")
def person(stack: Stack) -> ConsoleSession:
    return ConsoleSession(stack)


def offered(page: str, form: str) -> list[str]:
    found = re.findall(rf'aria-label="{form}: [^"]*">(.*?)</pre>', page, re.DOTALL)
    return [html.unescape(text) for text in found]


@pytest.mark.parametrize("path", PAGES)
def test_every_command_of_a_page_runs(
    path: str, stack: Stack, certificate: str, person: ConsoleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = person.get(path.format(certificate=certificate)).decode()
    lines, snippets = offered(page, "AWS CLI"), offered(page, "boto3")
    assert lines
    assert len(lines) == len(snippets)
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    for line in lines:
        run_cli(line)
    boto3.setup_default_session()
    for snippet in snippets:
        run_python(snippet)


def run_cli(line: str) -> None:
    words = shlex.split(line.replace("\\\n", " "))
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = create_clidriver().main(words[1:])
    assert code == 0 or any(told in err.getvalue() for told in MADE), f"{line}\n{err.getvalue()}"


def run_python(snippet: str) -> None:
    told = ""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(snippet, "command", "exec"), {})  # what is tested is the text itself
        except ClientError as error:
            told = str(error)
    assert not told or any(one in told for one in MADE), f"{snippet}\n{told}"

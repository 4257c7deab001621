"""“As a command”: the CLI's and boto3's forms, spelt as these spell them. `tests/sdk` runs them."""

import shlex

from console.commands import Command

ENDPOINT = "http://127.0.0.1:8000/api"


def test_the_cli_form_is_quoted_for_a_shell() -> None:
    command = Command("t", "iot", "CreateThing", {"thingName": "it's"}, ENDPOINT)
    words = shlex.split(command.cli.replace("\\\n", " "))
    assert words == ["aws", "iot", "create-thing", "--endpoint-url", ENDPOINT, "--thing-name", "it's"]


def test_a_long_command_has_a_line_for_each_option() -> None:
    command = Command("t", "iot", "UpdateThing", {"thingName": "t" * 60, "attributePayload": {"merge": True}}, ENDPOINT)
    lines = command.cli.split(" \\\n")
    assert lines[0] == "aws iot update-thing"
    assert lines[-1].strip() == "--attribute-payload '{\"merge\": true}'"


def test_booleans_lists_and_blobs_have_their_own_forms() -> None:
    values = {"setAsActive": True, "removeThingType": False, "names": ["a", "b"], "payload": b'{"a": 1}'}
    cli = Command("t", "iot-data", "UpdateThingShadow", values, ENDPOINT).cli.replace("\\\n", " ")
    assert shlex.split(cli)[5:] == [
        *("--set-as-active", "--no-remove-thing-type", "--names", "a", "b", "--payload", '{"a": 1}', "/dev/stdout")
    ]


def test_the_boto3_form_is_python() -> None:
    python = Command("t", "iot-data", "GetThingShadow", {"thingName": "t1"}, ENDPOINT).python
    compile(python, "command", "exec")
    assert "client.get_thing_shadow(\n    thingName='t1',\n)" in python
    assert 'answer["payload"].read()' in python
    compile(Command("t", "iot", "ListThings", {}, ENDPOINT).python, "command", "exec")


def test_names_are_spelt_as_aws_spells_them() -> None:
    assert "aws iot list-ca-certificates" in Command("t", "iot", "ListCACertificates", {}, ENDPOINT).cli
    assert ".list_ca_certificates()" in Command("t", "iot", "ListCACertificates", {}, ENDPOINT).python
    assert "create-certificate-from-csr" in Command("t", "iot", "CreateCertificateFromCsr", {}, ENDPOINT).cli


def test_what_aws_has_not_is_asked_of_our_own_api_with_a_signature() -> None:
    command = Command("t", "thingstead", "GET /refusals", {"clientId": "it's", "action": ""}, ENDPOINT)
    words = shlex.split(command.cli.replace("\\\n", " "))
    assert words[:3] == ["curl", "--aws-sigv4", "aws:amz:us-east-1:iot"]
    assert words[-3:] == ["--request", "GET", f"{ENDPOINT}/refusals?clientId=it%27s"]
    compile(command.python, "command", "exec")
    assert f"AWSRequest('GET', '{ENDPOINT}/refusals?clientId=it%27s')" in command.python


def test_what_only_the_server_can_do_is_its_own_command() -> None:
    command = Command("t", "./thingstead", "create_user", {"": "an na", "--role": "viewer"}, ENDPOINT)
    assert command.cli == "./thingstead create_user 'an na' --role viewer"
    assert command.python == ""
    assert command.tool == "On the server"

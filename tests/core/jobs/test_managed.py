"""Managed templates."""

import json

import pytest

from iot.core import errors
from iot.core.jobs.managed import TEMPLATES, find_template, substitute


def test_documents_have_the_form_that_device_clients_read() -> None:
    assert json.loads(find_template("AWS-Download-File").document) == {
        "version": "1.0",
        "steps": [
            {
                "action": {
                    "name": "Download-File",
                    "type": "runHandler",
                    "input": {
                        "handler": "download-file.sh",
                        "args": ["${aws:iot:parameter:downloadUrl}", "${aws:iot:parameter:filePath}"],
                        "path": "${aws:iot:parameter:pathToHandler}",
                    },
                    "runAsUser": "${aws:iot:parameter:runAsUser}",
                }
            }
        ],
    }
    reboot = json.loads(find_template("AWS-Reboot").document)["steps"][0]["action"]
    assert reboot["input"] == {"handler": "reboot.sh", "path": "${aws:iot:parameter:pathToHandler}"}
    command = json.loads(find_template("AWS-Run-Command").document)["steps"][0]["action"]
    assert (command["type"], command["input"]) == ("runCommand", {"command": "${aws:iot:parameter:command}"})


def test_names_are_sorted_and_descriptions_say_what_for() -> None:
    names = [one.name for one in TEMPLATES]
    assert names == sorted(names)
    assert find_template("AWS-Reboot").description == "A managed job template for rebooting the device."


def test_parameters_are_put_in_as_json_text_and_missing_ones_are_empty() -> None:
    document = find_template("AWS-Run-Command").document
    found = json.loads(substitute(document, {"command": 'echo,"ü"'}))["steps"][0]["action"]
    assert (found["input"]["command"], found["runAsUser"]) == ('echo,"ü"', "")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("AWS-Reboot", {"command": "x"}),
        ("AWS-Reboot", {"runAsUser": "u" * 257}),
        ("AWS-Install-Application", {}),
    ],
)
def test_parameters_that_a_template_does_not_take_are_refused(name: str, given: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidRequestException):
        find_template(name).check(given)


def test_parameters_that_it_takes_pass() -> None:
    find_template("AWS-Install-Application", "1.0").check({"packages": "a b", "pathToHandler": "/opt"})


@pytest.mark.parametrize(("name", "version"), [("AWS-Dance", None), ("AWS-Reboot", "2.0")])
def test_an_unknown_template_is_not_found(name: str, version: str | None) -> None:
    with pytest.raises(errors.ResourceNotFoundException):
        find_template(name, version)

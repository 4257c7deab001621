"""Documents are checked as the service checks them; what is wide open is said in words."""

import json
from typing import Any

import pytest

from console.forms.policies import DocumentForm, PolicyForm, SimulatorForm, warnings


def document(**statement: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": "iot:Publish", "Resource": "x", **statement}]})


def test_a_document_that_does_not_compile_is_refused() -> None:
    assert DocumentForm({"document": document()}).is_valid()
    for text in ("", "{", "[]", document(Effect="no")):
        assert not DocumentForm({"document": text}).is_valid()
    assert not PolicyForm({"document": document(), "name": "a b"}).is_valid()


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ({}, 0),
        ({"Action": "iot:*"}, 1),
        ({"Resource": "*"}, 1),
        ({"Action": ["*"], "Resource": ["*"]}, 2),
        ({"Resource": "arn:aws:iot:r:1:topic/*"}, 1),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, 0),
    ],
)
def test_what_is_wide_open_is_said(statement: dict[str, Any], count: int) -> None:
    assert len(warnings(document(**statement))) == count


def test_a_document_that_does_not_compile_has_no_warnings() -> None:
    assert warnings("{") == []


def test_the_simulator_needs_an_action_and_a_name() -> None:
    assert set(SimulatorForm({}).errors) == {"action", "name"}

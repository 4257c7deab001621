"""Policy documents."""

import json
from typing import Any

import pytest

from iot.core import errors
from iot.core.policy.document import check_size, compile_policy

ALLOW = {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}


def compiled(*statements: Any) -> Any:
    return compile_policy(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), "p")


def test_a_statement_knows_where_it_stands() -> None:
    policy = compiled(ALLOW, {**ALLOW, "Effect": "Deny", "Sid": "no"})
    assert [(one.policy, one.index, one.sid, one.allows) for one in policy.statements] == [
        ("p", 0, "", True),
        ("p", 1, "no", False),
    ]
    assert policy.statements[0].source == ALLOW


def test_a_single_statement_needs_no_list() -> None:
    policy = compile_policy(json.dumps({"Statement": ALLOW}))
    assert len(policy.statements) == 1


def test_an_empty_document_is_legal_and_allows_nothing() -> None:
    assert compile_policy("{}").statements == ()


@pytest.mark.parametrize(
    ("action", "covered"),
    [("iot:Publish", True), ("IOT:PUBLISH", True), ("iot:Subscribe", False), ("iot:RetainPublish", False)],
)
def test_actions_ignore_case(action: str, covered: bool) -> None:
    assert compiled({**ALLOW, "Action": ["iot:Pub*"]}).statements[0].covers(action) is covered
    negated = {"Effect": "Deny", "NotAction": "iot:Publish", "NotResource": "x"}
    assert compiled(negated).statements[0].covers(action) is not covered
    assert compiled(negated).statements[0].not_resources


def test_a_policy_lists_the_variables_it_asks_for() -> None:
    policy = compiled(
        {
            **ALLOW,
            "Resource": ["a/${iot:ClientId}"],
            "Condition": {"StringEquals": {"aws:SourceIp": "${iot:CertificateId}"}},
        }
    )
    assert policy.variables == {"iot:ClientId", "aws:SourceIp", "iot:CertificateId"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "[]",
        '"x"',
        '{"Statement": ["x"]}',
        *(
            json.dumps({"Statement": [statement]})
            for statement in (
                {},
                {**ALLOW, "Effect": "allow"},
                {"Effect": "Allow", "Resource": "*"},
                {"Effect": "Allow", "Action": "iot:*"},
                {**ALLOW, "NotAction": "iot:Publish"},
                {**ALLOW, "Action": 5},
                {**ALLOW, "Resource": ["x", None]},
                {**ALLOW, "Condition": []} | {"Condition": ["x"]},
                {**ALLOW, "Condition": {"StringEquals": "x"}},
            )
        ),
    ],
)
def test_a_malformed_document_is_refused(text: str) -> None:
    with pytest.raises(errors.MalformedPolicyException):
        compile_policy(text)


def test_white_space_does_not_count_against_the_limit() -> None:
    check_size("x" * 2048 + " \n\t" * 500)
    with pytest.raises(errors.MalformedPolicyException, match="2048"):
        check_size("x" * 2049)

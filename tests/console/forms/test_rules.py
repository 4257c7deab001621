"""The rule's forms: an action read into its form and written back is the same action."""

from typing import Any

import pytest
from django.http import QueryDict

from console.forms.rules import (
    KINDS,
    RuleForm,
    error_part,
    first_action,
    initial_of,
    parts_of,
    posted_error,
    posted_parts,
    read_pairs,
)

REPUBLISH = {
    "roleArn": "arn:aws:iam::1:role/x",
    "topic": "a/${b}",
    "qos": 1,
    "headers": {"contentType": "text/plain", "userProperties": [{"key": "k", "value": "v"}], "messageExpiry": "60"},
}
HTTP = {"url": "https://h/c", "confirmationUrl": "https://h", "headers": [{"key": "k", "value": "v"}]}


def posted(part: Any, **changes: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data[f"{part.prefix}-kind"] = part.kind
    data[f"{part.prefix}-rest"] = part.rest
    for name, value in part.form.read(part.given).items():
        data[f"{part.prefix}-{name}"] = value
    for name, value in changes.items():
        data[f"{part.prefix}-{name}"] = value
    return data


@pytest.mark.parametrize(
    "action",
    [
        {"republish": REPUBLISH},
        {"http": HTTP},
        {"salesforce": {"token": "t" * 40, "url": "https://h"}},
        *({kind: first_action(kind)} for kind in list(KINDS)[2:]),
    ],
)
def test_an_action_comes_back_as_it_was(action: dict[str, Any]) -> None:
    (part,) = parts_of([action])
    (back,) = posted_parts(posted(part))
    assert back.form.is_valid()
    assert back.action == action


def test_fields_that_are_emptied_go() -> None:
    (part,) = parts_of([{"republish": REPUBLISH}])
    (back,) = posted_parts(posted(part, content_type="", user_properties=""))
    assert back.form.is_valid()
    assert back.action["republish"]["headers"] == {"messageExpiry": "60"}


def test_parts_come_in_the_order_of_their_numbers_and_unknown_kinds_do_not() -> None:
    data = QueryDict("action-10-kind=http&action-2-kind=sqs&action-3-kind=dance")
    assert [part.kind for part in posted_parts(data)] == ["sqs", "http"]


def test_a_rest_that_is_broken_is_nothing() -> None:
    (part,) = posted_parts(QueryDict("action-0-kind=http&action-0-rest=%7B&action-0-url=https://h"))
    assert part.form.is_valid()
    assert part.action == {"http": {"url": "https://h"}}


def test_the_error_action_is_a_part_of_its_own() -> None:
    part = error_part({"http": HTTP})
    assert part is not None
    assert part.prefix == "error"
    assert error_part(None) is None
    back = posted_error(posted(part))
    assert back is not None
    assert back.form.is_valid()
    assert back.action == {"http": HTTP}
    assert posted_error(QueryDict("")) is None


def test_pairs_need_a_colon() -> None:
    assert read_pairs("a: 1\nno\nb:2:3") == [("a", "1"), ("b", "2:3")]


def test_a_rules_first_values_come_from_aws_form() -> None:
    found = initial_of({"sql": "SELECT 1", "ruleDisabled": True}, "n")
    assert (found["name"], found["version"], found["enabled"]) == ("n", "2015-10-08", False)


def test_the_sql_is_compiled_by_its_version() -> None:
    form = RuleForm({"name": "n", "sql": "SELECT FROM", "version": "2016-03-23"})
    assert not form.is_valid()
    assert "column 8" in form.errors["sql"][0]

"""ARNs and scopes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.arn import Arn, Scope, parse_arn

SCOPE = Scope("123456789012", "us-east-1")
names = st.text(st.sampled_from("abcXYZ019:_-/"), min_size=1)


def test_a_scope_names_its_resources() -> None:
    assert SCOPE.arn("thing", "t1") == "arn:aws:iot:us-east-1:123456789012:thing/t1"
    assert SCOPE.arn("stack", "s", service="cloudformation").startswith("arn:aws:cloudformation:")


@given(kind=st.sampled_from(["thing", "topicfilter", "cert"]), name=names)
def test_what_a_scope_names_is_read_back(kind: str, name: str) -> None:
    arn = parse_arn(SCOPE.arn(kind, name))
    assert arn is not None
    assert (arn.kind, arn.name, arn.scope, arn.service) == (kind, name, SCOPE, "iot")


def test_a_resource_without_a_slash_has_neither_kind_nor_name() -> None:
    arn = parse_arn("arn:aws:sns:eu-west-1:1:alarms")
    assert arn == Arn("aws", "sns", "eu-west-1", "1", "alarms")
    assert (arn.kind, arn.name) == ("", "")


@pytest.mark.parametrize("text", ["", "thing/t1", "arn:aws:iot:r:1", "arn:aws:iot:r:1:", "urn:aws:iot:r:1:thing/t"])
def test_anything_else_is_no_arn(text: str) -> None:
    assert parse_arn(text) is None

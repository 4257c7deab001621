"""Provisioning templates: what is refused, and what a template resolves to."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core import errors
from iot.core.provisioning.template import Override, PolicyPlan, parse_template


def template(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "Parameters": {
            "SerialNumber": {"Type": "String"},
            "Location": {"Type": "String", "Default": "WA"},
            "AWS::IoT::Certificate::Id": {"Type": "String"},
        },
        "Mappings": {"Endpoints": {"WA": {"Url": "https://wa.example"}}},
        "Resources": {
            "thing": {
                "Type": "AWS::IoT::Thing",
                "Properties": {
                    "ThingName": {"Fn::Join": ["", ["sensor-", {"Ref": "SerialNumber"}]]},
                    "AttributePayload": {"location": {"Ref": "Location"}, "floor": 3},
                    "ThingTypeName": "sensor",
                    "ThingGroups": ["v1", {"Ref": "Location"}],
                    "BillingGroup": "b",
                },
                "OverrideSettings": {
                    "AttributePayload": "MERGE",
                    "ThingTypeName": "REPLACE",
                    "ThingGroups": "DO_NOTHING",
                },
            },
            "certificate": {
                "Type": "AWS::IoT::Certificate",
                "Properties": {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "Active"},
            },
            "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": "field"}},
        },
        "DeviceConfiguration": {"url": {"Fn::FindInMap": ["Endpoints", {"Ref": "Location"}, "Url"]}},
    }
    return {**body, **changes}


def resolve(value: Any) -> str:
    """Resolve one expression by way of the device configuration."""
    plan = parse_template(template(DeviceConfiguration={"value": value})).resolve(GIVEN)
    return plan.device_configuration["value"]


GIVEN = {"SerialNumber": "42", "AWS::IoT::Certificate::Id": "a" * 64, "unasked": "x"}


def test_it_resolves_to_a_plan() -> None:
    plan = parse_template(template()).resolve(GIVEN)
    assert plan.thing is not None
    assert plan.thing.name == "sensor-42"
    assert plan.thing.attributes == {"location": "WA", "floor": "3"}
    assert (plan.thing.thing_type, plan.thing.groups, plan.thing.billing_group) == ("sensor", ("v1", "WA"), "b")
    assert plan.thing.overrides["AttributePayload"] is Override.MERGE
    assert plan.certificate is not None
    assert (plan.certificate.certificate_id, plan.certificate.status) == ("a" * 64, "ACTIVE")
    assert plan.certificate.override is Override.DO_NOTHING
    assert plan.policies == (PolicyPlan("field", None),)
    assert plan.device_configuration == {"url": "https://wa.example"}


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(errors.InvalidRequestException, match="SerialNumber"):
        parse_template(template()).resolve({"AWS::IoT::Certificate::Id": "x"})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Ref": "Location"}, "WA"),
        ({"Fn::Join": ["-", ["a", "b", {"Ref": "SerialNumber"}]]}, "a-b-42"),
        ({"Fn::Select": [1, ["a", "b"]]}, "b"),
        ({"Fn::Select": ["0", {"Fn::Split": ["|", "x|y"]}]}, "x"),
        ({"Fn::Sub": "t/${SerialNumber}/${!literal}"}, "t/42/${literal}"),
        ({"Fn::Sub": ["${a}-${Location}", {"a": {"Ref": "SerialNumber"}}]}, "42-WA"),
        ({"Fn::FindInMap": ["Endpoints", "WA", "Url"]}, "https://wa.example"),
    ],
)
def test_functions(expression: Any, value: str) -> None:
    assert resolve(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        {"Ref": "Unknown"},
        {"Ref": ["Location"]},
        {"Fn::Join": ["-"]},
        {"Fn::Join": "-"},
        {"Fn::Join": ["-", "abc"]},
        {"Fn::Select": [2, ["a", "b"]]},
        {"Fn::Select": [-1, ["a", "b"]]},
        {"Fn::Split": ["", "x"]},
        {"Fn::Sub": "${Unknown}"},
        {"Fn::FindInMap": ["Endpoints", "OR", "Url"]},
        {"Fn::FindInMap": ["Endpoints", "WA", "Url", "deeper"]},
        {"a": "b"},
        True,
    ],
)
def test_a_wrong_expression_is_refused(expression: Any) -> None:
    with pytest.raises(errors.InvalidRequestException):
        resolve(expression)


def test_nesting_is_bounded() -> None:
    expression: Any = "x"
    for _ in range(40):
        expression = {"Fn::Join": ["", [expression]]}
    with pytest.raises(errors.InvalidRequestException, match="nested too deeply"):
        resolve(expression)


def with_resource(**resource: Any) -> dict[str, Any]:
    return template(Resources={"one": resource})


@pytest.mark.parametrize(
    "body",
    [
        [],
        template(Parameters=[]),
        template(Parameters={"a": {"Type": "Number"}}),
        template(Parameters={"a": "String"}),
        template(Resources=None),
        template(Mappings=1),
        template(DeviceConfiguration="x"),
        with_resource(Type="AWS::S3::Bucket"),
        with_resource(Type="AWS::IoT::Thing", OverrideSettings={"ThingTypeName": "MERGE"}),
        with_resource(Type="AWS::IoT::Thing", OverrideSettings={"ThingTypeName": "SOMETIMES"}),
        template(Resources={name: {"Type": "AWS::IoT::Thing"} for name in "ab"}),
    ],
)
def test_a_malformed_template_is_refused(body: Any) -> None:
    with pytest.raises(errors.InvalidRequestException):
        parse_template(body)


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::IoT::Thing"},
        {"Type": "AWS::IoT::Thing", "Properties": []},
        {"Type": "AWS::IoT::Certificate"},
        {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": "a", "CertificatePem": "b"}},
        {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": "a", "Status": "REVOKED"}},
        {"Type": "AWS::IoT::Policy"},
        {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": "a", "PolicyDocument": "{}"}},
    ],
)
def test_a_resource_that_makes_no_sense_is_refused(resource: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidRequestException):
        parse_template(with_resource(**resource)).resolve(GIVEN)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Ref", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "a"]), inner, max_size=2
            )
        ),
        max_leaves=10,
    )
)
def test_any_expression_is_resolved_or_refused(expression: Any) -> None:
    with contextlib.suppress(errors.InvalidRequestException):
        assert isinstance(resolve(expression), str)

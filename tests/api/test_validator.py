"""Parameters against their shapes, in the words of AWS's framework."""

from typing import Any

import pytest

from iot.api import validator
from iot.api.model import operations
from iot.core import errors


def validate(name: str, service: str = "iot", **parameters: Any) -> str:
    """Answer what is wrong, empty where nothing is."""
    try:
        validator.validate(operations()[service, name], parameters)
    except errors.InvalidRequestException as error:
        return error.message
    return ""


def test_what_fits_passes() -> None:
    assert validate("CreateThing", thingName="lamp", attributePayload={"attributes": {"a.b": "c=d"}}) == ""
    assert validate("GetRegistrationCode") == ""


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        (
            {},
            "1 validation error detected: Value null at 'thingName' failed to satisfy constraint: Member",
        ),
        (
            {"thingName": "x" * 129},
            "failed to satisfy constraint: Member must have length less than or equal to 128",
        ),
        ({"thingName": "a b"}, "Member must satisfy regular expression pattern: [a-zA-Z0-9:_-]+"),
        (
            {"thingName": "a", "attributePayload": {"attributes": {"bad key": "v"}}},
            "Value '{bad key=v}' at 'attributePayload.attributes' failed to satisfy constraint: Map keys must satisfy "
            "constraint: [Member must have length less than or equal to 128, Member must satisfy",
        ),
        (
            {"thingName": "a", "attributePayload": {"attributes": {"k": "not allowed!"}}},
            "Value '{k=not allowed!}' at 'attributePayload.attributes' failed to satisfy constraint: Map value must "
            "satisfy constraint: [Member must have length less than or equal to 800, Member must satisfy",
        ),
        (
            {"thingName": "a", "attributePayload": {"attributes": {"k": None}}},
            "Value '{k=null}' at 'attributePayload.attributes' failed to satisfy constraint: Map value must",
        ),
    ],
)
def test_a_problem_is_told_as_awss_framework_tells_it(parameters: dict[str, Any], problem: str) -> None:
    assert problem in validate("CreateThing", **parameters)


def test_ranges_and_enums_are_checked() -> None:
    assert "Member must have value less than or equal to 250" in validate("ListThings", maxResults=251)
    assert "Member must have value greater than or equal to 1" in validate("ListThings", maxResults=0)
    assert "Member must satisfy enum value set" in validate(
        "UpdateCertificate", certificateId="a" * 64, newStatus="SLEEPING"
    )


def test_all_problems_are_counted() -> None:
    problems = validate("UpdateCertificate", certificateId="x", newStatus="SLEEPING")
    assert problems.startswith("3 validation errors detected: ")


def test_items_of_lists_are_numbered() -> None:
    assert "at 'tags.2.member.key'" in validate("CreateThingType", thingTypeName="t", tags=[{"Key": "a"}, {"Key": ""}])
    assert "Value null at 'tags.1.member' failed" in validate("CreateThingType", thingTypeName="t", tags=[None])


def test_texts_in_a_list_are_refused_together() -> None:
    problem = validate("UntagResource", resourceArn="a", tagKeys=["fine", "x" * 129])
    assert f"Value '[fine, {'x' * 129}]' at 'tagKeys' failed to satisfy constraint: Member must satisfy" in problem
    assert "[Member must have length less than or equal to 128, Member must have length greater than" in problem


def test_the_pattern_is_told_before_the_length() -> None:
    problem = validate("GetTopicRule", ruleName="bad-" + "r" * 125)
    assert problem.index("regular expression") < problem.index("length less than")


def test_the_newer_framework_does_not_repeat_the_value() -> None:
    problem = validate("ListCertificatesByCA", caCertificateId="a" * 64, pageSize=0)
    assert problem.startswith("1 validation error detected: Value at 'pageSize' failed to satisfy constraint: ")


def test_every_pattern_of_the_models_compiles() -> None:
    seen: set[int] = set()
    patterns: set[str] = set()

    def look(shape: Any) -> None:
        if shape is None or shape.name in seen:
            return
        seen.add(shape.name)
        if "pattern" in shape.metadata:
            patterns.add(shape.metadata["pattern"])
        for member in getattr(shape, "members", {}).values():
            look(member)
        for part in ("member", "key", "value"):
            look(getattr(shape, part, None))

    for operation in operations().values():
        look(operation.input)
    uncompiled = {pattern for pattern in patterns if validator._compiled(pattern) is None}
    assert len(patterns) > 40
    assert uncompiled == set()


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"[\p{Graph}\x20]*", "plain text", True),
        (r"[^\p{C}]*", "no\tcontrol", False),
        (r"[\s\S]*", "any\nthing", True),
        (r"^[a-zA-Z0-9_]+$", "rule\n", False),
    ],
)
def test_java_classes_mean_what_they_do_in_java(pattern: str, text: str, fits: bool) -> None:
    assert validator._matches(pattern, text) is fits


def test_arns_of_other_services_are_not_looked_at() -> None:
    assert validate("CreateDomainConfiguration", domainConfigurationName="d", serverCertificateArns=["made up"]) == ""


def test_what_a_service_tells_in_its_own_words_is_left_to_it() -> None:
    assert validate("CreateDomainConfiguration", domainConfigurationName="d", authenticationType="NONE") == ""
    assert "[DATA, JOBS, CREDENTIAL_PROVIDER]" in validate(
        "CreateDomainConfiguration", domainConfigurationName="d", serviceType="NONE"
    )

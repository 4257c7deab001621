"""Provisioning templates: checked when they are made, resolved with a device's parameters when it is provisioned.

A template names parameters, and resources of three types (thing, certificate, policies) whose properties refer to
them by `{"Ref": name}` or by one of the functions Fn::Join, Fn::Select, Fn::Split, Fn::Sub and Fn::FindInMap.
Resolving yields a plan, which a service carries out. Source: "Provisioning templates" in the AWS IoT guide.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from iot.core import errors

MAXIMUM_DEPTH = 32
THING, CERTIFICATE, POLICY = "AWS::IoT::Thing", "AWS::IoT::Certificate", "AWS::IoT::Policy"
CERTIFICATE_PARAMETERS = frozenset(
    f"AWS::IoT::Certificate::{name}"
    for name in (
        "Country",
        "Organization",
        "OrganizationalUnit",
        "DistinguishedNameQualifier",
        "StateName",
        "CommonName",
        "SerialNumber",
        "Id",
    )
)
_SUBSTITUTION = re.compile(r"\$\{(!?)([^}]*)\}")


class Override(StrEnum):
    """What to do about a property of a resource that exists already."""

    DO_NOTHING = "DO_NOTHING"
    REPLACE = "REPLACE"
    FAIL = "FAIL"
    MERGE = "MERGE"


@dataclass(frozen=True, slots=True)
class ThingPlan:
    name: str
    attributes: Mapping[str, str]
    thing_type: str | None
    groups: tuple[str, ...]
    billing_group: str | None
    overrides: Mapping[str, Override]


@dataclass(frozen=True, slots=True)
class CertificatePlan:
    """Exactly one of `certificate_id`, `csr` and `pem` is set."""

    certificate_id: str | None
    csr: str | None
    pem: str | None
    ca_pem: str | None
    status: str
    override: Override


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """Exactly one of `name` (an existing policy) and `document` (one to be made) is set."""

    name: str | None
    document: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    thing: ThingPlan | None
    certificate: CertificatePlan | None
    policies: tuple[PolicyPlan, ...]
    device_configuration: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """A checked template."""

    parameters: Mapping[str, str | None]
    mappings: Mapping[str, Any]
    resources: Mapping[str, Any]
    device_configuration: Mapping[str, Any]

    def resolve(self, given: Mapping[str, str]) -> Plan:
        """Answer the plan for a device's parameters. Raises InvalidRequestException where one is missing."""
        values = {name: given.get(name, default) for name, default in self.parameters.items()}
        missing = sorted(name for name, value in values.items() if value is None)
        if missing:
            raise errors.InvalidRequestException(f"Missing required parameters: {', '.join(missing)}")
        resolver = _Resolver({name: str(value) for name, value in values.items()}, self.mappings)
        thing, certificate, policies = None, None, []
        for name, resource in self.resources.items():
            properties = _object(resolver.resolve(resource.get("Properties", {})), f"Resources.{name}.Properties")
            overrides = resource.get("OverrideSettings", {})
            if resource["Type"] == THING:
                thing = _thing(properties, overrides)
            elif resource["Type"] == CERTIFICATE:
                certificate = _certificate(properties, overrides)
            else:
                policies.append(_policy(properties))
        configuration = {key: _text(resolver.resolve(value), key) for key, value in self.device_configuration.items()}
        return Plan(thing, certificate, tuple(policies), configuration)


def parse_template(body: Any) -> Template:
    """Check a template's JSON value. Raises InvalidRequestException naming the part that is wrong."""
    document = _object(body, "The template body")
    parameters = {}
    for name, declaration in _object(document.get("Parameters", {}), "Parameters").items():
        declaration = _object(declaration, f"Parameters.{name}")
        if declaration.get("Type") != "String":
            raise errors.InvalidRequestException(f"Parameters.{name}: the type of a parameter must be String")
        parameters[name] = _text(declaration["Default"], f"Parameters.{name}") if "Default" in declaration else None
    resources = _object(document.get("Resources"), "Resources")
    types = []
    for name, resource in resources.items():
        resource = _object(resource, f"Resources.{name}")
        if resource.get("Type") not in (THING, CERTIFICATE, POLICY):
            raise errors.InvalidRequestException(f"Resources.{name}: unknown type {resource.get('Type')!r}")
        types.append(resource["Type"])
        _check_overrides(name, _object(resource.get("OverrideSettings", {}), f"Resources.{name}.OverrideSettings"))
    if types.count(THING) > 1 or types.count(CERTIFICATE) > 1:
        raise errors.InvalidRequestException("A template may hold one thing and one certificate")
    configuration = _object(document.get("DeviceConfiguration", {}), "DeviceConfiguration")
    mappings = _object(document.get("Mappings", {}), "Mappings")
    return Template(parameters, mappings, resources, configuration)


class _Resolver:
    """Replaces references and functions in a JSON value by what they stand for."""

    def __init__(self, values: Mapping[str, str], mappings: Mapping[str, Any]) -> None:
        self._values = values
        self._mappings = mappings
        self._functions: Mapping[str, Callable[[Any, int], Any]] = {
            "Ref": self._ref,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
            "Fn::FindInMap": self._find_in_map,
        }

    def resolve(self, value: Any, depth: int = 0) -> Any:
        if depth > MAXIMUM_DEPTH:
            raise errors.InvalidRequestException("The template is nested too deeply")
        if isinstance(value, list):
            return [self.resolve(item, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in self._functions:
                return self._functions[name](argument, depth + 1)
        return {key: self.resolve(item, depth + 1) for key, item in value.items()}

    def _ref(self, argument: Any, depth: int) -> str:
        name = _text(argument, "Ref")
        if name not in self._values:
            raise errors.InvalidRequestException(f"Ref: the parameter {name} is not declared")
        return self._values[name]

    def _join(self, argument: Any, depth: int) -> str:
        delimiter, items = self._pair("Fn::Join", argument, depth)
        return _text(delimiter, "Fn::Join").join(_text(item, "Fn::Join") for item in _list(items, "Fn::Join"))

    def _select(self, argument: Any, depth: int) -> Any:
        index, items = self._pair("Fn::Select", argument, depth)
        items = _list(items, "Fn::Select")
        if not str(index).isdecimal() or int(index) >= len(items):
            raise errors.InvalidRequestException(f"Fn::Select: there is no item {index}")
        return items[int(index)]

    def _split(self, argument: Any, depth: int) -> list[str]:
        delimiter, text = self._pair("Fn::Split", argument, depth)
        if not delimiter:
            raise errors.InvalidRequestException("Fn::Split: the delimiter is empty")
        return _text(text, "Fn::Split").split(_text(delimiter, "Fn::Split"))

    def _sub(self, argument: Any, depth: int) -> str:
        text: Any = argument
        extra: Any = {}
        if isinstance(argument, list):
            text, extra = self._pair("Fn::Sub", argument, depth)
        values = {**self._values, **_object(extra, "Fn::Sub")}

        def replacement(match: re.Match[str]) -> str:
            if match[1]:
                return f"${{{match[2]}}}"
            if match[2] not in values:
                raise errors.InvalidRequestException(f"Fn::Sub: the variable {match[2]} is not declared")
            return _text(values[match[2]], "Fn::Sub")

        return _SUBSTITUTION.sub(replacement, _text(text, "Fn::Sub"))

    def _find_in_map(self, argument: Any, depth: int) -> Any:
        keys = [_text(self.resolve(key, depth), "Fn::FindInMap") for key in _list(argument, "Fn::FindInMap")]
        value: Any = self._mappings
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                raise errors.InvalidRequestException(f"Fn::FindInMap: there is no entry {'.'.join(keys)}")
            value = value[key]
        return value

    def _pair(self, function: str, argument: Any, depth: int) -> tuple[Any, Any]:
        items = _list(argument, function)
        if len(items) != 2:
            raise errors.InvalidRequestException(f"{function} takes two arguments")
        first, second = (self.resolve(item, depth) for item in items)
        return first, second


def _thing(properties: Mapping[str, Any], overrides: Mapping[str, Any]) -> ThingPlan:
    name = _text(properties.get("ThingName"), "ThingName")
    attributes = _object(properties.get("AttributePayload", {}), "AttributePayload")
    groups = _list(properties.get("ThingGroups", []), "ThingGroups")
    return ThingPlan(
        name=name,
        attributes={key: _text(value, f"AttributePayload.{key}") for key, value in attributes.items()},
        thing_type=_optional_text(properties, "ThingTypeName"),
        groups=tuple(_text(group, "ThingGroups") for group in groups),
        billing_group=_optional_text(properties, "BillingGroup"),
        overrides={key: Override(value) for key, value in overrides.items()},
    )


def _certificate(properties: Mapping[str, Any], overrides: Mapping[str, Any]) -> CertificatePlan:
    sources = ("CertificateId", "CertificateSigningRequest", "CertificatePem")
    if sum(source in properties for source in sources) != 1:
        raise errors.InvalidRequestException(f"A certificate needs exactly one of {', '.join(sources)}")
    status = str(properties.get("Status", "ACTIVE")).upper()
    if status not in ("ACTIVE", "INACTIVE"):
        raise errors.InvalidRequestException(f"The status of a certificate cannot be {status}")
    return CertificatePlan(
        certificate_id=_optional_text(properties, "CertificateId"),
        csr=_optional_text(properties, "CertificateSigningRequest"),
        pem=_optional_text(properties, "CertificatePem"),
        ca_pem=_optional_text(properties, "CACertificatePem"),
        status=status,
        override=Override(overrides.get("Status", Override.DO_NOTHING)),
    )


def _policy(properties: Mapping[str, Any]) -> PolicyPlan:
    if ("PolicyName" in properties) == ("PolicyDocument" in properties):
        raise errors.InvalidRequestException("A policy needs either PolicyName or PolicyDocument")
    return PolicyPlan(_optional_text(properties, "PolicyName"), _optional_text(properties, "PolicyDocument"))


def _check_overrides(name: str, overrides: Mapping[str, Any]) -> None:
    for key, value in overrides.items():
        if value not in set(Override) or (value == Override.MERGE and key not in ("AttributePayload", "ThingGroups")):
            raise errors.InvalidRequestException(f"Resources.{name}.OverrideSettings.{key} cannot be {value}")


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise errors.InvalidRequestException(f"{where} must be a JSON object")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise errors.InvalidRequestException(f"{where} takes a list")
    return value


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise errors.InvalidRequestException(f"{where} must be a string")
    return str(value)


def _optional_text(properties: Mapping[str, Any], name: str) -> str | None:
    return _text(properties[name], name) if name in properties else None

"""Policy variables and wildcards: patterns of a policy, and the values a connection gives its variables.

A pattern is literal text, `*` (any run of characters, slashes included), `?` (exactly one) and `${variable}`;
`${*}`, `${?}` and `${$}` stand for the characters themselves. The value of a variable is always taken as literal
text, so no value can widen a pattern. A pattern with a variable that has no value matches nothing.
Sources: "Basic AWS IoT Core policy variables", "Thing policy variables", "X.509 certificate policy variables".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

_TOKEN = re.compile(r"\$\{([^}]*)\}|([*?])")
_ESCAPES = frozenset("*?$")
_UNSAFE = re.compile(r"[*$+?#]")
_SPECIAL = re.compile(r'([,"\\+=<>;])')
MAXIMUM_VALUE = 1024
MAXIMUM_ITEMS = 5
_ATTRIBUTE = "iot:connection.thing.attributes["

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThingFacts:
    """What policies may ask about a thing; `attached` tells whether the connection's certificate is attached to it."""

    name: str
    type_name: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    attached: bool = True
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What policies may ask about a certificate; names are AWS's (`CommonName`, `AlternativeName.DNSName`, …)."""

    id: str
    subject: Mapping[str, Sequence[str]] = field(default_factory=dict)
    issuer: Mapping[str, Sequence[str]] = field(default_factory=dict)
    serial_number: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The values that policy variables and condition keys have for one request."""

    values: Mapping[str, Value]

    def value(self, name: str) -> Value | None:
        """Answer the value of a variable or condition key, or None where it has none."""
        return self.values.get(_canonical(name))


def make_context(
    *,
    client_id: str | None = None,
    source_ip: str | None = None,
    mqtt: bool = True,
    thing: ThingFacts | None = None,
    certificate: CertificateFacts | None = None,
    connect_attributes: Sequence[str] | None = None,
    last_will_topic: str | None = None,
    extra: Mapping[str, Value] | None = None,
) -> Context:
    """Gather the values for a request; `last_will_topic` is a topic's ARN, `extra` holds further keys as they are."""
    found: dict[str, Value | None] = {"iot:ClientId": client_id, "aws:SourceIp": source_ip}
    if mqtt:
        found.update(_thing_values(thing, client_id))
    if certificate is not None:
        found.update(_certificate_values(certificate))
    if connect_attributes is not None:
        found["iot:ConnectAttributes"] = tuple(connect_attributes)
    found["iot:LastWillTopic"] = last_will_topic
    found.update(extra or {})
    return Context({_canonical(name): value for name, value in found.items() if value is not None})


def _thing_values(thing: ThingFacts | None, client_id: str | None) -> Mapping[str, Value | None]:
    if thing is None or not thing.attached or not (thing.exclusive or thing.name == client_id):
        return {"iot:Connection.Thing.IsAttached": "false"}
    attributes = {f"iot:Connection.Thing.Attributes[{key}]": value for key, value in thing.attributes.items()}
    return {
        "iot:Connection.Thing.IsAttached": "true",
        "iot:Connection.Thing.ThingName": thing.name,
        "iot:Connection.Thing.ThingTypeName": thing.type_name,
        **attributes,
    }


def _certificate_values(certificate: CertificateFacts) -> Mapping[str, Value | None]:
    values: dict[str, Value | None] = {
        "iot:CertificateId": certificate.id,
        "iot:Certificate.SerialNumber": certificate.serial_number,
    }
    for side, names in (("Subject", certificate.subject), ("Issuer", certificate.issuer)):
        for name, items in names.items():
            usable = [_usable(item) for item in items[:MAXIMUM_ITEMS]]
            key = f"iot:Certificate.{side}.{name}"
            values[key] = usable[0] if usable else None
            values.update({f"{key}.{index}": item for index, item in enumerate(usable)})
            values[f"{key}.List"] = tuple(item for item in usable if item is not None)
    keys = sorted(name.removeprefix("iot:Certificate.") for name, value in values.items() if value is not None)
    values["iot:Certificate.AvailableKeys"] = tuple(keys)
    return values


def _usable(item: str) -> str | None:
    """AWS does not substitute certificate values that are long or hold wildcards, and escapes some characters."""
    if len(item) > MAXIMUM_VALUE or _UNSAFE.search(item):
        return None
    return _SPECIAL.sub(r"\\\1", item)


@lru_cache(maxsize=4096)
def _canonical(name: str) -> str:
    """Condition keys are case-insensitive, but for the name of a thing's attribute."""
    lowered = name.lower()
    return _ATTRIBUTE + name[len(_ATTRIBUTE) :] if lowered.startswith(_ATTRIBUTE) else lowered


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: literal texts, and between them the wildcards and variables of `parts`."""

    text: str
    parts: tuple[tuple[str, str], ...]
    variables: tuple[str, ...]
    exact: str | None
    prefix: str | None

    def matches(self, subject: str, context: Context) -> bool:
        """Match a subject, with the variables of the context."""
        if not self.variables:
            return self.matches_plain(subject)
        resolved = self.resolve(context)
        return resolved is not None and _expression(resolved).fullmatch(subject) is not None

    def matches_plain(self, subject: str) -> bool:
        """Match a subject by a pattern without variables; one with variables matches nothing."""
        if self.exact is not None:
            return subject == self.exact
        if self.prefix is not None:
            return subject.startswith(self.prefix)
        return not self.variables and _expression(self.parts).fullmatch(subject) is not None

    def resolve(self, context: Context) -> tuple[tuple[str, str], ...] | None:
        """Replace the variables by their values, or answer None where one has none."""
        resolved = []
        for kind, text in self.parts:
            if kind != "variable":
                resolved.append((kind, text))
                continue
            value = context.value(text)
            if not isinstance(value, str):
                return None
            resolved.append(("literal", value))
        return tuple(resolved)

    def render(self, context: Context) -> str | None:
        """Write the pattern with its variables replaced, for people to read."""
        resolved = self.resolve(context)
        return None if resolved is None else "".join(text for _, text in resolved)


@lru_cache(maxsize=4096)
def compile_pattern(text: str) -> Pattern:
    """Compile the text of a pattern."""
    parts: list[tuple[str, str]] = []
    position = 0
    for match in _TOKEN.finditer(text):
        if match.start() > position:
            parts.append(("literal", text[position : match.start()]))
        name = match[1]
        if name is None:
            parts.append(("wildcard", match[2]))
        elif name in _ESCAPES:
            parts.append(("literal", name))
        else:
            parts.append(("variable", name.strip()))
        position = match.end()
    if position < len(text):
        parts.append(("literal", text[position:]))
    variables = tuple(value for kind, value in parts if kind == "variable")
    kinds = [kind for kind, _ in parts]
    literal = "".join(value for kind, value in parts if kind == "literal")
    exact = literal if set(kinds) <= {"literal"} else None
    ends_open = parts[-1:] == [("wildcard", "*")] and set(kinds[:-1]) <= {"literal"}
    return Pattern(text, tuple(parts), variables, exact, literal if ends_open else None)


@lru_cache(maxsize=8192)
def _expression(parts: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    pieces = (wildcards[text] if kind == "wildcard" else re.escape(text) for kind, text in parts)
    return re.compile("".join(pieces), re.DOTALL)

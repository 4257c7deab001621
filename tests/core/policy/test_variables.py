"""Policy variables and patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.policy.variables import CertificateFacts, Context, ThingFacts, compile_pattern, make_context

NOTHING = Context({})
plain = st.text(st.characters(exclude_characters="*?${}", codec="utf-8"), max_size=10)
THING = ThingFacts("pump1", "pump", {"Building": "b7", "building": "b8"})


def certificate(**subject: list[str]) -> Context:
    return make_context(certificate=CertificateFacts("ab" * 32, subject, {"Country": ["DE"]}, "77"))


@pytest.mark.parametrize(
    ("pattern", "subject", "matched"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/B", False),
        ("a/*", "a/b/c", True),
        ("a/*", "a/", True),
        ("a/?", "a/b", True),
        ("a/?", "a/", False),
        ("a/?", "a/\n", True),
        ("*/b", "x/y/b", True),
        ("a/+/b", "a/x/b", False),
        ("a/#", "a/x", False),
        ("a.b", "axb", False),
        ("a/${*}", "a/*", True),
        ("a/${*}", "a/x", False),
        ("${?}${$}", "?$", True),
        ("*", "", True),
    ],
)
def test_wildcards_reach_over_slashes_and_mqtts_are_plain(pattern: str, subject: str, matched: bool) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.matches(subject, NOTHING) is matched
    assert compiled.matches_plain(subject) is matched


@given(plain, plain)
def test_literal_text_matches_itself_alone(text: str, other: str) -> None:
    assert compile_pattern(text).matches_plain(text)
    assert compile_pattern(text).matches_plain(other) is (text == other)
    assert compile_pattern(f"{text}*").matches_plain(text + other)


@given(st.text("*?+#/ab${}", max_size=8))
def test_a_variables_value_never_widens_a_pattern(client_id: str) -> None:
    pattern = compile_pattern("topic/${iot:ClientId}/x")
    context = make_context(client_id=client_id)
    assert pattern.matches(f"topic/{client_id}/x", context)
    assert pattern.matches("topic/other/x", context) is (client_id == "other")


def test_a_variable_without_a_value_matches_nothing() -> None:
    pattern = compile_pattern("a/${iot:ClientId}")
    assert not pattern.matches("a/${iot:ClientId}", NOTHING)
    assert pattern.render(NOTHING) is None
    assert pattern.variables == ("iot:ClientId",)
    assert compile_pattern("a/${ iot:clientid }*").render(make_context(client_id="c")) == "a/c*"


def test_a_pattern_with_variables_never_matches_as_plain_text() -> None:
    assert not compile_pattern("${iot:ClientId}").matches_plain("c")


def test_a_thing_is_known_over_mqtt_by_its_name_and_attachment() -> None:
    context = make_context(client_id="pump1", thing=THING)
    assert context.value("iot:Connection.Thing.ThingName") == "pump1"
    assert context.value("IOT:connection.thing.THINGTYPENAME") == "pump"
    assert context.value("iot:Connection.Thing.Attributes[Building]") == "b7"
    assert context.value("iot:connection.thing.attributes[building]") == "b8"
    assert context.value("iot:Connection.Thing.IsAttached") == "true"


@pytest.mark.parametrize(
    "context",
    [
        make_context(client_id="other", thing=THING),
        make_context(client_id="pump1", thing=ThingFacts("pump1", attached=False)),
        make_context(client_id="pump1"),
    ],
)
def test_otherwise_its_variables_have_no_value(context: Context) -> None:
    assert context.value("iot:Connection.Thing.ThingName") is None
    assert context.value("iot:Connection.Thing.IsAttached") == "false"


def test_an_exclusive_thing_needs_no_client_id_of_its_name() -> None:
    context = make_context(client_id="other", thing=ThingFacts("pump1", exclusive=True))
    assert context.value("iot:Connection.Thing.ThingName") == "pump1"


def test_over_http_there_are_no_thing_variables() -> None:
    context = make_context(client_id="pump1", thing=THING, mqtt=False)
    assert context.value("iot:Connection.Thing.IsAttached") is None


def test_certificate_variables_have_an_index_and_a_list() -> None:
    context = certificate(Organization=["one", "two"], CommonName=["c"])
    name = "iot:Certificate.Subject.Organization"
    assert [context.value(name + end) for end in ("", ".0", ".1", ".2")] == ["one", "one", "two", None]
    assert context.value(f"{name}.List") == ("one", "two")
    assert context.value("iot:CertificateId") == "ab" * 32
    assert context.value("iot:Certificate.Issuer.Country") == "DE"
    assert "Subject.CommonName" in (context.value("iot:Certificate.AvailableKeys") or ())


@pytest.mark.parametrize(
    ("items", "value"),
    [
        (["a*b"], None),
        (["x" * 1025], None),
        (['a,b"c'], 'a\\,b\\"c'),
        ([], None),
    ],
)
def test_unsafe_certificate_values_are_not_substituted(items: list[str], value: str | None) -> None:
    assert certificate(Organization=items).value("iot:Certificate.Subject.Organization") == value


def test_a_list_of_certificate_values_has_at_most_five() -> None:
    context = certificate(Organization=[str(number) for number in range(7)])
    assert context.value("iot:Certificate.Subject.Organization.List") == ("0", "1", "2", "3", "4")


def test_connect_keys_and_further_keys_are_taken_as_given() -> None:
    context = make_context(
        source_ip="192.0.2.1", connect_attributes=[], last_will_topic="arn", extra={"iot:Extra": "x"}
    )
    assert context.value("aws:SourceIp") == "192.0.2.1"
    assert context.value("iot:ConnectAttributes") == ()
    assert context.value("iot:LastWillTopic") == "arn"
    assert context.value("iot:extra") == "x"


def test_a_list_cannot_be_substituted() -> None:
    assert compile_pattern("${iot:ConnectAttributes}").resolve(make_context(connect_attributes=["LastWill"])) is None

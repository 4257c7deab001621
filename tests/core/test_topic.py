"""Topic names and filters: the algebra is held to its laws by generated topics, its corners by cases."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core import errors
from iot.core.topic import (
    Area,
    Reserved,
    cover,
    is_publishable,
    is_subset,
    matches,
    overlap,
    parse_reserved,
    split_share,
    validate_filter,
    validate_topic,
    within_aws_limits,
)

levels = st.sampled_from(["a", "b", "", "$aws"])
topics = st.lists(levels, min_size=1, max_size=4).map("/".join).filter(bool)
filters = st.builds(
    lambda head, tail: "/".join([*head, *tail]),
    st.lists(st.one_of(levels, st.just("+")), max_size=3),
    st.sampled_from([[], ["#"], ["+"], ["a"]]),
).filter(bool)
EVERY = ["/".join(found) for count in range(1, 5) for found in itertools.product(["a", "b", "", "$aws"], repeat=count)]


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matched"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/", True),
        ("a/+", "a", False),
        ("a/+", "a/b/c", False),
        ("a/b", "a", False),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),
        ("a/#", "ab", False),
        ("#", "a/b", True),
        ("+/b", "/b", True),
        ("#", "$aws/x", False),
        ("+/x", "$aws/x", False),
        ("$aws/#", "$aws/x", True),
        ("A/b", "a/b", False),
    ],
)
def test_a_filter_matches_as_mqtt_says(topic_filter: str, topic: str, matched: bool) -> None:
    assert matches(topic_filter, topic) is matched


def test_under_awss_rule_a_filter_does_not_match_the_parent_level() -> None:
    assert not matches("sensor/#", "sensor", parent=False)
    assert matches("sensor/#", "sensor/", parent=False)


@given(topics)
def test_a_topic_matches_itself_and_the_filter_of_all_its_prefixes(topic: str) -> None:
    assert matches(topic, topic)
    parts = topic.split("/")
    assert all(matches("/".join([*parts[:count], "#"]), topic) for count in range(1, len(parts) + 1))


@given(filters, filters)
def test_a_subset_matches_nothing_that_the_superset_does_not(inner: str, outer: str) -> None:
    missed = [topic for topic in EVERY if matches(inner, topic) and not matches(outer, topic)]
    assert not (is_subset(inner, outer) and missed)


@given(filters)
def test_every_filter_is_its_own_subset(topic_filter: str) -> None:
    assert is_subset(topic_filter, topic_filter)


@given(filters, filters)
def test_filters_overlap_exactly_where_a_topic_matches_both(one: str, other: str) -> None:
    both = any(matches(one, topic) and matches(other, topic) for topic in EVERY)
    assert overlap(one, other) is overlap(other, one)
    assert overlap(one, other) is both or (overlap(one, other) and max(one.count("/"), other.count("/")) >= 3)


@given(st.lists(filters, max_size=6))
def test_a_cover_holds_every_filter_and_overlaps_nowhere(given_filters: list[str]) -> None:
    found = cover(given_filters)
    for topic in EVERY:
        matching = [one for one in found if matches(one, topic)]
        assert len(matching) <= 1
        assert matching or not any(matches(one, topic) for one in given_filters)


@pytest.mark.parametrize(
    ("given_filters", "expected"),
    [
        ([], ()),
        (["a/b", "a/b"], ("a/b",)),
        (["a/#", "a/b"], ("a/#",)),
        (["a/+/c", "a/b/+"], ("a/+/+",)),
        (["a/+/c", "+/b/#"], ("+/+/#",)),
        (["+/b/c", "a/#"], ("+/#",)),
        (["$aws/x", "#"], ("#", "$aws/x")),
    ],
)
def test_overlapping_filters_give_way_to_one_that_holds_both(
    given_filters: list[str], expected: tuple[str, ...]
) -> None:
    assert cover(given_filters) == expected


@pytest.mark.parametrize("topic", ["", "a/+", "a/#", "a\0b", "x" * 65_536, "\N{SNOWMAN}" * 22_000])
def test_it_refuses_what_cannot_be_published_to(topic: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        validate_topic(topic)


@pytest.mark.parametrize("topic_filter", ["", "a/#/b", "a#", "a/b#", "a+", "a/+b/c", "\0"])
def test_it_refuses_what_cannot_be_subscribed_to(topic_filter: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        validate_filter(topic_filter)


@pytest.mark.parametrize("topic_filter", ["#", "+", "a/+/#", "/", "topic/*", "$share/g/a/#"])
def test_it_allows_every_legal_filter(topic_filter: str) -> None:
    validate_filter(topic_filter)


@given(topics)
def test_it_allows_every_topic_without_wildcards(topic: str) -> None:
    validate_topic(topic)


@pytest.mark.parametrize(
    ("topic", "within"),
    [
        ("a" * 256, True),
        ("a" * 257, False),
        ("\N{EURO SIGN}" * 86, False),
        ("1/2/3/4/5/6/7/8", True),
        ("1/2/3/4/5/6/7/8/9", False),
        ("$aws/rules/rule/1/2/3/4/5/6/7/8", True),
        ("$aws/rules/rule/1/2/3/4/5/6/7/8/9", False),
        ("$aws/rules/" + "r" * 300 + "/t", True),
        ("$share/group/1/2/3/4/5/6/7/8", True),
        ("$share/group/1/2/3/4/5/6/7/8/9", False),
        ("$share/" + "g" * 128 + "/a", True),
        ("$share/" + "g" * 129 + "/a", False),
    ],
)
def test_the_limits_do_not_count_what_basic_ingest_and_shares_add(topic: str, within: bool) -> None:
    assert within_aws_limits(topic) is within


def test_a_shared_subscription_is_split_into_group_and_filter() -> None:
    assert split_share("$share/g/a/+/#") == ("g", "a/+/#")
    assert split_share("a/$share/b") == (None, "a/$share/b")


@pytest.mark.parametrize("topic_filter", ["$share/", "$share/g", "$share/g/", "$share//a", "$share/g+/a", "$share/#/a"])
def test_a_malformed_shared_subscription_is_refused(topic_filter: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        split_share(topic_filter)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("$aws/things/t/shadow/get", Reserved(Area.SHADOW, "t", "get")),
        ("$aws/things/t/shadow/name/s/update", Reserved(Area.SHADOW, "t", "update", "s")),
        ("$aws/things/t/shadow/update/accepted", None),
        ("$aws/things/t/jobs/get", Reserved(Area.JOBS, "t", "get")),
        ("$aws/things/t/jobs/start-next", Reserved(Area.JOBS, "t", "start-next")),
        ("$aws/things/t/jobs/$next/get", Reserved(Area.JOBS, "t", "get", "$next")),
        ("$aws/things/t/jobs/j1/update", Reserved(Area.JOBS, "t", "update", "j1")),
        ("$aws/things/t/jobs/notify", None),
        ("$aws/certificates/create/json", Reserved(Area.CERTIFICATES, "", "create", "json")),
        ("$aws/certificates/create-from-csr/cbor", Reserved(Area.CERTIFICATES, "", "create-from-csr", "cbor")),
        ("$aws/provisioning-templates/p/provision/json", Reserved(Area.PROVISION, "p", "provision", "json")),
        ("$aws/rules/r/a/b", Reserved(Area.RULE, "r", "ingest", "a/b")),
        ("$aws/rules/r", None),
        ("$aws/events/presence/connected/c", None),
        ("things/t/shadow/get", None),
    ],
)
def test_a_reserved_topic_says_what_is_asked_of_whom(topic: str, expected: Reserved | None) -> None:
    assert parse_reserved(topic) == expected


@pytest.mark.parametrize(
    "topic",
    [
        "a/b",
        "$aws/things/t/shadow/update",
        "$aws/things/t/shadow/name/n/get",
        "$aws/things/t/jobs/start-next",
        "$aws/things/t/jobs/j1/update",
        "$aws/things/t/defender/metrics/json",
        "$aws/things/t/streams/s/get/cbor",
        "$aws/certificates/create-from-csr/json",
        "$aws/provisioning-templates/n/provision/json",
        "$aws/rules/r/any/thing",
        "$aws/commands/things/t/executions/e/response/json",
    ],
)
def test_documented_requests_may_be_published(topic: str) -> None:
    assert is_publishable(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "$SYS/broker",
        "$CONTROL/x",
        "$changed/policies/x",
        "$gateway/taken/x",
        "$seen/refused",
        "$retained/x",
        "$share/g/a",
        "$aws/events/presence/connected/x",
        "$aws/things/t/shadow/update/accepted",
        "$aws/things/t/jobs/notify",
        "$aws/rules/r",
        "$aws",
        "$",
    ],
)
def test_nothing_else_with_a_dollar_may(topic: str) -> None:
    assert not is_publishable(topic)


@pytest.mark.parametrize("outer", ["#", "+/a"])
def test_a_leading_wildcard_holds_nothing_that_begins_with_a_dollar(outer: str) -> None:
    assert not is_subset("$aws/a", outer)
    assert not overlap("$aws/a", outer)
    assert not overlap(outer, "$aws/a")
    assert not matches(outer, "$aws/a")

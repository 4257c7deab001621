"""The topics that begin with `$`, as far as devices may use them."""

import pytest

from iot.gateway.reserved_topics import is_deliverable, is_ingest, is_subscribable


@pytest.mark.parametrize(
    "topic_filter",
    ["a/#", "#", "$aws/things/t/shadow/#", "$aws/events/#", "$aws/things/+/jobs/notify", "$share/g/a/#", "$aws/#"],
)
def test_documented_filters_may_be_subscribed_to(topic_filter: str) -> None:
    assert is_subscribable(topic_filter, frozenset({"ours"}))


@pytest.mark.parametrize(
    "topic_filter",
    ["$SYS/#", "$aws/rules/#", "$aws/rules/r/a", "$share/ours/a", "$share/g/$SYS/#", "$share/g", "$changed/#", "$aws"],
)
def test_nothing_else_with_a_dollar_may_be_subscribed_to(topic_filter: str) -> None:
    assert not is_subscribable(topic_filter, frozenset({"ours"}))


def test_basic_ingest_is_for_rules_alone() -> None:
    assert is_ingest("$aws/rules/r/a")
    assert not is_deliverable("$aws/rules/r/a")
    assert is_deliverable("$aws/events/thing/t/created")
    assert is_deliverable("a")
    assert not is_deliverable("$SYS/x")

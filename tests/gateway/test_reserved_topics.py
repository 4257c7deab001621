"""The topics that begin with `$`, as far as devices may use them."""

import pytest

from iot.gateway.reserved_topics import is_deliverable, is_ingest, is_publishable, is_subscribable


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

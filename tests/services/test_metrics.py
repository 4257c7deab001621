import threading
import time

import pytest
from django.db import OperationalError

from iot.core.arn import Scope
from iot.models import MetricMinute
from iot.services import metrics

pytestmark = pytest.mark.django_db

SCOPE = Scope("123456789012", "eu-west-1")


def test_what_is_counted_is_added_up_by_the_minute_and_in_total() -> None:
    metrics.add(SCOPE, {("A", ""): 2, ("A", "r"): 1})
    metrics.add(SCOPE, {("A", ""): 3})
    assert sum(value for _, value in metrics.series(SCOPE, "A", time.time() - 120)) == 5
    assert metrics.totals(SCOPE) == {("A", ""): 5, ("A", "r"): 1}
    assert metrics.totals(SCOPE, "r") == {("A", "r"): 1}


def test_a_gauge_is_set_and_not_added() -> None:
    metrics.add(SCOPE, {("Connections", ""): 5})
    metrics.add(SCOPE, {("Connections", ""): 3})
    assert metrics.totals(SCOPE)["Connections", ""] == 3


def test_scopes_do_not_mix() -> None:
    metrics.add(SCOPE, {("A", ""): 2})
    assert metrics.totals(Scope("210987654321", "eu-west-1")) == {}


def test_threads_count_exactly() -> None:
    metrics.flush(SCOPE)
    before = metrics.totals(SCOPE).get(("T", ""), 0)

    def count() -> None:
        for _ in range(2000):
            metrics.count("T")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    metrics.flush(SCOPE)
    assert metrics.totals(SCOPE)["T", ""] - before == 8000


def test_a_flush_that_fails_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics.flush(SCOPE)
    metrics.count("F", "", 7)

    def fail(*arguments: object, **options: object) -> None:
        raise OperationalError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr("django.db.transaction.Atomic.__enter__", fail)
        with pytest.raises(OperationalError):
            metrics.flush(SCOPE)
    metrics.flush(SCOPE)
    assert metrics.totals(SCOPE)["F", ""] == 7


def test_old_minutes_are_forgotten_and_totals_are_not() -> None:
    metrics.add(SCOPE, {("A", ""): 2})
    MetricMinute.objects.update(minute=0)
    metrics.prune(SCOPE)
    assert metrics.series(SCOPE, "A", 0) == []
    assert metrics.totals(SCOPE) == {("A", ""): 2}


def test_prometheus_reads_totals_with_rules_and_actions_as_labels() -> None:
    metrics.add(
        SCOPE,
        {
            ("PublishIn.Success", ""): 3,
            ("Connections", ""): 2,
            ("Success", 'r"1'): 1,
            ("ActionLatency.Sum", "r/0:sqs"): 0.25,
        },
    )
    assert metrics.prometheus(SCOPE).splitlines() == [
        "# TYPE thingstead_action_latency_sum_total counter",
        'thingstead_action_latency_sum_total{rule="r",action="0:sqs"} 0.25',
        "# TYPE thingstead_connections gauge",
        "thingstead_connections 2",
        "# TYPE thingstead_publish_in_success_total counter",
        "thingstead_publish_in_success_total 3",
        "# TYPE thingstead_success_total counter",
        'thingstead_success_total{rule="r\\"1"} 1',
    ]


def test_a_rules_metrics_are_its_own_and_its_actions() -> None:
    metrics.add(SCOPE, {("A", "r"): 1, ("A", "r/0:sqs"): 2, ("A", "R"): 4, ("A", "R/0:sqs"): 8, ("A", "r2"): 16})
    MetricMinute.objects.filter(dimension="r").update(minute=60)
    assert metrics.of_rule(SCOPE, "r") == {("A", "r"): 1, ("A", "r/0:sqs"): 2}
    assert metrics.of_rule(SCOPE, "r", since=time.time()) == {("A", "r/0:sqs"): 2}

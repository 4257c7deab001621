import pytest

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message, Sender
from iot.services import rule_failures
from iot.services.rule_failures import Failure, Tried

pytestmark = pytest.mark.django_db

SCOPE = Scope("123456789012", "eu-west-1")
OTHER = Scope("210987654321", "eu-west-1")
MESSAGE = Message("dt/a", b"\xff", 1, sender=Sender("c"))


def failure(rule: str = "r", *, dead: bool = False, at_once: bool = False, action: str = "sqs") -> Failure:
    return Failure(rule, action, 0, "q", "t", MESSAGE, b"{}", "it failed", dead=dead, due_at_once=at_once)


def test_a_failure_is_kept_with_its_message_and_request() -> None:
    rule_failures.record(SCOPE, [failure()])
    (row,) = rule_failures.failures(SCOPE)
    assert rule_failures.message_of(row) == MESSAGE
    assert (bytes(row.request), row.reason, row.topic) == (b"{}", "it failed", "dt/a")
    assert rule_failures.find_failure(SCOPE, row.pk) == row
    with pytest.raises(errors.ResourceNotFoundException):
        rule_failures.find_failure(OTHER, row.pk)


def test_failures_are_selected_by_rule_and_state() -> None:
    rule_failures.record(SCOPE, [failure("a"), failure("b", dead=True), failure("b", at_once=True)])
    assert [row.rule for row in rule_failures.failures(SCOPE, rule_name="b")] == ["b", "b"]
    assert [row.rule for row in rule_failures.failures(SCOPE, dead=True)] == ["b"]
    assert len(rule_failures.failures(SCOPE, dead=False)) == 2
    assert rule_failures.summary(SCOPE) == {"a": {"waiting": 1, "dead": 0}, "b": {"waiting": 1, "dead": 1}}
    assert rule_failures.summary(OTHER) == {}


def test_only_what_is_due_and_alive_is_claimed() -> None:
    rule_failures.record(SCOPE, [failure("later"), failure("dead", dead=True), failure("now", at_once=True)])
    assert [one.rule for one in rule_failures.claim(SCOPE)] == ["now"]
    assert rule_failures.claim(OTHER) == []


def test_a_try_that_succeeds_ends_it_and_a_final_one_gives_it_up() -> None:
    rule_failures.record(SCOPE, [failure("good", at_once=True), failure("bad", at_once=True)])
    claimed = rule_failures.claim(SCOPE)
    outcomes = [Tried(one, "" if one.rule == "good" else "no", final=True) for one in claimed]
    assert [one.rule for one in rule_failures.settle(SCOPE, outcomes, give_up_after=1000)] == ["bad"]
    (row,) = rule_failures.failures(SCOPE)
    assert (row.rule, row.next_at, row.reason, row.attempts) == ("bad", None, "no", 2)


def test_pauses_double_up_to_five_minutes_give_or_take_a_fifth() -> None:
    for attempts, wanted in ((1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (100, 300)):
        found = {rule_failures.pause(attempts) for _ in range(20)}
        assert all(0.8 * wanted <= one <= 1.2 * wanted for one in found)
        assert len(found) > 1


def test_one_or_all_are_retried_but_never_what_has_no_action() -> None:
    rule_failures.record(SCOPE, [failure("a", dead=True), failure("b", dead=True), failure("c", dead=True, action="")])
    rows = {row.rule: row.pk for row in rule_failures.failures(SCOPE)}
    assert rule_failures.retry(SCOPE, failure_ids=[rows["a"]]) == 1
    assert [one.rule for one in rule_failures.claim(SCOPE)] == ["a"]
    assert rule_failures.retry(SCOPE, rule_name="b") == 1
    assert rule_failures.retry(SCOPE) == 2
    assert rule_failures.retry(OTHER) == 0


def test_failures_are_discarded_one_or_all() -> None:
    rule_failures.record(SCOPE, [failure("a"), failure("b"), failure("c")])
    first = rule_failures.failures(SCOPE)[0].pk
    assert rule_failures.discard(SCOPE, failure_ids=[first]) == 1
    assert rule_failures.discard(SCOPE, rule_name="a") == 1
    assert rule_failures.discard(SCOPE) == 1


def test_dead_letters_are_bounded_and_what_waits_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_failures, "KEPT_DEAD", 3)
    monkeypatch.setattr(rule_failures, "PRUNE_EVERY", 1)
    rule_failures.record(SCOPE, [failure("waiting")])
    for number in range(6):
        rule_failures.record(SCOPE, [failure(f"dead-{number}", dead=True)])
    assert [row.rule for row in rule_failures.failures(SCOPE)] == ["dead-5", "dead-4", "dead-3", "waiting"]

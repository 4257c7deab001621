"""The live viewer's stream: filters, rows, pauses and counts."""

import base64

import pytest

from console.live import (
    BACKLOG_ROWS,
    BATCH_ROWS,
    MAXIMUM_FILTERS,
    PAUSED_ROWS,
    Arrival,
    Stream,
    Watch,
    read_watches,
    row,
    written_payload,
)
from iot.core.message import Message, Properties, Sender


def watches(*values: str, operator: bool = True) -> list[Watch]:
    return read_watches(values, may_see_reserved=operator, secret_group="bridge-1")


def test_a_filter_may_carry_its_qos() -> None:
    assert watches("a/+", "1:b/#") == [Watch("a/+", 0), Watch("b/#", 1)]


def test_the_same_filter_twice_is_one_subscription() -> None:
    assert watches("a", "1:a") == [Watch("a", 1)]


@pytest.mark.parametrize(
    ("topic_filter", "reason"),
    [
        ("a/#/b", "must be the last level"),
        ("a/b+", "must stand alone"),
        ("", "cannot be empty"),
        ("$share/bridge-1/#", "belongs to the bridge"),
        ("$share/x", "has the form"),
    ],
)
def test_a_refused_filter_says_why(topic_filter: str, reason: str) -> None:
    (found,) = watches(topic_filter)
    assert reason in found.refusal


@pytest.mark.parametrize("topic_filter", ["$aws/#", "$share/mine/a"])
def test_reserved_and_shared_filters_are_for_operators(topic_filter: str) -> None:
    assert watches(topic_filter)[0].refusal == ""
    assert "operators" in watches(topic_filter, operator=False)[0].refusal


def test_what_rules_do_may_be_seen_by_everybody() -> None:
    assert watches("$seen/rule/warm", operator=False)[0].refusal == ""
    assert watches("$seen/#", operator=False)[0].refusal != ""


def test_there_is_a_most_of_subscriptions() -> None:
    found = watches(*(f"t/{n}" for n in range(MAXIMUM_FILTERS + 1)))
    assert [bool(one.refusal) for one in found] == [False] * MAXIMUM_FILTERS + [True]


def test_a_message_names_all_the_subscriptions_that_it_matches() -> None:
    stream = Stream(watches("a/#", "b", "a/1"))
    stream.add(Message("a/1", b""), 5)
    stream.add(Message("a", b""), 6)
    assert [(one.number, one.at, one.watches) for one in stream.take()] == [(1, 5, (0, 2))]
    assert stream.per_watch == [1, 0, 1]


def test_a_batch_is_bounded_and_what_is_left_out_is_counted() -> None:
    stream = Stream(watches("#"))
    for number in range(BACKLOG_ROWS + 7):
        stream.add(Message("t", b"%d" % number), 0)
    batch = stream.take()
    assert len(batch) == BATCH_ROWS
    assert batch[0].number == 8
    counts = stream.counts()
    assert counts is not None
    assert (counts["received"], counts["sent"], counts["left_out"]) == (BACKLOG_ROWS + 7, BATCH_ROWS, 7)
    assert counts["received"] == counts["sent"] + counts["left_out"] + counts["let_go"] + counts["waiting"]


def test_a_pause_loses_nothing_up_to_its_limit_and_counts_beyond() -> None:
    stream = Stream(watches("#"))
    stream.pause()
    for number in range(PAUSED_ROWS + 3):
        stream.add(Message("t", b"%d" % number), 0)
    assert stream.take() == []
    assert stream.counts() is not None
    stream.resume()
    numbers: list[int] = []
    while batch := stream.take():
        numbers += [one.number for one in batch]
    assert numbers == list(range(4, PAUSED_ROWS + 4))
    assert (stream.let_go, stream.left_out) == (3, 0)


def test_what_was_held_in_a_pause_is_not_dropped_by_the_next_message() -> None:
    stream = Stream(watches("#"))
    stream.pause()
    for _ in range(PAUSED_ROWS):
        stream.add(Message("t", b""), 0)
    stream.resume()
    stream.add(Message("t", b""), 0)
    assert stream.waiting >= PAUSED_ROWS
    assert stream.left_out == 0


def test_large_messages_are_bounded_by_their_bytes() -> None:
    stream = Stream(watches("#"))
    stream.pause()
    for _ in range(300):
        stream.add(Message("t", bytes(128 * 1024)), 0)
    assert stream.let_go == 300 - 256
    assert stream.waiting == 256


def test_counts_are_told_only_when_they_change() -> None:
    stream = Stream(watches("#"))
    assert stream.counts() is not None
    assert stream.counts() is None


def test_a_row_shows_text_properties_and_sender() -> None:
    properties = Properties("text/plain", "answer", b"\x01\x02", 1, 60, (("unit", "°C"),))
    message = Message("t", b"hello", 1, True, properties, Sender("c1", "cert", "10.0.0.1", 2))
    found = row(Arrival(3, 1000, message, (0,)))
    assert found["text"] == "hello"
    assert found["properties"] == {
        "content_type": "text/plain",
        "response_topic": "answer",
        "correlation_data": "0102",
        "payload_format": 1,
        "message_expiry": 60,
        "user_properties": [["unit", "°C"]],
    }
    assert found["sender"]["client_id"] == "c1"
    assert found["sender"]["hops"] == 2


def test_a_payload_that_is_not_text_is_base64() -> None:
    assert written_payload(b"\xff\x00") == {"base64": base64.b64encode(b"\xff\x00").decode(), "cut": False}


def test_a_long_text_is_cut_between_characters() -> None:
    assert written_payload("aé".encode(), 2) == {"text": "a", "cut": True}

import time

import pytest

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.services import account_settings, recorder

pytestmark = pytest.mark.django_db

SCOPE = Scope("123456789012", "eu-west-1")


def test_nothing_is_recorded_unless_asked_and_not_for_ever() -> None:
    assert recorder.recorded_filters(SCOPE) == {}
    recorder.start(SCOPE, topic_filter="dt/#", seconds=60)
    assert 0 < recorder.recorded_filters(SCOPE)["dt/#"] - time.time() <= 60
    account_settings.write(SCOPE, recorder.SETTING, {"dt/#": time.time() - 1})
    assert recorder.recorded_filters(SCOPE) == {}


def test_the_newest_messages_of_a_filter_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "KEPT", 3)
    messages = [Message("dt/a", str(number).encode()) for number in range(5)]
    recorder.keep(SCOPE, [("dt/#", number, message) for number, message in enumerate(messages)])
    recorder.keep(SCOPE, [("other", 0.0, messages[0])])
    assert recorder.recent(SCOPE, topic_filter="dt/#", limit=10) == [
        (2, messages[2]),
        (3, messages[3]),
        (4, messages[4]),
    ]
    assert recorder.recent(SCOPE, topic_filter="dt/#", limit=1) == [(4, messages[4])]


def test_stopping_deletes_what_was_recorded() -> None:
    recorder.start(SCOPE, topic_filter="dt/#")
    recorder.keep(SCOPE, [("dt/#", 1.0, Message("dt/a", b""))])
    recorder.stop(SCOPE, topic_filter="dt/#")
    assert recorder.recorded_filters(SCOPE) == {}
    assert recorder.recent(SCOPE, topic_filter="dt/#") == []


@pytest.mark.parametrize(
    ("topic_filter", "seconds"), [("a/#/b", 60), ("", 60), ("a" * 600, 60), ("a", 0), ("a", 10**6)]
)
def test_what_makes_no_sense_is_refused(topic_filter: str, seconds: int) -> None:
    with pytest.raises(errors.InvalidRequestException):
        recorder.start(SCOPE, topic_filter=topic_filter, seconds=seconds)


def test_so_many_filters_are_recorded_and_no_more() -> None:
    for number in range(recorder.MOST_FILTERS):
        recorder.start(SCOPE, topic_filter=f"a/{number}")
    with pytest.raises(errors.LimitExceededException):
        recorder.start(SCOPE, topic_filter="b")
    recorder.start(SCOPE, topic_filter="a/1")

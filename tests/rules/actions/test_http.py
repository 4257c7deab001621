import socket
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.rules.action import ActionError, actions
from iot.rules.actions import http
from iot.rules.targets import Targets
from iot.services import aws_targets, destinations, metrics
from tests.rules.listening import Listener
from tests.rules.running import ROLE, carry_out, message, requests


def made(url: str, of: Any, *, sql: str = "SELECT * FROM 'dt/#'", **more: Any) -> list[dict[str, Any]]:
    return requests({"http": {"url": url, **more}}, message(of), sql)


@pytest.fixture
def confirmed(targets: Targets, listener: Listener) -> Targets:
    trust(listener.url)
    return targets


def trust(url: str) -> None:
    """Make a destination that needs no confirmation."""
    row = destinations.create_topic_rule_destination(
        settings.SCOPE, destination_configuration={"httpUrlConfiguration": {"confirmationUrl": url}}
    )
    destinations.trust(settings.SCOPE, arn=row.arn)


def test_the_output_is_posted_with_the_headers_of_the_rule(confirmed: Targets, listener: Listener) -> None:
    headers = [{"key": "x-device", "value": "${clientid()}"}]
    wanted = made(f"{listener.url}/in/${{topic(2)}}?a=1", {"t": 1}, headers=headers)
    assert carry_out(confirmed, "http", wanted) == [None]
    (asked,) = listener.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/in/a?a=1", b'{"t":1}')
    assert asked.headers["x-device"] == "device-1"
    assert asked.headers["content-type"] == "application/json"


def test_binary_has_another_content_type_and_a_rule_may_set_its_own(confirmed: Targets, listener: Listener) -> None:
    headers = [{"key": "Content-Type", "value": "text/csv"}]
    carry_out(confirmed, "http", made(listener.url, b"\xff"))
    carry_out(confirmed, "http", made(listener.url, b"a,b", headers=headers))
    assert [asked.headers["content-type"] for asked in listener.asked] == ["application/octet-stream", "text/csv"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_it_tries_three_times_where_it_may_help(confirmed: Targets, listener: Listener, status: int) -> None:
    listener.answers = [status, status, 200]
    assert carry_out(confirmed, "http", made(listener.url, {"t": 1})) == [None]
    assert len(listener.asked) == 3


@pytest.mark.parametrize("status", [301, 400, 404])
def test_other_answers_fail_at_once(confirmed: Targets, listener: Listener, status: int) -> None:
    listener.answers = [status]
    listener.headers = {"location": f"{listener.url}/elsewhere"}
    (failed,) = carry_out(confirmed, "http", made(listener.url, {"t": 1}))
    assert failed is not None
    assert str(status) in failed.reason
    assert len(listener.asked) == 1


def test_it_gives_up_after_three_tries_and_is_not_kept_for_more(confirmed: Targets, listener: Listener) -> None:
    listener.answers = [500]
    (failed,) = carry_out(confirmed, "http", made(listener.url, {"t": 1}))
    assert failed is not None
    assert len(listener.asked) == 3
    assert not actions()["http"].retries


def test_a_long_answer_is_not_tried_again(confirmed: Targets, listener: Listener) -> None:
    listener.answers, listener.body = [500], b"x" * 20_000
    carry_out(confirmed, "http", made(listener.url, {"t": 1}))
    assert len(listener.asked) == 1


def test_nothing_is_sent_before_the_owner_has_confirmed(targets: Targets, listener: Listener) -> None:
    (failed,) = carry_out(targets, "http", made(listener.url, {"t": 1}))
    assert failed is not None
    assert failed.final
    assert "not been confirmed" in failed.reason
    assert listener.asked == []


def test_a_batch_is_one_array_in_one_request(confirmed: Targets, listener: Listener) -> None:
    wanted = [made(listener.url, {"n": number}, enableBatching=True)[0] for number in (1, 2)]
    wanted += made(listener.url, b"text", enableBatching=True)
    assert carry_out(confirmed, "http", wanted) == [None] * 3
    (asked,) = listener.asked
    assert orjson.loads(asked.body) == [{"n": 1}, {"n": 2}, "text"]


def test_a_batch_takes_no_binary() -> None:
    with pytest.raises(ActionError, match="not text"):
        made("https://example.com", b"\xff", enableBatching=True)


def test_batches_are_of_one_topic_unless_the_rule_says_otherwise() -> None:
    lane = actions()["http"].lane

    def of(topic: str, across: bool) -> str:
        config = {"batchAcrossTopics": across}
        given = {"http": {"url": "https://example.com", "enableBatching": True, "batchConfig": config}}
        return lane(requests(given, message({"t": 1}, topic))[0])

    assert of("dt/a/x", False) != of("dt/b/x", False)
    assert of("dt/a/x", True) == of("dt/b/x", True)


def test_it_signs_where_the_rule_asks_for_it(confirmed: Targets, listener: Listener) -> None:
    aws_targets.set_aws_target(settings.SCOPE, access_key_id="AKIDEXAMPLE", secret_access_key="s")
    auth = {"sigv4": {"signingRegion": "us-east-1", "serviceName": "execute-api", "roleArn": ROLE}}
    assert carry_out(confirmed, "http", made(listener.url, {"t": 1}, auth=auth)) == [None]
    assert listener.asked[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


def test_a_header_cannot_end_its_line(confirmed: Targets, listener: Listener) -> None:
    headers = [{"key": "x", "value": "${s}"}]
    (failed,) = carry_out(confirmed, "http", made(listener.url, {"s": "a\r\nx-evil: 1"}, headers=headers))
    assert failed is not None
    assert failed.final
    assert listener.asked == []


def test_more_than_a_hundred_headers_are_refused() -> None:
    with pytest.raises(ActionError, match="100 headers"):
        made("https://example.com", {}, headers=[{"key": f"h{number}", "value": "v"} for number in range(101)])


@pytest.mark.parametrize(
    ("url", "answers", "counted"),
    [
        ("{listener}", [404], {"HttpCode_4XX": 1}),
        ("{listener}", [503, 429, 302], {"HttpCode_5XX": 1, "HttpCode_4XX": 1, "HttpCode_Other": 1}),
        ("{listener}", [200], {}),
        ("http://{listener}", [200], {"HttpInvalidUrl": 1}),
    ],
)
def test_what_came_of_requests_is_counted(
    confirmed: Targets, listener: Listener, url: str, answers: list[int], counted: dict[str, int]
) -> None:
    listener.answers = answers
    metrics.flush(settings.SCOPE)
    (wanted,) = made(url.format(listener=listener.url), {})
    rule_name = f"counted_{len(answers)}_{answers[0]}"
    carry_out(confirmed, "http", [{**wanted, "rule": rule_name}])
    metrics.flush(settings.SCOPE)
    found = metrics.of_rule(settings.SCOPE, rule_name)
    assert {name: value for (name, _), value in found.items()} == counted


def test_a_host_that_is_too_slow_or_not_known_is_counted(
    confirmed: Targets, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "SECONDS", 0.1)
    listener.delay = 0.3
    carry_out(confirmed, "http", [{**made(listener.url, {})[0], "rule": "slow"}])

    def resolve(*given: Any) -> None:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    trust("https://nowhere.example")
    confirmed.confirmed.forget()
    carry_out(confirmed, "http", [{**made("https://nowhere.example", {})[0], "rule": "unknown"}])
    metrics.flush(settings.SCOPE)
    assert metrics.of_rule(settings.SCOPE, "slow") == {("HttpRequestTimeout", "slow"): 1}
    assert metrics.of_rule(settings.SCOPE, "unknown") == {("HttpUnknownHost", "unknown"): 1}

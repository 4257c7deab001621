"""What proves a step of the tutorial, and what is said when something else is seen."""

from typing import Any

import orjson
import pytest

from console.live_start import Proof, filters
from iot.core.message import Message, Sender

CERTIFICATE = "ab" * 32


def proof(step: str, **wish: Any) -> Proof:
    return Proof(step, "dev", CERTIFICATE, wish)


def told(listener: Proof, at: str, sender: Sender | None = None, **body: Any) -> Proof:
    listener.take(Message(at, orjson.dumps(body), sender=sender))
    return listener


def test_connecting_proves_the_run() -> None:
    found = told(
        proof("run"),
        "$aws/events/presence/connected/x",
        eventType="connected",
        clientId="x",
        principalIdentifier=CERTIFICATE,
        ipAddress="10.0.0.1",
    )
    assert found.proven == "x connected from 10.0.0.1."


def test_another_clients_connection_proves_nothing() -> None:
    found = told(proof("run"), "$aws/events/presence/connected/x", eventType="connected", clientId="device-2")
    assert found.proven is None
    assert found.seen()[0].text == "No connection has reached the gateway."


def test_a_failed_handshake_is_explained() -> None:
    (seen,) = told(proof("run"), "$seen/handshake", address="10.0.0.1", reason="unknown ca").seen()
    assert seen.text == "A TLS handshake from 10.0.0.1 failed."
    assert seen.detail == "unknown ca"


def test_a_refusal_names_policy_and_statement() -> None:
    (seen,) = told(
        proof("message"),
        "$seen/refused",
        client_id="dev",
        action="iot:Publish",
        resource="plant/7",
        policy="field",
        statement={"Effect": "Deny"},
    ).seen()
    assert seen.text == "dev was refused iot:Publish on plant/7: policy field denies it."
    assert seen.detail == '{"Effect":"Deny"}'
    assert seen.policy == "field"


def test_a_refusal_of_another_client_is_not_ours() -> None:
    (seen,) = told(proof("message"), "$seen/refused", client_id="other", action="iot:Publish").seen()
    assert "No message" in seen.text


def test_a_refused_connection_says_what_the_policy_must_allow() -> None:
    (seen,) = told(
        proof("run"), "$aws/events/presence/connect_failed/dev", eventType="connect_failed", clientId="dev"
    ).seen()
    assert "client/dev" in seen.advice


def test_a_message_on_the_topic_proves_it_and_another_topic_is_named() -> None:
    sender = Sender("dev", CERTIFICATE)
    listener = told(proof("message"), "devices/other", sender, a=1)
    assert listener.proven is None
    assert listener.seen()[0].text == "The device published to devices/other."
    told(listener, "devices/dev/telemetry", sender, a=1)
    assert listener.proven == '{"a":1}'


@pytest.mark.parametrize(("reported", "proven"), [({"led": "on"}, True), ({"led": "off"}, False)])
def test_a_wish_is_proven_by_the_same_state_reported(reported: dict[str, str], proven: bool) -> None:
    listener = told(proof("wish", led="on"), "$aws/things/dev/shadow/update/accepted", state={"reported": reported})
    assert (listener.proven is not None) == proven


def test_deltas_and_rejections_are_seen() -> None:
    listener = told(proof("wish", led="on"), "$aws/things/dev/shadow/update/delta", state={"led": "on"})
    told(listener, "$aws/things/dev/shadow/update/rejected", message="Version conflict")
    assert [one.text for one in listener.seen()] == [
        "The wish was sent to the device.",
        "A shadow update was rejected: Version conflict.",
    ]


def test_a_rule_is_proven_by_what_comes_out_and_counts_what_went_in() -> None:
    listener = told(proof("rule"), "devices/dev/telemetry", temperature=21)
    told(listener, "devices/dev/telemetry", temperature=22)
    assert listener.seen()[0].text.startswith("2 messages came")
    told(listener, "$seen/rule/r", rule="r", topic="t", outcome="failed")
    assert "action failed" in listener.seen()[1].text
    told(listener, "devices/dev/alerts", temperature=26)
    assert listener.proven == '{"temperature":26}'


def test_what_came_before_anybody_listened_counts() -> None:
    listener = proof("kit")
    listener.found(False)
    assert listener.proven is None
    listener.found(True)
    assert listener.proven is not None


def test_only_the_last_few_things_are_kept() -> None:
    listener = proof("run")
    for number in range(5):
        told(listener, "$seen/handshake", address=f"10.0.0.{number}")
    assert [one.text[-13:-8] for one in listener.seen()] == ["0.0.2", "0.0.3", "0.0.4"]


def test_a_disconnect_is_said() -> None:
    (seen,) = told(
        proof("message"),
        "$aws/events/presence/disconnected/dev",
        eventType="disconnected",
        clientId="dev",
        disconnectReason="CLIENT_ERROR",
    ).seen()
    assert "CLIENT_ERROR" in seen.text


def test_every_step_listens_to_something() -> None:
    assert all(filters(step, "dev") for step in ("thing", "kit", "run", "message", "wish", "rule"))

"""Client connections as services."""

from typing import Any

import orjson
import pytest

from iot.core import errors
from iot.core.message import Message
from iot.services import connections
from tests.services.broker import ELSEWHERE, SCOPE

pytestmark = pytest.mark.django_db


def absorb(*events: dict[str, Any]) -> None:
    connections.absorb(SCOPE, [Message("$aws/events/x", orjson.dumps({"clientId": "c", **event})) for event in events])


def test_events_are_taken_in_order() -> None:
    absorb(
        {"eventType": "connected", "sessionIdentifier": "1", "timestamp": 1, "versionNumber": 0},
        {"eventType": "subscribed", "sessionIdentifier": "1", "topics": ["a", "b"]},
        {"eventType": "disconnected", "sessionIdentifier": "1", "timestamp": 2, "disconnectReason": "CONNECTION_LOST"},
        {"eventType": "connected", "sessionIdentifier": "2", "timestamp": 3, "versionNumber": 1},
        {"eventType": "disconnected", "sessionIdentifier": "1", "timestamp": 4, "disconnectReason": "SERVER_ERROR"},
    )
    row = connections.find_connection(SCOPE, "c")
    assert (row.connected, row.session, row.version, row.subscriptions) == (True, "2", 1, {})
    assert (row.connected_at, row.disconnected_at, row.disconnect_reason) == (3, None, "")


def test_a_client_of_another_account_is_not_known() -> None:
    absorb({"eventType": "connected", "sessionIdentifier": "1"})
    with pytest.raises(errors.ResourceNotFoundException):
        connections.find_connection(ELSEWHERE, "c")


def test_what_is_no_event_is_passed_over() -> None:
    connections.absorb(SCOPE, [Message("x", b"{"), Message("x", b"[]"), Message("x", b'{"clientId": 3}')])
    assert not connections.connections(SCOPE).exists()


def test_a_storm_of_connections_takes_few_statements(django_assert_max_num_queries: Any) -> None:
    storm = [
        Message("$aws/events/x", orjson.dumps({"clientId": f"c{one}", "eventType": "connected", "timestamp": one}))
        for one in range(900)
    ]
    with django_assert_max_num_queries(10):
        connections.absorb(SCOPE, storm)
    connections.absorb(SCOPE, [Message("x", b'{"clientId": "c7", "eventType": "disconnected", "timestamp": 8}')])
    assert connections.connections(SCOPE).filter(connected=True).count() == 899
    assert [kind for _, kind, _ in connections.find_connection(SCOPE, "c7").history] == ["connected", "disconnected"]
    assert connections.find_connection(SCOPE, "c8").connected_at == 8

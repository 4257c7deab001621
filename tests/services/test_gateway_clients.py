"""What gateways ask about clients."""

import pytest

from iot.core.arn import Scope
from iot.models import Connection
from iot.services.gateway_clients import LastConnection, Orphan, count_connected, last_connections, orphans

pytestmark = pytest.mark.django_db
SCOPE = Scope("123456789012", "us-east-1")


def connection(client_id: str, session: str, *, connected: bool) -> None:
    Connection.objects.create(
        account=SCOPE.account,
        region=SCOPE.region,
        client_id=client_id,
        session=session,
        connected=connected,
        principal="p",
        version=4,
        disconnected_at=None if connected else 99,
    )


def test_clients_are_remembered_with_their_versions() -> None:
    connection("a", "g1-x", connected=True)
    connection("b", "g1-y", connected=False)
    assert last_connections(SCOPE, ["a", "b", "c"]) == {"a": LastConnection(4, None), "b": LastConnection(4, 99)}


def test_sessions_of_no_living_gateway_are_orphans() -> None:
    connection("a", "g1-x", connected=True)
    connection("b", "g2-y", connected=True)
    connection("c", "g3-z", connected=False)
    assert orphans(SCOPE, {"g1"}) == [Orphan("b", "g2-y", "p", 4)]
    assert count_connected(SCOPE) == 2
    assert orphans(Scope("999999999999", "us-east-1"), {"g1"}) == []

"""What gateways ask about clients: their last version numbers, and who seems connected to a gateway that is gone."""

from collections.abc import Collection
from dataclasses import dataclass

from iot.core.arn import Scope
from iot.models import Connection


@dataclass(frozen=True, slots=True)
class LastConnection:
    """How a client was last seen; `ended_at` is epoch milliseconds, None while it seems connected."""

    version: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Orphan:
    """A client that seems connected to a gateway that is gone."""

    client_id: str
    session: str
    principal: str
    version: int


def last_connections(scope: Scope, client_ids: Collection[str]) -> dict[str, LastConnection]:
    """Answer how clients were last seen; those never seen are absent."""
    rows = Connection.objects.filter(account=scope.account, region=scope.region, client_id__in=list(client_ids))
    return {row.client_id: LastConnection(row.version, None if row.connected else row.disconnected_at) for row in rows}


def count_connected(scope: Scope) -> int:
    """Answer how many clients are connected, to whichever gateway."""
    return Connection.objects.filter(account=scope.account, region=scope.region, connected=True).count()


def orphans(scope: Scope, living: Collection[str]) -> list[Orphan]:
    """Answer the clients whose session was opened by none of the living gateways (the beginnings of their sessions)."""
    rows = Connection.objects.filter(account=scope.account, region=scope.region, connected=True)
    return [
        Orphan(row.client_id, row.session, row.principal, row.version)
        for row in rows.iterator()
        if not row.session.startswith(tuple(living))
    ]

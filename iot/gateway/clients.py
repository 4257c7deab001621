"""The devices that are connected to this process, by client id and by principal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iot.gateway.connection import Device


class Clients:
    """Which devices are here; a client id belongs to the one that came last."""

    def __init__(self) -> None:
        self._by_client: dict[str, Device] = {}
        self._by_principal: dict[str, set[Device]] = {}
        self.all: set[Device] = set()

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Device]:
        return iter(list(self.all))

    def add(self, device: Device) -> None:
        self.all.add(device)

    def bind_principal(self, device: Device, principal: str) -> None:
        """Let a device hear of its principal's changes."""
        self._by_principal.setdefault(principal, set()).add(device)

    def bind_client(self, device: Device, client_id: str) -> Device | None:
        """Give a client id to a device; answers who had it before."""
        before = self._by_client.get(client_id)
        self._by_client[client_id] = device
        return before if before is not device else None

    def remove(self, device: Device, client_id: str, principal: str) -> None:
        self.all.discard(device)
        if self._by_client.get(client_id) is device:
            del self._by_client[client_id]
        devices = self._by_principal.get(principal)
        if devices is not None:
            devices.discard(device)
            if not devices:
                del self._by_principal[principal]

    def with_client_id(self, client_id: str) -> Device | None:
        return self._by_client.get(client_id)

    def of_principal(self, principal: str) -> list[Device]:
        return list(self._by_principal.get(principal, ()))

    def has_principal(self, principal: str) -> bool:
        return principal in self._by_principal

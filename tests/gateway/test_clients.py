"""Which devices are here."""

from typing import cast

from iot.gateway.clients import Clients
from iot.gateway.connection import Device


def device() -> Device:
    return cast(Device, object())


def test_a_client_id_belongs_to_the_one_that_came_last() -> None:
    clients, one, two = Clients(), device(), device()
    for each in (one, two):
        clients.add(each)
    assert clients.bind_client(one, "c") is None
    assert clients.bind_client(one, "c") is None
    assert clients.bind_client(two, "c") is one
    assert clients.with_client_id("c") is two
    clients.remove(one, "c", "")
    assert clients.with_client_id("c") is two
    clients.remove(two, "c", "")
    assert clients.with_client_id("c") is None
    assert len(clients) == 0


def test_the_devices_of_a_principal_are_found_and_forgotten() -> None:
    clients, one, two = Clients(), device(), device()
    for each in (one, two):
        clients.add(each)
        clients.bind_principal(each, "p")
    assert set(clients.of_principal("p")) == {one, two}
    assert clients.has_principal("p")
    clients.remove(one, "", "p")
    assert clients.of_principal("p") == [two]
    assert list(clients) == [two]
    clients.remove(two, "", "p")
    assert not clients.has_principal("p")
    assert clients.of_principal("p") == []

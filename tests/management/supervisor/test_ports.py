"""Ports: taken ones are named with the flag that chooses another."""

import socket

import pytest

from iot.management.supervisor import ports


def test_a_taken_port_is_named_with_its_flag() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ports.Taken, match=rf"Port {port} on 127.0.0.1 is taken .* --http-port PORT"):
            ports.demand_free("127.0.0.1", {"--http-port": port})
        assert not ports.is_free(port)


def test_the_same_port_twice_is_refused() -> None:
    with pytest.raises(ports.Taken, match="--a and --b are both 5"):
        ports.demand_free("127.0.0.1", {"--a": 5, "--b": 5})


def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(ports.Taken, match="is not a port"):
        ports.demand_free("127.0.0.1", {"--a": 70_000})


def test_a_free_port_is_free() -> None:
    port = ports.free()
    assert ports.is_free(port)
    ports.demand_free("127.0.0.1", {"--a": port})

"""The sockets' paths, and that an unknown one has an end of its own."""

import pytest

from console.routing import routes


@pytest.mark.parametrize("path", ["ws/live/", "ws/activity/", "ws/start/", "ws/trace/", "ws/none/", ""])
def test_every_path_leads_to_a_consumer(path: str) -> None:
    assert any(route.resolve(path) for route in routes)


def test_the_last_route_takes_whatever_is_left() -> None:
    assert routes[-1].resolve("anything/at/all") is not None
    assert not any(route.resolve("anything/at/all") for route in routes[:-1])

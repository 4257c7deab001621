"""Connections as a load: counted, held, and let go again."""

from iot.management.bench import links
from iot.management.bench.measures import Load


async def test_many_devices_tell_what_they_cost(load: Load) -> None:
    sample = await links.many(load)
    assert sample.rate > 0
    assert 10 < sample.more["memory"] < 10_000


async def test_idle_devices_are_held_and_let_go(load: Load) -> None:
    async with links.idle(load):
        pass
    assert (await links.handshakes(load)).rate > 0

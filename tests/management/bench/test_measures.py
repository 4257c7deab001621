"""Each measure runs against an installation and answers a rate."""

import pytest

from iot.management.bench import measures
from iot.management.bench.measures import Load, Measure
from iot.management.bench.report import ITEMS

MEASURES = dict.fromkeys(
    measure for item in ITEMS for measure in (item.measure, item.straight, item.alone) if measure is not None
)


@pytest.mark.parametrize("measure", MEASURES)
async def test_it_measures(load: Load, measure: Measure) -> None:
    sample = await measure(load)
    assert sample.rate > 0
    assert all(seconds > 0 for seconds in sample.seconds)


def test_the_payload_counts() -> None:
    assert measures.payload(7).startswith(b'{"n":7,')

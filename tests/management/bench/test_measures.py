"""Each measure runs against an installation and answers a rate."""

import pytest

from iot.management.bench import measures
from iot.management.bench.installation import Installation
from iot.management.bench.measures import Load, Measure
from iot.management.bench.report import ITEMS

MEASURES = [item.measure for item in ITEMS] + [item.straight for item in ITEMS if item.straight is not None]


@pytest.mark.parametrize("measure", MEASURES)
async def test_it_measures(place: Installation, measure: Measure) -> None:
    sample = await measure(Load(place, measures.PUBLISHERS * 10))
    assert sample.rate > 0
    assert all(seconds > 0 for seconds in sample.seconds)


def test_the_payload_counts() -> None:
    assert measures.payload(7).startswith(b'{"n":7,')

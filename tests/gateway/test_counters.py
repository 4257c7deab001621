"""Counts on their way to the metrics."""

import pytest
from django.db import connection

from iot.gateway.counters import Counters
from iot.models import Connection, MetricMinute
from iot.services.call import call
from tests.gateway.conftest import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)


def stored() -> dict[str, float]:
    return dict(MetricMinute.objects.values_list("name", "value"))


async def test_what_is_counted_is_added_to_the_metrics() -> None:
    await call(Connection.objects.create, account=SCOPE.account, region=SCOPE.region, client_id="c", connected=True)
    counters = Counters(SCOPE)
    counters.start()
    counters.add("Connect.Success")
    counters.add("PublishIn.Success", 5)
    await counters.stop()
    counters.add("PublishIn.Success", 2)
    await counters.stop()
    await counters.stop()
    assert await call(stored) == {"Connect.Success": 1, "PublishIn.Success": 7, "Connections": 1}


async def test_what_cannot_be_written_is_kept(transactional_db: None) -> None:
    counters = Counters(SCOPE)
    counters.add("Connect.Success", 3)

    def away() -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE iot_metricminute RENAME TO away")

    def back() -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO iot_metricminute")

    await call(away)
    try:
        await counters.flush()
    finally:
        await call(back)
    await counters.flush()
    assert await call(stored) == {"Connect.Success": 3, "Connections": 0}

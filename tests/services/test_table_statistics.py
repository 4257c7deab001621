"""The statistics of tables."""

import pytest
from django.db import connection

from iot.services import table_statistics
from tests.services.fleet import thing


@pytest.mark.django_db
def test_the_database_knows_of_its_rows_afterwards() -> None:
    thing("t")
    table_statistics.refresh()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'iot_thing'")
        else:
            cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'iot_thing' AND reltuples > 0")
        assert cursor.fetchone()[0] > 0

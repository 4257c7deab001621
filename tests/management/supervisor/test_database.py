"""What a new version needs is done once."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iot.management.commands.up import MANAGE
from iot.management.supervisor import database


@pytest.mark.django_db
def test_a_database_that_is_up_to_date_is_left_alone() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        database.migrate()
    assert not [query["sql"] for query in queries if not query["sql"].startswith(("SELECT", "\n"))]


def test_static_files_are_collected_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THINGSTEAD_DATA", str(tmp_path))
    root = tmp_path / "static"
    database.collect_static(MANAGE, root)
    assert (root / "staticfiles.json").is_file()
    mark = root / "console" / "mark"
    mark.write_text("still here")
    database.collect_static(MANAGE, root)
    assert mark.is_file()
    (tmp_path / "static.stamp").write_text("of an older version")
    database.collect_static(MANAGE, root)
    assert not mark.exists()

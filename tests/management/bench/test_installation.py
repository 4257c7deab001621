"""The throw-away installation is gone afterwards, and says why when it does not come up."""

from pathlib import Path

import pytest

from iot.management.bench import installation


def test_it_comes_up_is_reached_and_leaves_nothing() -> None:
    with installation.start(()) as place:
        assert place.client("iot").list_things()["things"] == []
        assert place.certificate.is_file()
        directory = place.directory
        pids = [int(path.read_text()) for path in (directory / "run").glob("*.pid")]
        assert len(pids) == 4
    assert not directory.exists()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_what_it_said_is_told_when_it_does_not_come_up() -> None:
    with pytest.raises(installation.NotStarted, match="unrecognized arguments"), installation.start(("--nonsense",)):
        pass

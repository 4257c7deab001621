"""What time does to the fleet."""

import pytest

from iot.models import Job
from iot.services import job_rollout, jobs, search, upkeep
from tests.services.fleet import SCOPE, index, thing

pytestmark = pytest.mark.django_db


def test_a_tick_hands_out_jobs_and_follows_the_index() -> None:
    index()
    thing("t")
    jobs.create_job(SCOPE, job_id="j", targets=[SCOPE.arn("thing", "t")], document="{}", settings={})
    upkeep.advance(SCOPE)
    assert Job.objects.get().executions.filter(rolled_out=True).count() == 1
    assert len(search.search(SCOPE, query_string="t")[0]) == 1


def test_what_fails_does_not_keep_the_rest_from_being_done(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr(job_rollout, "advance", broken)
    index()
    thing("t")
    upkeep.advance(SCOPE)
    assert "Upkeep failed" in caplog.text
    assert len(search.search(SCOPE, query_string="t")[0]) == 1

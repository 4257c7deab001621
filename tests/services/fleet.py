"""Things and groups for tests of the fleet's services."""

import json
from typing import Any

from iot.core.arn import Scope
from iot.models import Job, JobExecution, Thing
from iot.services import indexing, job_rollout, jobs, things

SCOPE = Scope("123456789012", "us-east-1")


def thing(name: str, **attributes: str) -> Thing:
    return things.create_thing(SCOPE, thing_name=name, attribute_payload={"attributes": attributes})


def index(**more: Any) -> None:
    """Switch the index of things and groups on."""
    configured = {"thingIndexingMode": "REGISTRY_AND_SHADOW", "thingConnectivityIndexingMode": "STATUS", **more}
    indexing.update_indexing_configuration(SCOPE, thing=configured, group={"thingGroupIndexingMode": "ON"})


def job(*names: str, job_id: str = "j", **settings: Any) -> Job:
    """Make a job for things, and hand its first executions out."""
    targets = [SCOPE.arn("thing", name) for name in names]
    made = jobs.create_job(SCOPE, job_id=job_id, targets=targets, document=json.dumps({"a": 1}), settings=settings)
    job_rollout.advance()
    return made


def execution(name: str) -> JobExecution:
    return JobExecution.objects.get(thing_name=name)

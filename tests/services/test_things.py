"""Things as services: announced, apart by scope, made once by many at once."""

import threading

import pytest
from django.db import connection

from iot.core import errors
from iot.models import Thing
from iot.services import certificates, job_rollout, jobs, things
from tests.services.broker import ELSEWHERE, SCOPE, Broker


def test_a_change_is_announced_and_that_of_its_principals(broker: Broker, data_directory: object) -> None:
    row, _, _ = certificates.create_keys_and_certificate(SCOPE, set_as_active=True)
    broker.announced()
    things.create_thing(SCOPE, thing_name="lamp")
    assert broker.announced() == [("things", "lamp")]
    things.attach_thing_principal(SCOPE, thing_name="lamp", principal=row.arn)
    assert broker.announced() == [("certificates", row.certificate_id)]
    things.update_thing(SCOPE, thing_name="lamp", attribute_payload={"attributes": {"a": "b"}})
    assert broker.announced() == [("things", "lamp"), ("certificates", row.certificate_id)]
    things.detach_thing_principal(SCOPE, thing_name="lamp", principal=row.arn)
    things.delete_thing(SCOPE, thing_name="lamp")
    assert broker.announced() == [("certificates", row.certificate_id), ("things", "lamp")]


def test_a_change_that_fails_is_not_announced(broker: Broker) -> None:
    with pytest.raises(errors.ResourceNotFoundException):
        things.create_thing(SCOPE, thing_name="lamp", thing_type_name="nobody")
    assert broker.announced() == []


@pytest.mark.django_db
def test_scopes_do_not_see_each_other() -> None:
    things.create_thing(SCOPE, thing_name="lamp")
    with pytest.raises(errors.ResourceNotFoundException):
        things.find_thing(ELSEWHERE, "lamp")
    things.delete_thing(ELSEWHERE, thing_name="lamp")
    assert things.find_thing(SCOPE, "lamp").name == "lamp"


@pytest.mark.django_db(transaction=True)
def test_many_who_make_the_same_thing_at_once_get_the_same_one() -> None:
    ids: list[object] = []

    def make() -> None:
        try:
            ids.append(things.create_thing(SCOPE, thing_name="lamp").thing_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 8
    assert len({str(one) for one in ids}) == 1
    assert Thing.objects.count() == 1


@pytest.mark.django_db
def test_principals_are_certificates_or_cognito_identities() -> None:
    things.check_principal(SCOPE, "us-east-1:12345678-1234-1234-1234-123456789012", "be done")
    for wrong in ("nonsense", "arn:aws:iot:us-east-1:123456789012:thing/lamp"):
        with pytest.raises(errors.InvalidRequestException):
            things.check_principal(SCOPE, wrong, "be done")


@pytest.mark.django_db
def test_a_thing_takes_its_job_executions_along() -> None:
    arn = things.create_thing(SCOPE, thing_name="lamp").arn
    job_rollout.begin(jobs.create_job(SCOPE, job_id="j", targets=[arn], document="{}", settings={}))
    things.delete_thing(SCOPE, thing_name="lamp")
    job_rollout.settle(SCOPE, "j")
    assert jobs.describe_job(SCOPE, job_id="j")["status"] == "COMPLETED"

"""From async code into services."""

import asyncio
import threading

import pytest

from iot.core import errors
from iot.services.call import call

pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL is asked whether its connection is still good


async def test_a_service_runs_in_a_thread_and_answers() -> None:
    def service(one: int, *, two: int) -> tuple[int, str]:
        return one + two, threading.current_thread().name

    total, name = await call(service, 1, two=2)
    assert total == 3
    assert name.startswith("services")


async def test_what_it_raises_is_raised() -> None:
    def service() -> None:
        raise errors.ResourceNotFoundException("nothing")

    with pytest.raises(errors.ResourceNotFoundException):
        await call(service)


async def test_services_run_beside_each_other() -> None:
    together = threading.Barrier(3)
    assert sorted(await asyncio.gather(*(call(together.wait, 10) for _ in range(3)))) == [0, 1, 2]

"""HTTP load: signed beforehand, answered with 200, or a failure that says what came."""

import pytest

from iot.management.bench import http
from iot.management.bench.installation import Installation


async def test_signed_requests_are_answered_and_timed(place: Installation) -> None:
    request = http.sign(place, "iotdata", "POST", "/things/http-bench/shadow", b'{"state":{"reported":{"a":1}}}')
    taken = await http.send(place, [request] * 6, connections=2)
    assert len(taken) == 6
    assert all(seconds > 0 for seconds in taken)


async def test_another_answer_than_200_is_a_failure(place: Installation) -> None:
    request = http.sign(place, "iot", "GET", "/things/http-bench-nowhere")
    with pytest.raises(ExceptionGroup) as failed:
        await http.send(place, [request], connections=1)
    assert "404" in str(failed.value.exceptions[0])

import pytest

from iot.core.topic import Area, Reserved
from iot.reserved.router import Answerer, Router
from tests.rules.running import Arrived, message


def asked(topic: str) -> list[tuple[Area, Reserved]]:
    seen: list[tuple[Area, Reserved]] = []

    def answerer(area: Area) -> Answerer:
        return lambda request, delivery: seen.append((area, request))

    router = Router({area: answerer(area) for area in (Area.SHADOW, Area.JOBS)})
    router(Arrived(message({}, topic)).delivery)
    return seen


@pytest.mark.parametrize(
    ("topic", "wanted"),
    [
        ("$aws/things/t/shadow/update", (Area.SHADOW, Reserved(Area.SHADOW, "t", "update"))),
        ("$aws/things/t/shadow/name/s/get", (Area.SHADOW, Reserved(Area.SHADOW, "t", "get", "s"))),
        ("$aws/things/t/jobs/get", (Area.JOBS, Reserved(Area.JOBS, "t", "get"))),
    ],
)
def test_a_request_goes_to_its_area(topic: str, wanted: tuple[Area, Reserved]) -> None:
    assert asked(topic) == [wanted]


@pytest.mark.parametrize(
    "topic",
    ["a/b", "$aws/things/t/shadow/update/accepted", "$aws/certificates/create/json", "$aws/rules/r/a", "$aws/else"],
)
def test_what_is_no_request_or_nobodys_passes_by(topic: str) -> None:
    assert asked(topic) == []

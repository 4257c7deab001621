"""Questions over a real broker: answered, unanswered, and with nobody to carry them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from iot.services.asking import ask
from tests.console.answering import answering
from tests.console.broker import free_port, mosquitto

TOPIC = "$gateway/flow/x"


@pytest.fixture
def broker(tmp_path: Path, settings: Settings) -> Iterator[str]:
    with mosquitto(tmp_path) as url:
        settings.BROKER_URL = url
        yield url


@pytest.mark.parametrize(
    ("payload", "answer"), [(b'{"toDevice":3}', {"toDevice": 3}), (b"no json", None), (b"[]", None)]
)
def test_an_answer_comes_back_if_it_is_an_object(broker: str, payload: bytes, answer: object) -> None:
    with answering(broker, TOPIC, payload) as heard:
        assert ask(TOPIC, {"q": 1}, seconds=10) == answer
    assert heard == [b'{"q":1}']


def test_nobody_answers(broker: str) -> None:
    assert ask(TOPIC, {}, seconds=0.3) is None


def test_there_is_no_broker(settings: Settings) -> None:
    settings.BROKER_URL = f"mqtt://127.0.0.1:{free_port()}"
    assert ask(TOPIC, {}, seconds=5) is None

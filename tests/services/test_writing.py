"""Several services in one commit."""

import pytest
from django.db import connection

from iot.core import errors
from iot.services import things
from iot.services.writing import one_commit
from tests.services.broker import SCOPE


@pytest.mark.django_db(transaction=True)
def test_all_is_committed_or_nothing() -> None:
    with one_commit():
        assert connection.in_atomic_block
        things.create_thing(SCOPE, thing_name="one")
        with pytest.raises(errors.ResourceNotFoundException):
            things.create_thing(SCOPE, thing_name="two", thing_type_name="nobody")
    assert not connection.in_atomic_block
    with pytest.raises(ValueError):
        _fail_after_writing()
    assert [row.name for row in things.things(SCOPE)] == ["one"]


def _fail_after_writing() -> None:
    with one_commit():
        things.create_thing(SCOPE, thing_name="three")
        raise ValueError

"""load-things fills the registry, and can be repeated."""

import io

import pytest
from django.core.management import call_command

from iot.models import Thing


@pytest.mark.django_db
def test_it_makes_as_many_things_as_asked_and_none_twice() -> None:
    out = io.StringIO()
    call_command("load_things", "7", prefix="p", thing_type="lamp", stdout=out)
    call_command("load_things", "9", prefix="p", stdout=out)
    assert Thing.objects.count() == 9
    first = Thing.objects.get(name="p-00000000")
    assert first.attributes == {"serial": "00000000", "site": "site-000", "model": "m0"}
    assert first.thing_type is not None
    assert "9 things in" in out.getvalue()

"""Resources of all kinds by a part of their names."""

import pytest
from django.conf import settings

from iot.services import audit, policies, searches, things

pytestmark = pytest.mark.django_db


def test_names_that_begin_with_the_text_come_first() -> None:
    for name in ("a-pump", "pump-1", "pump-2"):
        things.create_thing(settings.SCOPE, thing_name=name)
    policies.create_policy(settings.SCOPE, policy_name="for-pumps", policy_document="{}")
    found = list(searches.by_name(settings.SCOPE, "pump", each=3))
    assert found == [("thing", "pump-1"), ("thing", "pump-2"), ("thing", "a-pump"), ("policy", "for-pumps")]
    assert list(searches.by_name(settings.SCOPE, "pump", each=2)) == [found[0], found[1], found[3]]


def test_what_was_changed_last_and_is_still_there_is_recent() -> None:
    things.create_thing(settings.SCOPE, thing_name="kept")
    for operation, resource in (
        ("CreateThing", "kept"),
        ("CreateThing", "gone"),
        ("CreateThing", "kept"),
        ("Login", ""),
    ):
        audit.record(settings.SCOPE, actor="a", channel="console", operation=operation, resource=resource)
    assert searches.recent(settings.SCOPE) == [("thing", "kept")]

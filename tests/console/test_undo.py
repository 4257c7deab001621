"""What was detached is attached again by one button."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from iot.services import policies, thing_groups
from tests.console.browse import browser, make_policy, make_thing, text

pytestmark = pytest.mark.django_db


def test_the_button_takes_back_what_was_done() -> None:
    thing = make_thing("t1")
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    thing_groups.add_thing_to_thing_group(settings.SCOPE, group=group, thing=thing)
    client, url = browser(), reverse("thing_groups_change", kwargs={"name": "t1"})
    page = text(client.post(url, {"leave": "g"}, follow=True))
    assert not thing_groups.groups_of(settings.SCOPE, thing_name="t1")
    form = page.split('class="undo"')[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    action = form.split('action="')[1].split('"')[0]
    client.post(action, fields)
    assert thing_groups.groups_of(settings.SCOPE, thing_name="t1").count() == 1


def test_a_detached_policy_is_offered_again_and_its_name_is_escaped() -> None:
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    make_policy("p")
    policies.attach_policy(settings.SCOPE, policy_name="p", target=group.arn)
    client = browser()
    url = reverse("policy", kwargs={"name": "p"})
    page = text(client.post(url, {"action": "detach", "target": group.arn}, follow=True))
    assert 'name="action" value="attach"' in page.split('class="undo"')[1].split("</form>")[0]

"""Every page by the one list: none is forgotten, none is slow or asks more where there is much, none says too much."""

import html
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from asgiref.local import Local
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse, set_script_prefix
from pytest_django import DjangoDbBlocker

from console.roles import OPERATOR, VIEWER, reaches
from iot.models import (
    AuditEntry,
    CaCertificate,
    Certificate,
    Connection,
    Job,
    Policy,
    PolicyAttachment,
    PolicyVersion,
    Refusal,
    RetainedMessage,
    RuleFailure,
    TableRow,
    Thing,
    ThingGroup,
    ThingGroupMember,
    ThingType,
    TopicRule,
)
from iot.services import bulk_things, pki
from tests.api import harness
from tests.api.issuing import authority as customer_authority
from tests.console.browse import HTMX, browser, last_change, text
from tests.console.furniture import MARKUP, furnish
from tests.console.places import CHANGES, PARTS, PLACES, UNAUDITED, Change, Place, filled, views

THINGS, MESSAGES, OTHERS, ATTACHED = 100_000, 10_000, 1_000, 40
PREFIX = "iot-lab"
ADDRESS = re.compile(r"""\b(?:href|src|action|hx-[a-z]+|ws-connect|data-[a-z-]+)=['"](/[^'"]*)""")
MOST_QUERIES, MOST_SECONDS = 32, 0.1


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data")
    pki.create_authority(directory)
    return directory


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: DjangoDbBlocker, authority: Path) -> Iterator[dict[str, str]]:
    """One of everything among very many, for all tests of this module; it is rolled back after the last."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATA_DIR", authority)
        harness.forget()
        names = {**furnish("crowd"), "new_ca": customer_authority().pem}
        list(
            bulk_things.create_things(
                settings.SCOPE, ((f"t-{n:06}", {"hall": "7"} if n % 50 == 0 else {}) for n in range(THINGS))
            )
        )
        _many(names)
        yield names
        transaction.set_rollback(True)
    harness.forget()


def _many(names: dict[str, str]) -> None:
    """Multiply what was furnished."""
    _multiply(RetainedMessage, MESSAGES, "topic")
    _multiply(Connection, OTHERS, "client_id")
    _multiply(Refusal, OTHERS)
    _multiply(AuditEntry, MESSAGES)
    _multiply(RuleFailure, OTHERS)
    _multiply(TableRow, OTHERS, "trace")
    _multiply(Certificate, OTHERS, "certificate_id")
    _multiply(Job, OTHERS, "job_id")
    _multiply(CaCertificate, OTHERS, "certificate_id")
    _multiply(ThingGroup, OTHERS, "name")
    _multiply(ThingType, OTHERS, "name")
    _multiply(TopicRule, OTHERS // 2, "name")
    versions = [
        PolicyVersion(policy=row, number=2, document='{"Statement": []}') for row in _multiply(Policy, OTHERS, "name")
    ]
    PolicyVersion.objects.bulk_create(versions)
    certificate = Certificate.objects.filter(certificate_id=names["certificate"]).get()
    policies = Policy.objects.order_by("-pk")[:ATTACHED]
    PolicyAttachment.objects.bulk_create(PolicyAttachment(policy=row, target=certificate.arn) for row in policies)
    group = ThingGroup.objects.get(name=names["group"])
    some = list(Thing.objects.filter(name__startswith="t-").order_by("name")[:OTHERS])
    ThingGroupMember.objects.bulk_create(ThingGroupMember(group=group, thing=thing) for thing in some)


def _multiply(model: type[Any], count: int, key: str = "") -> list[Any]:
    """Copy the first row of a model under other keys."""
    first = model.objects.first()
    values = {field.attname: getattr(first, field.attname) for field in model._meta.concrete_fields}
    del values["id"]
    changes = ({key: f"many-{number:06}"} if key else {} for number in range(count))
    return model.objects.bulk_create([model(**{**values, **change}) for change in changes])  # type: ignore[no-any-return]


def test_no_page_and_no_part_is_forgotten() -> None:
    readable = {name for name, allowed in views().items() if "GET" in allowed.methods}
    assert readable == {place.view for place in (*PLACES, *PARTS)}


def test_no_change_is_forgotten() -> None:
    changing = {name for name, allowed in views().items() if "POST" in allowed.methods}
    assert changing - UNAUDITED == {change.view for change in CHANGES}
    for change in CHANGES:
        assert views()[change.view].change == change.role


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_is_audited(change: Change, crowd: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "AUDIT_DATA_PLANE", True)
    client = browser(change.role)
    url = reverse(change.view, kwargs=filled(change.words, crowd))
    response = client.post(url, filled(change.fields, crowd))
    row = last_change()
    assert (row.operation, row.outcome, row.channel) == (change.operation, change.outcome, "console"), text(response)
    assert row.actor == f"{change.role}-user"
    assert response.status_code in ((200, 302) if change.outcome == "ok" else (422,))


@pytest.mark.django_db
@pytest.mark.parametrize("role", [VIEWER, OPERATOR])
def test_nobody_is_offered_what_would_be_refused(role: str, crowd: dict[str, str]) -> None:
    """Each form and each link of each page leads where this role may go."""
    client, allowed = browser(role), views()
    for place in PLACES:
        if place.view == "styleguide":  # it shows components, whose forms lead nowhere
            continue
        if not reaches(role, allowed[place.view].read):
            assert client.get(place.address(crowd)).status_code == 403
            continue
        page = text(client.get(place.address(crowd)))
        for method, address in offers(page, place.address(crowd)):
            view = resolve(address).url_name
            if view in allowed:
                needed = allowed[view].change if method == "post" else allowed[view].read
                assert reaches(role, needed), f"{place} offers a {role} {method} {address}"


def offers(page: str, here: str) -> set[tuple[str, str]]:
    """Answer where the links and forms of a page lead on this server, with their methods; not what is disabled."""
    found = {("get", html.unescape(one)) for one in re.findall(r'<a [^>]*href="(/[^"]*)"', page)}
    for attributes, inside in re.findall(r"<form\b([^>]*)>(.*?)</form>", page, re.DOTALL):
        buttons = [one for one in re.findall(r"<button\b([^>]*)>", inside) if 'type="button"' not in one]
        if all(" disabled" in one for one in buttons):
            continue
        action = re.search(r'action="(/[^"]*)"', attributes)
        method = "post" if 'method="post"' in attributes else "get"
        found.add((method, html.unescape(action[1]) if action else here))
    elsewhere = re.findall(r'<(?!form)[a-z]+ [^>]*(?:formaction|hx-post)="(/[^"]*)"', page)
    found |= {("post", html.unescape(one)) for one in elsewhere}
    paths = {(method, unquote(address.partition("?")[0].partition("#")[0])) for method, address in found}
    return {(method, path) for method, path in paths if not path.startswith(("/api", "/static"))}


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_is_quick_and_asks_little_among_very_many(place: Place, crowd: dict[str, str]) -> None:
    client, address = browser("admin"), place.address(crowd)
    page = text(client.get(address))
    assert "<html" in page
    assert MARKUP not in page
    seconds = []
    for _attempt in range(3):
        with CaptureQueriesContext(connection) as queries:
            began = time.thread_time()  # what others on this machine do is not counted
            response = client.get(address)
            seconds.append(time.thread_time() - began)
    assert response.status_code == 200
    assert len(queries) <= MOST_QUERIES, "\n".join(one["sql"][:200] for one in queries.captured_queries[:40])
    assert min(seconds) < MOST_SECONDS


@pytest.mark.django_db
def test_under_a_path_prefix_every_address_on_every_page_has_it(
    crowd: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = {str(place): place.address(crowd) for place in PLACES}
    client = browser("admin")
    monkeypatch.setattr(staticfiles_storage, "base_url", f"/{PREFIX}/static/")
    monkeypatch.setattr("django.urls.base._prefixes", Local())
    set_script_prefix(f"/{PREFIX}/")
    for name, address in addresses.items():
        page = text(client.get(address, SCRIPT_NAME=f"/{PREFIX}"))
        found = ADDRESS.findall(page)
        assert len(found) > 20, name
        astray = [one for one in found if not one.startswith(f"/{PREFIX}/")]
        assert not astray, f"{name}: {astray}"


@pytest.mark.django_db
@pytest.mark.parametrize("place", PARTS, ids=str)
def test_a_part_is_no_page(place: Place, crowd: dict[str, str]) -> None:
    response = browser().get(place.address(crowd), headers=HTMX)
    assert response.status_code == 200
    assert b"<html" not in response.getvalue()

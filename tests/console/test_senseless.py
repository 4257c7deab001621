"""Each form of each page, pressed by each of its buttons with senseless input: told what is wrong, never broken."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from iot.services import pki
from tests.api import harness
from tests.console.browse import browser, text
from tests.console.furniture import HOSTILE, furnish
from tests.console.places import PARTS, PLACES, Place

NOT_PRESSED = {"/logout/", "/theme/"}
INPUTS = ("", HOSTILE, "9" * 30)


@dataclass
class Form:
    """A form as it is served."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, ...]:
        return (self.action, self.method, *sorted(self.fields), *(f"{name}={value}" for name, value in self.buttons))


class Forms(HTMLParser):
    """Reads the forms of a page with their fields and buttons."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self.here = here
        self.forms: list[Form] = []
        self.inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(found.get("action") or self.here, found.get("method", "get")))
            self.inside = True
        elif self.inside and tag == "button" and found.get("type") != "button":
            self.forms[-1].buttons.append((found.get("name", ""), found.get("value", "")))
        elif self.inside and tag in ("input", "select", "textarea") and found.get("name"):
            self.forms[-1].fields[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


@pytest.fixture(scope="module")
def names(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    directory: Path = tmp_path_factory.mktemp("data")
    pki.create_authority(directory)
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATA_DIR", directory)
        harness.forget()
        yield furnish("senseless")
        transaction.set_rollback(True)
    harness.forget()


@pytest.fixture(scope="module")
def pressed() -> set[tuple[str, ...]]:
    """The forms that another page has too."""
    return set()


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_senseless_input_is_told_and_breaks_nothing(
    place: Place, names: dict[str, str], pressed: set[tuple[str, ...]]
) -> None:
    """An exception of a view reaches the test; what is answered is a page, a refusal or a redirect."""
    client, here = browser("admin"), place.address(names)
    forms = Forms(here)
    forms.feed(text(client.get(here)))
    for form in forms.forms:
        if form.key in pressed or form.action in NOT_PRESSED:
            continue
        pressed.add(form.key)
        for name, value in form.buttons or [("", "")]:
            for given in INPUTS:
                press(client, form, {name: value} if name else {}, given)


@pytest.mark.django_db
@pytest.mark.parametrize("place", [*PLACES, *PARTS], ids=str)
def test_senseless_queries_are_told_and_break_nothing(place: Place, names: dict[str, str]) -> None:
    client = browser("admin")
    path = place.address(names).partition("?")[0]
    asked = {*place.query, "after", "before", "open", "sort", "range", "version", "with", "page", "status"}
    for given in INPUTS:
        assert client.get(path, dict.fromkeys(asked, given)).status_code < 500


def press(client: Client, form: Form, button: dict[str, str], given: str) -> None:
    """Send a form with one text in all its fields, and roll back what it did."""
    fields = {name: value if name == "csrfmiddlewaretoken" else given for name, value in form.fields.items()}
    point = transaction.savepoint()
    send = client.post if form.method == "post" else client.get
    try:
        assert send(form.action, {**fields, **button}).status_code < 500, (form.action, button, given[:40])
    finally:
        transaction.savepoint_rollback(point)
        assert connection.in_atomic_block

"""A browser without windows: Django's test client, logged in as somebody of a role."""

import re
from html import unescape
from typing import Any

from django.conf import settings
from django.test import Client

from iot.services import access, audit, certificates, pki, policies, things

HTMX = {"HX-Request": "true"}


def browser(role: str = "operator") -> Client:
    """Log a user of a role in, who is made the first time."""
    name = f"{role}-user"
    found = [user for user, _role in access.users(settings.ACCOUNT_ID) if user.username == name]
    user = found[0] if found else access.create_user(name, "a long password", role=role, account=settings.ACCOUNT_ID)
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    """Answer a page's text."""
    content = response.getvalue() if response.streaming else response.content
    return str(content.decode())


def next_page(html: str) -> str:
    """Answer where a list's pager leads."""
    found = re.search(r'rel="next" href="([^"]+)"', html)
    assert found is not None
    return unescape(found[1])


def undo(client: Client, page: str) -> Any:
    """Press the button that takes back what a page tells of."""
    form = page.split('class="undo"')[-1].split("</form>")[0]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(unescape(value))
    return client.post(unescape(form.split('action="')[1].split('"')[0]), fields, follow=True)


def last_change() -> Any:
    """Answer the newest row of the audit."""
    return audit.entries(settings.SCOPE)[0]


def make_thing(name: str, **attributes: str) -> Any:
    return things.create_thing(settings.SCOPE, thing_name=name, attribute_payload={"attributes": attributes})


def make_certificate(directory: Any) -> Any:
    """Make an authority where there is none, and a certificate."""
    if not (directory / "ca.pem").is_file():
        pki.create_authority(directory)
    row, _public, _private = certificates.create_keys_and_certificate(settings.SCOPE, set_as_active=True)
    return row


def make_policy(name: str, action: str = "iot:Publish", resource: str = "*", effect: str = "Allow") -> Any:
    document = f'{{"Statement": [{{"Effect": "{effect}", "Action": "{action}", "Resource": "{resource}"}}]}}'
    row, _version = policies.create_policy(settings.SCOPE, policy_name=name, policy_document=document)
    return row

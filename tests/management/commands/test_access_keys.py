"""manage.py access_keys."""

import io

import pytest
from django.core.management import CommandError, call_command

from iot.services import access

pytestmark = pytest.mark.django_db
ACCOUNT = "123456789012"


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("access_keys", *arguments, stdout=out)
    return out.getvalue()


def test_keys_are_listed_switched_and_deleted() -> None:
    user = access.create_user("ann", "a long password", role="operator", account=ACCOUNT)
    key, _ = access.create_access_key(user, account=ACCOUNT, role="viewer", description="laptop")
    access.create_temporary_key(user, account=ACCOUNT, role="viewer")
    listed = run()
    assert f"{key}  ann  viewer  on  laptop" in listed
    assert ", until " in listed
    assert f"{key}  ann  viewer  off" in run("--off", key)
    assert access.find_access_key(key) is None
    assert f"{key}  ann  viewer  on" in run("--on", key)
    assert key not in run("--delete", key)
    with pytest.raises(CommandError):
        run("--on", key)

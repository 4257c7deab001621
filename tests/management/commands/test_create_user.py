"""manage.py create_user."""

import io

import pytest
from django.core.management import CommandError, call_command

from iot.services import access

pytestmark = pytest.mark.django_db
ACCOUNT = "123456789012"


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_user", *arguments, stdout=out)
    return out.getvalue()


def test_a_password_is_made_and_printed_once() -> None:
    printed = run("ann", "--role", "operator")
    user = access.find_user("ann")
    assert user is not None
    assert access.role_of(user, ACCOUNT) == "operator"
    assert user.check_password(printed.rpartition("password: ")[2].strip())


def test_a_password_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("from a pipe\n"))
    assert "password" not in run("ann", "--password-stdin")
    monkeypatch.setattr("getpass.getpass", lambda prompt: "from a person")
    run("bob", "--ask")
    for name, password in (("ann", "from a pipe"), ("bob", "from a person")):
        user = access.find_user(name)
        assert user is not None
        assert user.check_password(password)


def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run("ann")
    with pytest.raises(CommandError, match="already exists"):
        run("ann")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(CommandError, match="empty"):
        run("bob", "--password-stdin")
    with pytest.raises(CommandError, match="invalid choice"):
        run("bob", "--role", "king")

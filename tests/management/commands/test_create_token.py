"""manage.py create_token."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from iot.services import access

pytestmark = pytest.mark.django_db
ACCOUNT = "123456789012"


def run(*arguments: str) -> tuple[str, str]:
    out, told = io.StringIO(), io.StringIO()
    call_command("create_token", *arguments, stdout=out, stderr=told)
    return out.getvalue().strip(), told.getvalue()


def test_a_token_alone_is_printed_so_that_scripts_can_take_it(tmp_path: Path) -> None:
    access.create_user("ann", "a long password", role="operator", account=ACCOUNT)
    token, told = run("ann", "--days", "2")
    found = access.find_bearer_token(token)
    assert found is not None
    assert (found.principal, found.role) == ("ann", "operator")
    assert "valid until" in told
    with pytest.raises(CommandError, match="no user"):
        run("nobody")
    policy = tmp_path / "policy.json"
    policy.write_text("{")
    with pytest.raises(CommandError, match="JSON"):
        run("ann", "--policy", str(policy))

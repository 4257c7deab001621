"""manage.py create_access_key."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from iot.services import access

pytestmark = pytest.mark.django_db
ACCOUNT = "123456789012"


def run(*arguments: str) -> dict[str, str]:
    out = io.StringIO()
    call_command("create_access_key", *arguments, stdout=out)
    return dict(line.split(" = ") for line in out.getvalue().splitlines())


@pytest.fixture(autouse=True)
def _user() -> None:
    access.create_user("ann", "a long password", role="operator", account=ACCOUNT)


def test_a_key_is_printed_as_the_aws_cli_reads_it() -> None:
    printed = run("ann", "--description", "laptop")
    found = access.find_access_key(printed["aws_access_key_id"])
    assert found is not None
    assert (found.secret, found.role, found.principal) == (printed["aws_secret_access_key"], "operator", "ann")
    assert access.access_keys(ACCOUNT)[0].description == "laptop"


def test_a_key_may_be_narrowed_and_temporary(tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"Statement": []}')
    printed = run("ann", "--role", "viewer", "--policy", str(policy), "--minutes", "5")
    found = access.find_access_key(printed["aws_access_key_id"])
    assert found is not None
    assert (found.role, found.policy) == ("viewer", '{"Statement": []}')
    assert found.token_digest == access.digest(printed["aws_session_token"])


def test_a_key_may_be_the_one_that_clients_have() -> None:
    assert run("ann", "--id", "test", "--secret", "s", "--account", "000000000000") == {
        "aws_access_key_id": "test",
        "aws_secret_access_key": "s",
    }
    found = access.find_access_key("test")
    assert found is not None
    assert (found.account, found.secret, found.role) == ("000000000000", "s", "operator")
    for wrong, message in ((("--id", "test"), "already exists"), (("--id", "a/b"), "128"), (("--account", "1"), "12")):
        with pytest.raises(CommandError, match=message):
            run("ann", *wrong)


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no user"):
        run("nobody")
    policy = tmp_path / "policy.json"
    policy.write_text("{")
    with pytest.raises(CommandError, match="JSON"):
        run("ann", "--policy", str(policy))

"""Users, keys and tokens."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from iot.core import errors
from iot.models import AccessKey, BearerToken, Membership
from iot.services import access

pytestmark = pytest.mark.django_db
ACCOUNT = "123456789012"


@pytest.fixture
def user() -> User:
    return access.create_user("ann", "a long password", role="operator", account=ACCOUNT)


def test_a_user_has_a_role_in_an_account(user: User) -> None:
    assert access.role_of(user, ACCOUNT) == "operator"
    assert access.role_of(user, "210987654321") is None
    assert [(one.username, role) for one, role in access.users(ACCOUNT)] == [("ann", "operator")]
    assert user.check_password("a long password")
    with pytest.raises(errors.ResourceAlreadyExistsException):
        access.create_user("ann", "another password", role="viewer", account=ACCOUNT)


def test_a_keys_secret_is_sealed(user: User, settings: object) -> None:
    key_id, secret = access.create_access_key(user, account=ACCOUNT, role="viewer", description="mine")
    row = AccessKey.objects.get()
    assert secret not in row.sealed_secret
    found = access.find_access_key(key_id)
    assert found is not None
    assert (found.secret, found.role, found.principal, found.account) == (secret, "viewer", "ann", ACCOUNT)
    settings.SECRET_KEY = "another key of the installation, long enough"  # type: ignore[attr-defined]  # a fixture's object
    assert access.unseal(row.sealed_secret) == ""


def test_a_key_can_be_switched_off_and_deleted(user: User) -> None:
    key_id, _ = access.create_access_key(user, account=ACCOUNT, role="viewer")
    access.set_access_key_active(ACCOUNT, key_id, active=False)
    assert access.find_access_key(key_id) is None
    access.set_access_key_active(ACCOUNT, key_id, active=True)
    assert access.find_access_key(key_id) is not None
    assert [row.access_key_id for row in access.access_keys(ACCOUNT)] == [key_id]
    for account in ("210987654321", ACCOUNT):
        if account == ACCOUNT:
            access.delete_access_key(account, key_id)
        with pytest.raises(errors.ResourceNotFoundException):
            access.delete_access_key(account, key_id)
        with pytest.raises(errors.ResourceNotFoundException):
            access.set_access_key_active(account, key_id, active=True)


def test_a_key_in_another_account_does_no_more_than_its_user_at_home(user: User) -> None:
    key_id, _ = access.create_access_key(user, account="210987654321", role="admin")
    found = access.find_access_key(key_id)
    assert found is not None
    assert (found.account, found.role) == ("210987654321", "operator")


def test_the_keys_of_a_user_who_is_gone_do_not_count(user: User) -> None:
    key_id, _ = access.create_access_key(user, account=ACCOUNT, role="viewer")
    token, _ = access.create_bearer_token(user, account=ACCOUNT, role="viewer")
    user.is_active = False
    user.save()
    assert access.find_access_key(key_id) is None
    assert access.find_bearer_token(token) is None


def test_a_key_does_no_more_than_its_user_may(user: User) -> None:
    key_id, _ = access.create_access_key(user, account=ACCOUNT, role="admin")
    found = access.find_access_key(key_id)
    assert found is not None
    assert found.role == "operator"
    Membership.objects.update(role="viewer")
    found = access.find_access_key(key_id)
    assert found is not None
    assert found.role == "viewer"


def test_a_token_is_kept_as_its_digest_and_ends(user: User) -> None:
    token, expires = access.create_bearer_token(user, account=ACCOUNT, role="viewer", life=timedelta(hours=1))
    row = BearerToken.objects.get()
    assert row.expires_at == expires
    assert token not in row.digest
    assert access.find_bearer_token(token) is not None
    assert access.find_bearer_token(token + "x") is None
    BearerToken.objects.update(expires_at=expires - timedelta(hours=2))
    assert access.find_bearer_token(token) is None


def test_a_temporary_key_carries_its_token_and_end(user: User) -> None:
    key_id, secret, token, expires = access.create_temporary_key(user, account=ACCOUNT, role="viewer")
    found = access.find_access_key(key_id)
    assert found is not None
    assert (found.secret, found.expires_at) == (secret, expires)
    assert found.token_digest == access.digest(token) != token


def test_a_policy_that_is_none_is_refused(user: User) -> None:
    for make in (access.create_access_key, access.create_bearer_token, access.create_temporary_key):
        with pytest.raises(errors.MalformedPolicyException):
            make(user, account=ACCOUNT, role="viewer", policy="{")
    assert not AccessKey.objects.exists()


def test_what_roles_may() -> None:
    assert [access.may_change(role) for role in ("admin", "operator", "viewer", "")] == [True, True, False, False]
    assert [access.is_admin(role) for role in ("admin", "operator", "viewer")] == [True, False, False]

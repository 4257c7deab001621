"""Users, their roles, access keys and bearer tokens. Secrets are sealed with a key that is not in the database."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.policy.document import compile_policy
from iot.models import AccessKey, BearerToken, Membership, Role

TOKEN_PREFIX = "tst_"
_KEY_ID = re.compile(r"\w{1,128}", re.ASCII)
ROLES: tuple[str, ...] = tuple(Role.values)
DEFAULT_TOKEN_LIFE = timedelta(days=90)
DEFAULT_SESSION_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls: an account's user by one of its keys or tokens, with that key's role and policy."""

    account: str
    principal: str
    role: str
    policy: str = ""
    secret: str = ""
    token_digest: str = ""
    expires_at: datetime | None = None


def create_user(username: str, password: str, *, role: str, account: str) -> User:
    """Create a user with a role. Raises ResourceAlreadyExistsException."""
    if User.objects.filter(username=username).exists():
        raise errors.ResourceAlreadyExistsException(f"The user {username} already exists")
    with transaction.atomic():
        user = User.objects.create_user(username, password=password, is_staff=role == Role.ADMIN)
        Membership.objects.create(user=user, account=account, role=role)
    return user


def find_user(username: str) -> User | None:
    """Find a user by name."""
    return User.objects.filter(username=username).first()


def role_of(user: User, account: str) -> str | None:
    """Answer a user's role in an account, or None."""
    return Membership.objects.filter(user=user, account=account).values_list("role", flat=True).first()


def may_change(role: str) -> bool:
    """Say whether a role may change things; a viewer only reads."""
    return role in (Role.ADMIN, Role.OPERATOR)


def is_admin(role: str) -> bool:
    """Say whether a role may decide about the whole account."""
    return role == Role.ADMIN


def users(account: str) -> list[tuple[User, str]]:
    """List the users of an account with their roles."""
    rows = Membership.objects.filter(account=account).select_related("user").order_by("user__username")
    return [(row.user, row.role) for row in rows]


@transaction.atomic
def set_role(username: str, *, role: str, account: str) -> str:
    """Give a user another role; answers the one before. Raises InvalidRequestException for the last admin."""
    if role not in Role.values:
        raise errors.InvalidRequestException(f"The role must be one of {', '.join(Role.values)}")
    row = _membership(username, account)
    before = row.role
    if role != Role.ADMIN:
        _keep_an_admin(row)
    row.role = role
    row.save(update_fields=["role"])
    return before


@transaction.atomic
def delete_user(username: str, *, account: str) -> None:
    """Delete a user with its keys and tokens; the last admin stays. Raises InvalidRequestException."""
    row = _membership(username, account)
    _keep_an_admin(row)
    keys = list(AccessKey.objects.filter(user=row.user).values_list("access_key_id", flat=True))
    row.user.delete()
    for access_key_id in keys:
        announce("access", access_key_id, settings.SCOPE)


def set_password(user: User, password: str) -> None:
    """Give a user another password."""
    user.set_password(password)
    user.save(update_fields=["password"])


def _membership(username: str, account: str) -> Membership:
    row = Membership.objects.select_related("user").filter(account=account, user__username=username).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"There is no user {username}")
    return row


def _keep_an_admin(row: Membership) -> None:
    others = Membership.objects.filter(account=row.account, role=Role.ADMIN, user__is_active=True).exclude(pk=row.pk)
    if row.role == Role.ADMIN and not others.exists():
        raise errors.InvalidRequestException("This is the last admin; make another one first")


def create_access_key(
    user: User,
    *,
    account: str,
    role: str,
    description: str = "",
    policy: str = "",
    access_key_id: str = "",
    secret: str = "",
) -> tuple[str, str]:
    """Create an access key; answers its id and its secret, which cannot be had again.

    Both are made up unless they are given, for clients that have theirs already. Raises
    ResourceAlreadyExistsException, InvalidRequestException, MalformedPolicyException.
    """
    key_id = access_key_id or "AKIA" + base64.b32encode(secrets.token_bytes(10)).decode()
    secret = secret or secrets.token_urlsafe(30)
    if not _KEY_ID.fullmatch(key_id):
        raise errors.InvalidRequestException("The id of an access key has 1 to 128 letters, digits and underscores")
    _check_policy(policy)
    try:
        with transaction.atomic():
            AccessKey.objects.create(
                account=account,
                access_key_id=key_id,
                sealed_secret=seal(secret),
                user=user,
                role=role,
                description=description,
                policy=policy,
            )
    except IntegrityError:
        raise errors.ResourceAlreadyExistsException(f"The access key {key_id} already exists") from None
    return key_id, secret


def access_keys(account: str) -> list[AccessKey]:
    """List the access keys of an account."""
    return list(AccessKey.objects.filter(account=account).select_related("user").order_by("id"))


@transaction.atomic
def set_access_key_active(account: str, access_key_id: str, *, active: bool) -> None:
    """Switch an access key on or off. Raises ResourceNotFoundException."""
    if not AccessKey.objects.filter(account=account, access_key_id=access_key_id).update(active=active):
        raise errors.ResourceNotFoundException(f"There is no access key {access_key_id}")
    announce("access", access_key_id, settings.SCOPE)


@transaction.atomic
def delete_access_key(account: str, access_key_id: str) -> None:
    """Delete an access key. Raises ResourceNotFoundException."""
    deleted, _ = AccessKey.objects.filter(account=account, access_key_id=access_key_id).delete()
    if not deleted:
        raise errors.ResourceNotFoundException(f"There is no access key {access_key_id}")
    announce("access", access_key_id, settings.SCOPE)


def find_access_key(access_key_id: str) -> Identity | None:
    """Answer the identity behind an active access key, its secret included."""
    row = AccessKey.objects.filter(access_key_id=access_key_id, active=True).select_related("user").first()
    if row is None or not row.user.is_active:
        return None
    secret, role = unseal(row.sealed_secret), _capped(row.role, row.user, row.account)
    return Identity(row.account, row.user.username, role, row.policy, secret, row.token_digest, row.expires_at)


def create_temporary_key(
    user: User, *, account: str, role: str, life: timedelta = DEFAULT_SESSION_LIFE, policy: str = ""
) -> tuple[str, str, str, datetime]:
    """Create a key that ends by itself; answers its id, its secret, its session token and its end."""
    key_id = "ASIA" + base64.b32encode(secrets.token_bytes(10)).decode()
    secret, token, expires = secrets.token_urlsafe(30), secrets.token_urlsafe(64), timezone.now() + life
    _check_policy(policy)
    AccessKey.objects.create(
        account=account,
        access_key_id=key_id,
        sealed_secret=seal(secret),
        user=user,
        role=role,
        policy=policy,
        token_digest=digest(token),
        expires_at=expires,
    )
    return key_id, secret, token, expires


def create_bearer_token(
    user: User,
    *,
    account: str,
    role: str,
    description: str = "",
    life: timedelta = DEFAULT_TOKEN_LIFE,
    policy: str = "",
) -> tuple[str, datetime]:
    """Create a token for scripts; answers it and when it expires. Only its hash is kept."""
    _check_policy(policy)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires = timezone.now() + life
    BearerToken.objects.create(
        account=account,
        digest=digest(token),
        user=user,
        role=role,
        description=description,
        policy=policy,
        expires_at=expires,
    )
    return token, expires


def bearer_tokens(account: str) -> list[BearerToken]:
    """List the bearer tokens of an account; their texts are not kept."""
    return list(BearerToken.objects.filter(account=account).select_related("user").order_by("id"))


def delete_bearer_token(account: str, key: str) -> None:
    """Delete a token by its number. Raises ResourceNotFoundException."""
    rows = BearerToken.objects.filter(account=account, pk=int(key) if key.isdecimal() else 0)
    if not rows.delete()[0]:
        raise errors.ResourceNotFoundException(f"There is no bearer token {key}")


def find_bearer_token(token: str) -> Identity | None:
    """Answer the identity behind a token that has not expired."""
    row = BearerToken.objects.filter(digest=digest(token), expires_at__gt=timezone.now()).select_related("user").first()
    if row is None or not row.user.is_active:
        return None
    return Identity(row.account, row.user.username, _capped(row.role, row.user, row.account), row.policy)


def seal(secret: str) -> str:
    """Encrypt a secret for the database."""
    return _fernet().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt a secret; one that was sealed with another key is empty."""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""


def _fernet() -> Fernet:
    key = hashlib.sha256(b"thingstead access keys" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def digest(token: str) -> str:
    """Answer the SHA-256 under which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _capped(role: str, user: User, account: str) -> str:
    """A key may do no more than its user may now, whatever was so when it was made."""
    present = role_of(user, account) or role_of(user, settings.ACCOUNT_ID) or role
    order = [Role.VIEWER, Role.OPERATOR, Role.ADMIN]
    return min(role, present, key=lambda one: order.index(Role(one)))


def _check_policy(policy: str) -> None:
    if policy:
        compile_policy(policy)

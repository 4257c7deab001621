"""Named settings of an account in a region, each a JSON value."""

from datetime import datetime
from typing import Any

from iot.core.arn import Scope
from iot.models import AccountSetting
from iot.models.prepared import Select

_BY_NAME = Select(
    lambda account, region, name: AccountSetting.objects.filter(account=account, region=region, name=name), parameters=3
)


def read(scope: Scope, name: str, default: Any) -> Any:
    """Answer a setting's value."""
    row = _BY_NAME.first(scope.account, scope.region, name)
    return default if row is None else row.value


def times(scope: Scope, name: str) -> tuple[datetime, datetime] | None:
    """Answer when a setting was first and last written."""
    row = AccountSetting.objects.filter(account=scope.account, region=scope.region, name=name).first()
    return None if row is None else (row.created_at, row.modified_at)


def write(scope: Scope, name: str, value: Any) -> None:
    """Set a setting's value."""
    AccountSetting.objects.update_or_create(
        account=scope.account, region=scope.region, name=name, defaults={"value": value}
    )
